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
/// onitctl, which is onit's own, is found like the others.
Reader find_personality(std::string_view name);

/// The names that find_personality() knows, by number; null after the last.
const char* personality_name(std::size_t index);

}  // namespace onit
