#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"

namespace onit {

/// Values as people write them, in options and in files. Each Complaint is what follows `name 'value': `.

Result<int, Complaint> signal_value(std::string_view text);
Result<Millis, Complaint> duration_value(std::string_view text);
Result<int, Complaint> integer_value(std::string_view text, int minimum, int maximum);
/// A mask of permissions, in octal.
Result<std::uint32_t, Complaint> umask_value(std::string_view text);

/// A number of bytes: `4096`, `10kB`, `10MB`, `1GB` (powers of 1000), `64KiB`, `64MiB`, `1GiB` (of 1024).
Result<std::uint64_t, Complaint> size_value(std::string_view text);

/// The two values of a resource limit (setrlimit(2)).
struct LimitValues {
  std::uint64_t soft;
  std::uint64_t hard;
};
inline constexpr std::uint64_t kUnlimited = UINT64_MAX;

/// `SOFT` or `SOFT:HARD`, each a number or `unlimited`.
Result<LimitValues, Complaint> limit_value(std::string_view text);

}  // namespace onit
