#include "os/numbered_entries.hpp"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <cstdint>
#include <cstring>

#include "base/parse.hpp"

namespace onit {
namespace {

// struct linux_dirent64 of getdents64(2), up to the name.
struct Entry {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

}  // namespace

NumberedEntries::NumberedEntries(const char* path) : directory_(::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}

std::optional<int> NumberedEntries::next() {
  for (;;) {
    if (at_ >= filled_) {
      long got = ::syscall(SYS_getdents64, directory_.get(), entries_.data(), entries_.size());
      at_ = filled_ = 0;
      if (got <= 0) return std::nullopt;
      filled_ = static_cast<std::size_t>(got);
    }
    const char* entry = entries_.data() + at_;
    std::uint16_t length;
    std::memcpy(&length, entry + offsetof(Entry, length), sizeof length);
    at_ += length;
    if (auto number = parse_number(entry + offsetof(Entry, name), INT_MAX)) return static_cast<int>(*number);
  }
}

void NumberedEntries::rewind() {
  ::lseek(directory_.get(), 0, SEEK_SET);
  at_ = filled_ = 0;
}

}  // namespace onit
