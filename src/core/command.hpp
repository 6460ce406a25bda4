#pragma once

#include <cstdint>

#include "base/time.hpp"
#include "core/action.hpp"
#include "core/event.hpp"
#include "core/policy.hpp"

namespace onit {

/// The life of one command, or of several side by side: then "it runs" means that one of them does.
enum class Phase : std::uint8_t {
  idle,         ///< before Begin
  pausing,      ///< there is no command; nobody has asked onit to end
  running,      ///< the command runs, nobody has asked it to end
  draining,     ///< it runs, a termination signal is held back until the deadline
  terminating,  ///< it runs, a termination signal was passed on; KILL at the deadline, if there is one
  killing,      ///< KILL was sent to it and to everything; again at the deadline
  stopping,     ///< it has ended; what remains has the stop signal; KILL at the deadline
  waiting,      ///< it has ended; what remains may take its time; KILL at the deadline, if there is one
  clearing,     ///< it has ended; KILL was sent to what remains; again at the deadline
  done,         ///< onit exits
};

/// How often KILL is repeated while something is still there: a process may fork between the look and the signal.
inline constexpr Millis kKillInterval{100};
/// After that many times what is left hangs in the kernel (signal(7): uninterruptible sleep), and onit leaves.
inline constexpr int kKillAttempts = 20;

struct State {
  Phase phase = Phase::idle;
  Deadline deadline;
  int commands = 0;           ///< how many have not ended
  int end_signal = 0;         ///< draining: what is held back; terminating: what was passed on
  bool has_cascaded = false;  ///< the cascade's signal was sent, or received
  int kill_attempts = 0;      ///< killing, clearing
  ExitTally tally;
  int exit_code = 0;  ///< done: what onit exits with
};

struct Step {
  State next;
  Actions actions;
};

/// Decides what an event means: the next state and what to do about it. Reads nothing but its arguments.
/// An event that cannot happen in a phase is a broken invariant and panics.
[[gnu::hot]] Step step(const CommandPolicy& policy, const State& state, const Event& event, Instant now);

}  // namespace onit
