#pragma once

#include <string>
#include <vector>

#include "cli/request.hpp"

namespace onit {

/// onitctl status --watch: shows the status on the whole terminal, anew whenever something happens and once a second,
/// until `q` is pressed, a signal comes or onit ends. The terminal is left as it was. Returns the exit code.
int watch_status(const ControlCommand& command, const std::vector<std::string>& places, bool has_colour);

/// What fits on a screen of so many rows and columns, with what erases the rest of it: lines are cut, and the last one
/// says how many more there are. A character takes one column, a sequence that sets colours none.
/// Source: console_codes(4).
std::string screen_of(std::string_view text, std::size_t rows, std::size_t columns);

}  // namespace onit
