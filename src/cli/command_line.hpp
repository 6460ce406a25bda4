#pragma once

#include "base/result.hpp"
#include "cli/request.hpp"

namespace onit {

/// Where services are if there is neither a command nor anything that names a file.
inline constexpr char kDefaultFile[] = "/etc/onit.toml";

/// That there is nothing to run, and what would be right.
Complaint no_command();

/// Reads how onit was called: as itself, or under the name of a tool that it stands in for, and with $ONIT_OPTIONS.
/// Without a command the plan has the services of $ONIT_FILE or kDefaultFile, whether that is there or not.
/// The Complaint is about onit's own options.
Result<Request, Complaint> read_command_line(const Invocation& invocation);

}  // namespace onit
