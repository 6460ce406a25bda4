#pragma once

#include <chrono>
#include <optional>

namespace onit {

using Millis = std::chrono::milliseconds;

/// A point on the monotonic clock (CLOCK_MONOTONIC), in milliseconds since an unspecified start.
using Instant = std::chrono::time_point<std::chrono::steady_clock, Millis>;

/// When to act unless something else happens first; nothing means never.
using Deadline = std::optional<Instant>;

/// The earlier of two deadlines.
inline Deadline earlier(Deadline a, Deadline b) {
  if (!a || !b) return a ? a : b;
  return *a < *b ? a : b;
}

}  // namespace onit
