#include "os/inherited.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

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
  // From one that is kept to the next: they are few, and need not be sorted for that.
  int first = 0;
  while (true) {
    int next = first <= STDERR_FILENO ? STDERR_FILENO : INT_MAX;
    for (int fd : kept) {
      if (fd >= first) next = std::min(next, fd);
    }
    if (next == INT_MAX) return close_from_to(first, INT_MAX);
    close_from_to(first, next - 1);
    first = next + 1;
  }
}

}  // namespace onit
