#include "os/inherited.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

#include "base/panic.hpp"
#include "os/numbered_entries.hpp"

namespace onit {
namespace {

/// Without /proc and close_range(2) there is no telling how many there are; this is the usual limit, and more.
constexpr int kBlindlyClosed = 4096;

/// For a kernel before 5.9, or a seccomp profile that says EPERM to what it does not know.
void close_one_by_one(int first, int last) {
  NumberedEntries open("/proc/self/fd");
  if (!open.valid()) {
    for (int fd = first; fd <= std::min(last, kBlindlyClosed); ++fd) ::close(fd);
    return;
  }
  while (auto fd = open.next()) {
    if (*fd >= first && *fd <= last && *fd != open.directory()) ::close(*fd);
  }
}

void close_from_to(int first, int last) {
  if (first > last) return;
  if (::syscall(SYS_close_range, first, last, 0) != 0) close_one_by_one(first, last);
}

}  // namespace

void close_inherited_descriptors(std::span<const int> kept) {
  std::array<int, kMostKept + 1> sorted;
  if (kept.size() >= sorted.size()) panic("too many descriptors to keep");
  auto end = std::copy(kept.begin(), kept.end(), sorted.begin());
  *end++ = STDERR_FILENO;
  std::sort(sorted.begin(), end);
  int first = 0;
  for (auto fd = sorted.begin(); fd != end; ++fd) {
    close_from_to(first, *fd - 1);
    first = *fd + 1;
  }
  close_from_to(first, INT_MAX);
}

}  // namespace onit
