#pragma once

#include <sys/types.h>

#include <optional>

#include "base/signal.hpp"
#include "base/time.hpp"

namespace onit {

/// Blocks every signal that can be blocked, and returns the mask as it was.
/// From then on signals wait in the kernel until wait_signal() takes them, ignored ones included.
SignalSet block_all_signals();

/// Sets the signal mask. Async-signal-safe.
void set_signal_mask(const SignalSet& mask);

/// Sees to it that the deaths of children can be waited for: with SIGCHLD ignored the kernel reaps them by itself and
/// their status is lost. Returns whether it was ignored, which a child must be given back.
/// Source: waitpid(2), NOTES.
bool stop_ignoring_child_exits();

/// Ignores SIGCHLD. Async-signal-safe.
void ignore_child_exits();

/// Gives every signal its default disposition. Async-signal-safe.
void reset_signals();

struct ReceivedSignal {
  int number;
  bool sent;    ///< by a process; otherwise the kernel has raised it
  pid_t about;  ///< SIGCHLD from the kernel: the child, or one of them
};

/// Takes one signal of all that are pending, or waits for the first one until `timeout` has passed (nothing: for
/// ever; zero: not at all). The mask must block all. Returns nothing at the timeout, and now and then before it
/// (EINTR after a stop and continue). Source: sigtimedwait(2).
[[gnu::hot]] std::optional<ReceivedSignal> wait_signal(std::optional<Millis> timeout);

/// Takes back the pending signals of `set` that this very process has caused, such as the SIGPIPE of its own write or
/// the SIGHUP of its own TIOCNOTTY, and leaves those of others pending.
void discard_own_signals(const SignalSet& set);

/// Stops this process and its whole group by a job-control signal, as the terminal does, whether or not this process
/// ignores it. Returns after it was continued, with whether it had been stopped at all: the kernel does not stop PID 1
/// or an orphaned process group that way. The SIGCONT is taken.
bool stop_own_group(int signal);

/// Stops this process until somebody continues it; does nothing as PID 1, which the kernel does not stop.
void stop_self();

/// Ends this process, or its whole group, by a signal, without a core dump. Returns if the signal does not end it.
void die_by(int signal, bool with_group);

}  // namespace onit
