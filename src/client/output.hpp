#pragma once

#include <string_view>

namespace onit {

/// Writes all of it; whoever reads slowly is waited for. Returns false, with errno, if that fails.
bool print_all(int fd, std::string_view text);

/// `onitctl: TEXT` on stderr, ending its line.
void tell(std::string_view text);

/// Whether what is printed may have colours: stdout is a terminal, and NO_COLOR does not forbid it.
/// Source: https://no-color.org
bool wants_colour(char* const* environment);

}  // namespace onit
