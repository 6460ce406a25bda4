#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace onit {

/// A whole, unsigned decimal number of at most `maximum`; no sign, no blanks, no other base.
std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t maximum);

/// The same with an optional '-' or '+', from `minimum` to `maximum`.
std::optional<std::int64_t> parse_signed(std::string_view text, std::int64_t minimum, std::int64_t maximum);

/// A duration with units, largest first: `250ms`, `10s`, `1m30s`, `2h`; a bare `0` needs no unit.
/// Nothing for anything else, and for more than ten years.
std::optional<Millis> parse_duration(std::string_view text);

}  // namespace onit
