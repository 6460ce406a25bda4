#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <variant>

#include "base/panic.hpp"
#include "core/fact.hpp"
#include "core/policy.hpp"

namespace onit {

/// Start all commands, and settle down as their supervisor.
struct Spawn {};

/// Send a signal to each command, and in its place to its group, for which there was no Reap yet.
struct SignalCommand {
  int signal;
  Target target;
};

/// Send a signal to what remains of the command's descendants after it was reaped.
struct SignalRest {
  int signal;
  bool except_group = false;  ///< the command's process group has had it
  bool wake = false;          ///< continue those that are stopped, or they could not act on it
  bool again = false;         ///< it was sent before and did not help
};

/// The core is done with a command that has ended: it is collected, if it was not at once, and its group let go.
struct Reap {
  pid_t pid;
};

/// Make the command's group the foreground group of the terminal, if onit's is.
struct LendTerminal {
  bool on_demand;  ///< the command has just asked; otherwise only a command that had the terminal gets it again
};

/// Make onit's group the foreground group again.
struct ReclaimTerminal {};

/// Stop onit by a job-control signal, as the command was, so that the shell notices.
struct Suspend {
  int signal;
};

/// Stop onit itself, and nobody else, until somebody continues it (SIGSTOP). PID 1 cannot be stopped.
struct StopSelf {};

/// Say it to whoever reads the log.
struct Tell {
  What what;
  int signal = 0;
  int to = 0;
  int code = 0;
};

using Action =
    std::variant<Spawn, SignalCommand, SignalRest, Reap, LendTerminal, ReclaimTerminal, Suspend, StopSelf, Tell>;

/// What one step asks for, in order; never allocates.
class Actions {
 public:
  void add(Action action) {
    if (count_ == items_.size()) panic("too many actions in one step");
    items_[count_++] = action;
  }
  const Action* begin() const { return items_.data(); }
  const Action* end() const { return items_.data() + count_; }

 private:
  std::array<Action, 8> items_{};
  std::size_t count_ = 0;
};

}  // namespace onit
