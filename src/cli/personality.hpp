#pragma once

#include <cstddef>
#include <string_view>

#include "cli/request.hpp"

namespace onit {

// The tools that onit stands in for. Each has a function that reads argv and the environment as that tool does, and
// makes a Plan of them; mistakes become an Answer in its words. In all of them options stop at the first argument that
// is none. What each does, and where onit is different on purpose: docs/compatibility.md.

Request tini_request(const Invocation& invocation);
Request dumb_init_request(const Invocation& invocation);
Request catatonit_request(const Invocation& invocation);
Request run_request(const Invocation& invocation);
Request run_multi_request(const Invocation& invocation);

using Reader = Request (*)(const Invocation& invocation);

/// Who reads the command line of the tool with this name, which may be a path; null if onit stands in for no such tool.
Reader find_personality(std::string_view name);

/// The names that find_personality() knows, by number; null after the last.
const char* personality_name(std::size_t index);

/// The variable's value; null if it is not set.
const char* variable(char* const* environment, std::string_view name);

/// What is wrong, after getopt(3) or getopt_long(3) returned `result`: '?' or ':'.
std::string unusable_option(const Invocation& invocation, int result);

/// Processes that outlive the command: PID 1 takes them all with it, so they are asked to end first. Elsewhere they
/// live on, as with the tools themselves.
OnExit on_exit_of(const Invocation& invocation);

}  // namespace onit
