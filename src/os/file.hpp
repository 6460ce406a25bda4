#pragma once

#include <cstddef>
#include <string>

#include "base/result.hpp"
#include "base/time.hpp"

namespace onit {

/// How long a pipe in place of a file is waited for, each time, where waiting does no harm.
inline constexpr Millis kFilePatience{10'000};

/// The content of a file. Errors: those of open(2) and read(2); EFBIG if there is more than `limit` bytes; ETIMEDOUT if
/// it is a pipe from which nothing comes for as long as `patience`.
Result<std::string> read_file(const char* path, std::size_t limit, Millis patience = Millis{0});

/// The first bytes of a file, at most `limit`; never waits. Errors: the same, but for EFBIG.
Result<std::string> read_head(const char* path, std::size_t limit);

/// Whether an error only means that there are no descriptors, processes or memory left.
bool is_shortage(int error);

/// Why no file can be opened at this moment, as errno; 0: one can. So a failure that came of that is told from others.
int find_open_error();

/// Whether there is such a file, and no pipe, device or folder. Errors count as no. Source: stat(2).
bool is_regular_file(const char* path);

}  // namespace onit
