#pragma once

#include "base/result.hpp"
#include "cli/request.hpp"

namespace onit {

/// Reads how onit was called: as itself, or under the name of a tool that it stands in for, and with $ONIT_OPTIONS.
/// The Complaint is about onit's own options.
Result<Request, Complaint> read_command_line(const Invocation& invocation);

}  // namespace onit
