#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace onit {

/// A point on the wall clock (CLOCK_REALTIME), in seconds since 1970-01-01 00:00 UTC.
using WallTime = std::chrono::sys_seconds;

/// What a change of the clocks is: from `at` on they are ahead of UTC by `offset`.
struct OffsetChange {
  WallTime at;
  std::chrono::seconds offset;
};

/// By how much the clocks of a place are ahead of UTC, and when that changes, from 1970 to 2100. A plain value.
class TimeZone {
 public:
  /// `first` holds until the first of the changes, which are in order.
  explicit TimeZone(std::chrono::seconds first = {}, std::vector<OffsetChange> changes = {})
      : first_(first), changes_(std::move(changes)) {}

  std::chrono::seconds offset_at(WallTime time) const;

  /// The first change after `time`; nothing if there is none.
  std::optional<OffsetChange> next_change(WallTime time) const;

 private:
  std::chrono::seconds first_;
  std::vector<OffsetChange> changes_;
};

/// Looks a zone up in the system's database by its name, such as `Europe/Berlin`. `UTC` and the empty name need none.
/// Errors: in words; no such zone or no database, a file that is none or damaged.
Result<TimeZone, Complaint> load_time_zone(std::string_view name);

/// Reads a file of that database; nothing if it is none, or damaged. Its leap seconds are left out.
/// Source: RFC 8536.
std::optional<TimeZone> parse_zone_file(std::string_view bytes);

}  // namespace onit
