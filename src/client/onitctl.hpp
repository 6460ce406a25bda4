#pragma once

#include "cli/request.hpp"

namespace onit {

/// Does what a verb of onitctl asks for that needs a running onit: asks it, and prints the answer. May wait. Returns
/// the exit code.
int run_onitctl(const ControlCommand& command, char* const* environment);

}  // namespace onit
