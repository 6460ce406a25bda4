#pragma once

#include <string>
#include <string_view>

#include "cli/request.hpp"

namespace onit {

// What the readers of the tools' command lines have in common.

/// The variable's value; null if it is not set.
const char* variable(char* const* environment, std::string_view name);

/// What is wrong, after getopt(3) or getopt_long(3) returned `result`: '?' or ':'.
std::string getopt_complaint(const Invocation& invocation, int result);

/// Processes that outlive the command: PID 1 takes them all with it, so they are asked to end first. Elsewhere they
/// live on, as with the tools themselves.
OnExit on_exit_of(const Invocation& invocation);

}  // namespace onit
