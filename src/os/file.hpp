#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"

namespace onit {

/// The content of a file. Errors: those of open(2) and read(2); EFBIG if there is more than `limit` bytes.
Result<std::string> read_file(const char* path, std::size_t limit);

/// The first bytes of a file, at most `limit`. Does not wait should the file be a pipe that nobody writes.
/// Errors: those of open(2) and read(2).
Result<std::string> read_head(const char* path, std::size_t limit);

}  // namespace onit
