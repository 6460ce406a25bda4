#include "app/due_time.hpp"

namespace onit {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::minutes;
using std::chrono::seconds;

/// The minute that the clocks show if they are ahead of UTC by `offset`.
CivilTime civil_at(WallTime time, seconds offset) {
  return CivilTime{floor<minutes>(time.time_since_epoch() + offset)};
}

/// When clocks that are ahead of UTC by `offset` show a time.
WallTime wall_at(CivilTime time, seconds offset) { return WallTime{time.time_since_epoch() - offset}; }

/// When the clocks show a time first; if they never do, when they are set beyond it.
WallTime first_moment(const TimeZone& zone, CivilTime time) {
  // Offsets stay below a day, so that a day before it is before and a day after it is after, wherever that is.
  seconds before = zone.offset_at(wall_at(time, days{1}));
  WallTime by_before = wall_at(time, before);
  if (zone.offset_at(by_before) == before) return by_before;
  seconds after = zone.offset_at(wall_at(time, -days{1}));
  WallTime by_after = wall_at(time, after);
  if (zone.offset_at(by_after) == after) return by_after;
  auto change = zone.next_change(by_after);
  return change ? change->at : by_before;
}

std::optional<WallTime> next_at_set_hours(const Schedule& schedule, const TimeZone& zone, WallTime now) {
  std::optional<CivilTime> time = civil_at(now, zone.offset_at(now));
  while ((time = next_time(schedule, *time))) {
    WallTime moment = first_moment(zone, *time);
    if (moment > now) return moment;
  }
  return std::nullopt;
}

std::optional<WallTime> next_at_any_hour(const Schedule& schedule, const TimeZone& zone, WallTime now) {
  seconds offset = zone.offset_at(now);
  CivilTime civil = civil_at(now, offset);
  while (auto time = next_time(schedule, civil)) {
    WallTime moment = wall_at(*time, offset);
    auto change = zone.next_change(now);
    if (!change || change->at > moment) return moment;
    // The clocks are set before that. What they show right then counts as well.
    now = change->at;
    offset = change->offset;
    civil = civil_at(now - seconds{1}, offset);
  }
  return std::nullopt;
}

}  // namespace

std::optional<WallTime> next_due(const Schedule& schedule, const TimeZone& zone, WallTime now) {
  return schedule.any_hour ? next_at_any_hour(schedule, zone, now) : next_at_set_hours(schedule, zone, now);
}

}  // namespace onit
