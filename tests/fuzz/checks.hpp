#pragma once

#include <string_view>

// What fuzz targets have in common.

/// Ends the target as a finding if something does not hold that always has to.
inline void require(bool holds) {
  if (!holds) __builtin_trap();
}

/// The number of lines of a text, one more than there are newlines.
inline int lines_of(std::string_view text) {
  int lines = 1;
  for (char c : text) lines += c == '\n' ? 1 : 0;
  return lines;
}
