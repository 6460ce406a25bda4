#pragma once

#include <span>
#include <string>

#include "cli/request.hpp"

namespace onit {

// What the readers of the tools' command lines have in common.

/// What is wrong, after getopt(3) or getopt_long(3) returned `result`: '?' or ':'.
std::string getopt_complaint(const Invocation& invocation, int result);

/// Has the signals dropped that the small inits leave to act on themselves: SIGCHLD, faults, and reads and writes of
/// the terminal from the background.
void drop_own_signals(SignalRewrites& rewrites);

/// Has all dropped but these.
void pass_on_only(SignalRewrites& rewrites, std::span<const int> signals);

/// Processes that outlive the command: PID 1 takes them all with it, so they are asked to end first. Elsewhere they
/// live on, as with the tools themselves.
OnExit on_exit_of(const Invocation& invocation);

}  // namespace onit
