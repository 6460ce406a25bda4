#pragma once

#include <variant>

#include "base/result.hpp"
#include "core/plan.hpp"

namespace onit {

struct ShowHelp {};
struct ShowVersion {};
using Request = std::variant<Plan, ShowHelp, ShowVersion>;

/// Reads the command line of `onit`. Options stop at the first argument that is none (getopt(3), POSIXLY_CORRECT).
/// The Complaint names the option and what would be right.
Result<Request, Complaint> parse_command_line(int argc, char* const* argv);

}  // namespace onit
