#pragma once

#include <sys/types.h>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// The process group of a child that leads one. Unlike its number it names the same group for ever: also when the child
/// has been reaped, and the number is free for others. Needs Linux 6.9. Source: pidfd_open(2), pidfd_send_signal(2),
/// PIDFD_SIGNAL_PROCESS_GROUP.
class ProcessGroup {
 public:
  ProcessGroup() = default;
  /// Invalid where the kernel, or a seccomp profile, does not have it. The child must not have been reaped, and need
  /// not have made the group yet.
  explicit ProcessGroup(pid_t leader);

  bool valid() const { return leader_.valid(); }
  int descriptor() const { return leader_.get(); }

  /// Errors: ESRCH if nobody is in it, EPERM.
  Result<void> send(int signal) const;

 private:
  Fd leader_;
};

}  // namespace onit
