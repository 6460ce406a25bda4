#include "os/pidfd.hpp"

#include <sys/syscall.h>

namespace onit {

Result<Fd> open_pidfd(pid_t pid) {
  Fd pidfd = above_stdio(Fd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))});
  if (!pidfd.valid()) return errno_error("pidfd_open");
  return pidfd;
}

Result<void> send_signal(const Fd& pidfd, int signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) != 0) return errno_error("pidfd_send_signal");
  return {};
}

}  // namespace onit
