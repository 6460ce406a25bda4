#pragma once

#include <sys/types.h>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// A descriptor that names a process for ever, whoever has its pid later. It can be polled: readable means that the
/// process has ended, whosever child it was. Needs Linux 5.3. Errors: ESRCH; ENOSYS, EPERM where it cannot be had.
/// Source: pidfd_open(2).
Result<Fd> open_pidfd(pid_t pid);

/// Errors: ESRCH if it has ended; EPERM. Source: pidfd_send_signal(2).
Result<void> send_signal(const Fd& pidfd, int signal);

}  // namespace onit
