#include "app/due_time.hpp"

#include <doctest/doctest.h>
#include <time.h>

#include <chrono>
#include <string>

namespace onit {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// The time in UTC.
WallTime utc(int year, int month, int day, int hour, int minute) {
  std::chrono::sys_days date{std::chrono::year{year} / month / day};
  return date + hours{hour} + minutes{minute};
}

/// `03-29 01:00` in UTC.
std::string shown(std::optional<WallTime> time) {
  if (!time) return "never";
  time_t value = time->time_since_epoch().count();
  tm fields{};
  ::gmtime_r(&value, &fields);
  char text[32];
  return {text, ::strftime(text, sizeof text, "%m-%d %H:%M", &fields)};
}

TimeZone zone(const char* name) {
  auto loaded = load_time_zone(name);
  REQUIRE_MESSAGE(loaded.ok(), loaded.error().text);
  return loaded.value();
}

Schedule schedule(const char* text) {
  auto parsed = parse_schedule(text);
  REQUIRE(parsed.ok());
  return parsed.value();
}

/// The next times after `now`, in UTC, with commas between them.
std::string due(const char* cron, const TimeZone& place, WallTime now, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    auto next = next_due(schedule(cron), place, now);
    text += (i > 0 ? ", " : "") + shown(next);
    if (!next) break;
    now = *next;
  }
  return text;
}

}  // namespace

// Clocks in Berlin in 2026: forward on 29 March, 01:00 UTC, from 2 to 3; back on 25 October, 01:00 UTC, from 3 to 2.
// In New York: forward on 8 March, 07:00 UTC, from 2 to 3; back on 1 November, 06:00 UTC, from 2 to 1.

TEST_CASE("at set hours, a time that the clocks leave out is due when they are set, once") {
  TimeZone berlin = zone("Europe/Berlin");
  WallTime before = utc(2026, 3, 28, 12, 0);
  CHECK(due("30 2 * * *", berlin, before, 3) == "03-29 01:00, 03-30 00:30, 03-31 00:30");
  CHECK(due("*/15 2 * * *", berlin, before, 2) == "03-29 01:00, 03-30 00:00");
  CHECK(due("0 2,3 * * *", berlin, before, 3) == "03-29 01:00, 03-30 00:00, 03-30 01:00");
  CHECK(due("0 3 * * *", berlin, before, 2) == "03-29 01:00, 03-30 01:00");
  CHECK(due("59 1 * * *", berlin, before, 2) == "03-29 00:59, 03-29 23:59");
  CHECK(due("30 2 * * *", zone("America/New_York"), utc(2026, 3, 7, 12, 0), 2) == "03-08 07:00, 03-09 06:30");
}

TEST_CASE("at set hours, a time that comes twice is due the first time") {
  TimeZone berlin = zone("Europe/Berlin");
  WallTime before = utc(2026, 10, 24, 12, 0);
  CHECK(due("30 2 * * *", berlin, before, 2) == "10-25 00:30, 10-26 01:30");
  CHECK(due("0 2,3 * * *", berlin, before, 3) == "10-25 00:00, 10-25 02:00, 10-26 01:00");
  CHECK(due("30 2 * * *", berlin, utc(2026, 10, 25, 1, 10), 1) == "10-26 01:30");
  CHECK(due("30 1 * * *", zone("America/New_York"), utc(2026, 10, 31, 12, 0), 2) == "11-01 05:30, 11-02 06:30");
}

TEST_CASE("every hour goes on every hour when the clocks are set") {
  TimeZone berlin = zone("Europe/Berlin");
  CHECK(due("30 * * * *", berlin, utc(2026, 3, 29, 0, 0), 3) == "03-29 00:30, 03-29 01:30, 03-29 02:30");
  CHECK(due("0 * * * *", berlin, utc(2026, 3, 29, 0, 0), 2) == "03-29 01:00, 03-29 02:00");
  CHECK(due("30 * * * *", berlin, utc(2026, 10, 25, 0, 0), 4) == "10-25 00:30, 10-25 01:30, 10-25 02:30, 10-25 03:30");
  CHECK(due("0 * * * *", berlin, utc(2026, 10, 25, 0, 0), 2) == "10-25 01:00, 10-25 02:00");
}

TEST_CASE("a day that is left out altogether is due at its end") {
  // Samoa had no 30 December in 2011: it went from UTC-10 to UTC+14 at 10:00 UTC.
  CHECK(due("0 12 * * *", zone("Pacific/Apia"), utc(2011, 12, 29, 0, 0), 3) == "12-29 22:00, 12-30 10:00, 12-30 22:00");
}

TEST_CASE("a change by half an hour is one as well") {
  // Lord Howe: on 4 October 2026, 15:30 UTC the day before, from 2:00 to 2:30.
  CHECK(due("15 2 * * *", zone("Australia/Lord_Howe"), utc(2026, 10, 3, 0, 0), 2) == "10-03 15:30, 10-04 15:15");
}

TEST_CASE("what is due rarely is found beyond many changes") {
  auto next = next_due(schedule("0 * 29 2 *"), zone("Europe/Berlin"), utc(2026, 3, 1, 0, 0));
  CHECK(next == utc(2028, 2, 28, 23, 0));
}

TEST_CASE("a walk through all minutes finds the same times whenever any hour counts") {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/St_Johns"}) {
    TimeZone place = zone(name);
    for (const char* cron : {"*/7 * * * *", "13 */2 * * *", "0,59 */3 * * *", "1 * * * sun"}) {
      CAPTURE(name);
      CAPTURE(cron);
      Schedule wanted = schedule(cron);
      for (auto change = place.next_change(utc(2026, 1, 1, 0, 0)); change && change->at < utc(2027, 1, 1, 0, 0);
           change = place.next_change(change->at)) {
        WallTime time = change->at - hours{5};
        auto next = next_due(wanted, place, time);
        while (time < change->at + hours{5}) {
          time += minutes{1};
          CivilTime civil{std::chrono::floor<minutes>(time.time_since_epoch() + place.offset_at(time))};
          bool is_due = next_time(wanted, civil - minutes{1}) == civil;
          if (is_due) CHECK(shown(next) == shown(time));
          if (is_due) next = next_due(wanted, place, time);
        }
      }
    }
  }
}

TEST_CASE("a walk through all minutes finds the same times at set hours: whatever the clocks pass for the first time") {
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"}) {
    TimeZone place = zone(name);
    for (const char* cron : {"*/7 0-4 * * *", "0,30 2 * * *", "59 1,12 * * *", "15 3 1 * sun"}) {
      CAPTURE(name);
      CAPTURE(cron);
      Schedule wanted = schedule(cron);
      for (auto change = place.next_change(utc(2010, 1, 1, 0, 0)); change && change->at < utc(2013, 1, 1, 0, 0);
           change = place.next_change(change->at)) {
        WallTime time = change->at - hours{30};
        auto next = next_due(wanted, place, time);
        auto civil = [&] {
          return CivilTime{std::chrono::floor<minutes>((time + place.offset_at(time)).time_since_epoch())};
        };
        CivilTime passed = civil();
        while (time < change->at + hours{30}) {
          time += minutes{1};
          if (civil() <= passed) continue;
          bool is_due = *next_time(wanted, passed) <= civil();
          passed = civil();
          if (is_due) CHECK(shown(next) == shown(time));
          if (is_due) next = next_due(wanted, place, time);
        }
      }
    }
  }
}

}  // namespace onit
