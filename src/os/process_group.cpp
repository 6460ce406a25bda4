#include "os/process_group.hpp"

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace onit {
namespace {

constexpr unsigned kProcessGroup = 1 << 2;  // PIDFD_SIGNAL_PROCESS_GROUP, which headers before Linux 6.9 lack

int send_to_group(int leader, int signal) {
  return static_cast<int>(::syscall(SYS_pidfd_send_signal, leader, signal, nullptr, kProcessGroup));
}

/// The flag is looked at before the descriptor, and a seccomp profile decides before both.
bool is_supported() { return send_to_group(-1, 0) != 0 && errno == EBADF; }

}  // namespace

ProcessGroup::ProcessGroup(pid_t leader) {
  if (is_supported()) leader_ = above_stdio(Fd{static_cast<int>(::syscall(SYS_pidfd_open, leader, 0))});
}

Result<void> ProcessGroup::send(int signal) const {
  if (send_to_group(leader_.get(), signal) == 0) return {};
  return errno_error("pidfd_send_signal");
}

}  // namespace onit
