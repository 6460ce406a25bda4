#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace onit {

/// What a clock on the wall shows, to the minute; in which time zone is not said.
using CivilTime = std::chrono::local_time<std::chrono::minutes>;

/// The times at which something is due: bit n of a field is set if the value n counts.
struct Schedule {
  std::uint64_t minutes = 0;   ///< 0..59
  std::uint32_t hours = 0;     ///< 0..23
  std::uint32_t days = 0;      ///< 1..31
  std::uint32_t months = 0;    ///< 1..12
  std::uint32_t weekdays = 0;  ///< 0..6 from Sunday
  bool any_hour = false;       ///< the field of the hour begins with '*'
  bool any_day = false;        ///< that of the day of the month does
  bool any_weekday = false;    ///< that of the day of the week does
};

/// Reads five fields (minute, hour, day of the month, month, day of the week) of numbers, ranges, steps and lists, with
/// names of months and weekdays, 0 and 7 for Sunday; or @hourly, @daily, @midnight, @weekly, @monthly, @yearly,
/// @annually. A range may end with Sunday by its name (fri-sun).
/// Errors: name the field and what would be right; a day that none of the months has.
/// Source: crontab(5) of Vixie cron.
Result<Schedule, Complaint> parse_schedule(std::string_view text);

/// The first minute after `after` in which the schedule is due. If both the day of the month and that of the week are
/// restricted one of them is enough; a field that begins with '*' restricts only together with the other.
/// Nothing if there is none within 40 years, after which every date has been every day of the week.
std::optional<CivilTime> next_time(const Schedule& schedule, CivilTime after);

}  // namespace onit
