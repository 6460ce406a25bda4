#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/cron.hpp"
#include "core/service_spec.hpp"
#include "os/time_zone.hpp"
#include "os/wall_clock.hpp"

namespace onit {

/// Tells when scheduled services are due, with one timer for all of them (Source::wall_clock, which the caller
/// watches). What was missed, because the machine slept or the clock was set forward, is due once. When the clock is
/// set back by less than three hours, what has been due at set hours is not due again; what is due at any hour is,
/// unless it is by less than a minute.
class Schedules {
 public:
  /// `now` is for tests.
  explicit Schedules(WallTime (*now)() = wall_now) : now_(now) {}

  /// Errors: those of timerfd_create(2).
  Result<void> open() { return clock_.open(); }

  int fd() const { return clock_.fd(); }

  /// Adds a service, or gives one another schedule. Errors: those of parse_schedule() and load_time_zone(); then
  /// nothing is changed.
  Result<void, Complaint> define(ServiceId service, const ScheduleSpec& spec);

  /// Forgets a service, a time that has come already included. One that is not there is no error.
  void remove(ServiceId service);

  /// The timer has something to read.
  void on_ready();

  /// A service whose time has come since this was called last; each once.
  std::optional<ServiceId> next_due_service();

  /// When a service is due next; nothing if it is not scheduled, or never due.
  std::optional<WallTime> next_due_time(ServiceId service) const;

 private:
  struct Entry {
    ServiceId service;
    Schedule schedule;
    std::string zone_name;
    TimeZone zone;
    std::optional<WallTime> next{};
    std::optional<WallTime> last{};  // when it was found to be due last
    bool is_due = false;
  };

  Result<TimeZone, Complaint> zone_called(const std::string& name) const;
  void forget(ServiceId service);
  void advance(Entry& entry, WallTime now) const;
  void look_at_all();
  bool arm();

  WallTime (*now_)();
  WallClock clock_;
  std::vector<Entry> entries_;
};

}  // namespace onit
