#pragma once

#include <vector>

#include "base/result.hpp"

namespace onit {

/// Splits `text` into words as a shell does: at blanks, unless they are in quotes or behind a backslash. The words are
/// made where they stand: `text` is changed, and must live as long as they are used.
/// Errors: a quote that nobody closes. Source: POSIX.1-2017, Shell Command Language, 2.2.
Result<std::vector<char*>, Complaint> split_words(char* text);

}  // namespace onit
