#pragma once

#include <sys/types.h>

#include <variant>

#include "base/exit_status.hpp"

namespace onit {

/// The supervisor starts; always the first event, and only the first.
struct Begin {};

/// A command could not be started. `exit_code` is one of onit's own.
struct SpawnFailed {
  pid_t pid;  ///< 0 if there was not even a process
  int exit_code;
  int commands = 1;  ///< how many are missing for it: without a process those that were to follow are not tried
};

/// A command has ended. Its process group can be signalled until Reap: its number is reserved, or not needed.
struct CommandExited {
  pid_t pid;
  ExitStatus status;
};

/// A process that onit adopted has ended and was reaped: nothing is to be decided about it.
struct OrphanExited {
  ExitStatus status;
};

/// Whose process group is the foreground group of onit's terminal (tcgetpgrp(3)).
enum class TerminalHolder { no_terminal, onit, command, other };

/// The command was stopped by `signal` while onit is a job of a shell. Stops of a command with a session of its own
/// are nobody's business: whoever stopped it continues it.
struct CommandStopped {
  int signal;
  TerminalHolder holder;
};

/// A signal was sent to onit.
struct SignalArrived {
  int signal;
};

/// After Suspend: onit was stopped, and now somebody has continued it.
struct Resumed {};

/// After Suspend: it had no effect, there is no shell that could continue onit.
struct SuspendRefused {
  int signal;
};

/// The deadline of the state has come.
struct DeadlinePassed {};

/// After SIGKILL went to what remains: nobody of it is alive, and reaping gets ahead.
struct OnlyDeadLeft {};

/// All commands were reaped, and no process that came from them is left.
struct NothingLeft {};

using Event = std::variant<Begin, SpawnFailed, CommandExited, OrphanExited, CommandStopped, SignalArrived, Resumed,
                           SuspendRefused, DeadlinePassed, OnlyDeadLeft, NothingLeft>;

}  // namespace onit
