#include "os/process_group.hpp"

#include <sys/syscall.h>

namespace onit {
namespace {

constexpr unsigned kProcessGroup = 1 << 2;  // PIDFD_SIGNAL_PROCESS_GROUP, which headers before Linux 6.9 lack

}  // namespace

ProcessGroup::ProcessGroup(pid_t leader)
    : leader_(above_stdio(Fd{static_cast<int>(::syscall(SYS_pidfd_open, leader, 0))})) {
  if (!valid()) return;
  auto tried = send(0);
  if (!tried.ok() && tried.error().code != ESRCH && tried.error().code != EPERM) leader_.reset();
}

Result<void> ProcessGroup::send(int signal) const {
  if (::syscall(SYS_pidfd_send_signal, leader_.get(), signal, nullptr, kProcessGroup) == 0) return {};
  return errno_error("pidfd_send_signal");
}

}  // namespace onit
