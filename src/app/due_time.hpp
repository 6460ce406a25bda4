#pragma once

#include <optional>

#include "config/cron.hpp"
#include "os/time_zone.hpp"

namespace onit {

/// When a schedule is due next, strictly after `now`, by the clocks of a zone. Nothing if it never is.
///
/// When the clocks are set forward or back:
/// - If the field of the hour begins with '*', it is due whenever the clocks show a time that matches: a time that
/// comes
///   twice counts twice, one that is left out does not count, so that "every hour" and "every five minutes" keep going.
/// - Otherwise each day's times count once: one that comes twice the first time, and one that is left out at the moment
/// at
///   which the clocks are set, together with all others that are.
/// Source: cron(8) of Vixie cron, which does the same for changes below three hours.
std::optional<WallTime> next_due(const Schedule& schedule, const TimeZone& zone, WallTime now);

}  // namespace onit
