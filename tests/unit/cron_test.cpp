#include "config/cron.hpp"

#include <doctest/doctest.h>
#include <time.h>

#include <random>
#include <string>

namespace onit {
namespace {

using std::chrono::minutes;

CivilTime civil(int year, unsigned month, unsigned day, int hour, int minute) {
  std::chrono::local_days date{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)};
  return date + std::chrono::hours{hour} + minutes{minute};
}

/// The broken-down time by the C library: another way than the code's own.
tm fields_of(CivilTime time) {
  time_t seconds = time.time_since_epoch().count() * 60;
  tm fields{};
  ::gmtime_r(&seconds, &fields);
  return fields;
}

/// `2026-01-31 23:59`.
std::string shown(CivilTime time) {
  tm fields = fields_of(time);
  char text[32];
  return {text, ::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &fields)};
}

std::string complaint(std::string_view text) {
  auto schedule = parse_schedule(text);
  return schedule.ok() ? "none" : schedule.error().text;
}

Schedule parsed(std::string_view text) {
  auto schedule = parse_schedule(text);
  REQUIRE_MESSAGE(schedule.ok(), complaint(text));
  return schedule.value();
}

std::string next(std::string_view text, CivilTime after) {
  auto time = next_time(parsed(text), after);
  return time ? shown(*time) : "never";
}

bool has(std::uint64_t bits, int value) { return (bits >> value & 1) != 0; }

bool is_due(const Schedule& schedule, CivilTime time) {
  tm fields = fields_of(time);
  bool by_date = has(schedule.days, fields.tm_mday);
  bool by_weekday = has(schedule.weekdays, fields.tm_wday);
  bool both = schedule.any_day || schedule.any_weekday;
  return has(schedule.minutes, fields.tm_min) && has(schedule.hours, fields.tm_hour) &&
         has(schedule.months, fields.tm_mon + 1) && (both ? by_date && by_weekday : by_date || by_weekday);
}

/// A field of random values, ranges and steps from `first` to `last`.
std::string random_field(std::mt19937& random, int first, int last) {
  auto pick = [&random](int from, int to) {
    return from + static_cast<int>(random() % static_cast<unsigned>(to - from + 1));
  };
  std::string text;
  for (int parts = pick(1, 3); parts > 0; --parts) {
    int from = pick(first, last);
    int to = pick(from, last);
    if (!text.empty()) text += ",";
    switch (pick(0, 4)) {
      case 0:
        text += "*";
        break;
      case 1:
        text += "*/" + std::to_string(pick(1, last));
        break;
      case 2:
        text += std::to_string(from) + "-" + std::to_string(to);
        break;
      case 3:
        text += std::to_string(from) + "-" + std::to_string(to) + "/" + std::to_string(pick(1, last));
        break;
      default:
        text += std::to_string(from);
        break;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("numbers, ranges, steps and lists become bits") {
  CHECK(parsed("0 0 * * *").minutes == 1);
  CHECK(parsed("1,3 0 * * *").minutes == 0b1010);
  CHECK(parsed("1-4,6 0 * * *").minutes == 0b1011110);
  CHECK(parsed("1-10/3 0 * * *").minutes == 0b10010010010);
  CHECK(parsed("*/20 0 * * *").minutes == (1ULL | 1ULL << 20 | 1ULL << 40));
  CHECK(parsed("* * * * *").minutes == (1ULL << 60) - 1);
  CHECK(parsed("* * * * *").hours == (1U << 24) - 1);
  CHECK(parsed("* * * * *").days == 0xfffffffe);
  CHECK(parsed("* * * * *").months == 0x1ffe);
  CHECK(parsed("* * * * *").weekdays == 0x7f);
  CHECK(parsed("\t05  5 \t5 5   5 ").minutes == 1ULL << 5);
}

TEST_CASE("months and weekdays have names, in any case, and Sunday two numbers") {
  CHECK(parsed("0 0 * jan,DEC *").months == (1U << 1 | 1U << 12));
  CHECK(parsed("0 0 * mar-May *").months == (1U << 3 | 1U << 4 | 1U << 5));
  CHECK(parsed("0 0 * * mon-fri").weekdays == 0b0111110);
  CHECK(parsed("0 0 * * 0").weekdays == 1);
  CHECK(parsed("0 0 * * 7").weekdays == 1);
  CHECK(parsed("0 0 * * sun").weekdays == 1);
  CHECK(parsed("0 0 * * 5-7").weekdays == 0b1100001);
  CHECK(parsed("0 0 * * fri-sun").weekdays == 0b1100001);
  CHECK(parsed("0 0 * * sun-tue").weekdays == 0b0000111);
  CHECK(parsed("0 0 * * */2").weekdays == 0b1010101);
}

TEST_CASE("words stand for the usual schedules") {
  CivilTime after = civil(2026, 5, 13, 10, 30);  // a Wednesday
  CHECK(next("@hourly", after) == "2026-05-13 11:00");
  CHECK(next("@daily", after) == "2026-05-14 00:00");
  CHECK(next("@midnight", after) == "2026-05-14 00:00");
  CHECK(next("@weekly", after) == "2026-05-17 00:00");
  CHECK(next("@monthly", after) == "2026-06-01 00:00");
  CHECK(next("@yearly", after) == "2027-01-01 00:00");
  CHECK(next(" @Annually ", after) == "2027-01-01 00:00");
}

TEST_CASE("a complaint names the field and what is right") {
  CHECK(complaint("60 * * * *") == "minute: 60 is above 59");
  CHECK(complaint("* 24 * * *") == "hour: 24 is above 23");
  CHECK(complaint("* * 0 * *") == "day of the month: 0 is below 1");
  CHECK(complaint("* * 1-32 * *") == "day of the month: 32 is above 31");
  CHECK(complaint("* * * 13 *") == "month: 13 is above 12");
  CHECK(complaint("* * * * 8") == "day of the week: 8 is above 7");
  CHECK(complaint("* 99999999999 * * *") == "hour: '99999999999' is no number");
  CHECK(complaint("* * * june *") == "month: 'june' is no number, nor one of jan to dec");
  CHECK(complaint("* * * * L") == "day of the week: 'L' is no number, nor one of sun to sat");
  CHECK(complaint("? * * * *") == "minute: '?' is no number");
  CHECK(complaint("1, * * * *") == "minute: a value is missing");
  CHECK(complaint("-5 * * * *") == "minute: a value is missing");
  CHECK(complaint("5- * * * *") == "minute: a value is missing");
  CHECK(complaint("*-5 * * * *") == "minute: '*' is no number");
  CHECK(complaint("1-2-3 * * * *") == "minute: '2-3' is no number");
  CHECK(complaint("* 22-2 * * *") == "hour: '22-2' goes backwards: write two ranges with a comma between them");
  CHECK(complaint("*/0 * * * *") == "minute: the step '0' is no number above 0");
  CHECK(complaint("*/ * * * *") == "minute: the step '' is no number above 0");
  CHECK(complaint("*/1/2 * * * *") == "minute: the step '1/2' is no number above 0");
  CHECK(complaint("*/90 * * * *") == "minute: a step of 90 is above 59");
  CHECK(complaint("5/10 * * * *") == "minute: the step of '5/10' needs a range: write 5-59/10 or */10");
}

TEST_CASE("a complaint says how many fields there are to be") {
  constexpr const char* kFive = " fields: five are needed, minute, hour, day of the month, month and day of the week";
  CHECK(complaint("0 * * * * *") == std::string{"'0 * * * * *' has 6"} + kFive);
  CHECK(complaint("0 * * *") == std::string{"'0 * * *' has 4"} + kFive);
  CHECK(complaint("") == std::string{"'' has 0"} + kFive);
  CHECK(complaint("@reboot") ==
        "'@reboot' is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually");
}

TEST_CASE("a schedule that is never due is an error") {
  CHECK(complaint("0 0 30 2 *") ==
        "day of the month: '0 0 30 2 *' is never due, for none of its months has such a day");
  CHECK(complaint("0 0 31 4,6,9,11 *").starts_with("day of the month: "));
  CHECK(complaint("0 0 29 2 *") == "none");
  CHECK(complaint("0 0 30 2 mon") == "none");
}

TEST_CASE("the next time is strictly after, across hours, days, months and years") {
  CHECK(next("30 10 * * *", civil(2026, 5, 13, 10, 29)) == "2026-05-13 10:30");
  CHECK(next("30 10 * * *", civil(2026, 5, 13, 10, 30)) == "2026-05-14 10:30");
  CHECK(next("0 * * * *", civil(2026, 12, 31, 23, 0)) == "2027-01-01 00:00");
  CHECK(next("59 23 31 * *", civil(2026, 4, 1, 0, 0)) == "2026-05-31 23:59");
  CHECK(next("* * * * *", civil(2026, 2, 28, 23, 59)) == "2026-03-01 00:00");
  CHECK(next("5,10 3,9 * * *", civil(2026, 1, 1, 3, 10)) == "2026-01-01 09:05");
}

TEST_CASE("29 February comes in leap years, though eight years may lie between them") {
  CHECK(next("0 0 29 2 *", civil(2026, 1, 1, 0, 0)) == "2028-02-29 00:00");
  CHECK(next("0 0 29 2 *", civil(2096, 2, 29, 0, 0)) == "2104-02-29 00:00");
}

TEST_CASE("when both day fields are restricted one of them is enough") {
  // 13 May 2026 is a Wednesday.
  CHECK(next("0 0 13 * fri", civil(2026, 5, 10, 0, 0)) == "2026-05-13 00:00");
  CHECK(next("0 0 13 * fri", civil(2026, 5, 13, 0, 0)) == "2026-05-15 00:00");
  CHECK(next("0 0 13 * *", civil(2026, 5, 13, 0, 0)) == "2026-06-13 00:00");
  CHECK(next("0 0 * * fri", civil(2026, 5, 15, 0, 0)) == "2026-05-22 00:00");
}

TEST_CASE("a day field that begins with * restricts together with the other") {
  // Odd days that are Mondays.
  CHECK(next("0 0 */2 * mon", civil(2026, 5, 1, 0, 0)) == "2026-05-11 00:00");
  CHECK(next("0 0 1-31/2 * mon", civil(2026, 5, 1, 0, 0)) == "2026-05-03 00:00");
}

TEST_CASE("a walk through all minutes finds the same times") {
  constexpr minutes kWindow = std::chrono::hours{24 * 45};
  for (unsigned seed = 1; seed <= 150; ++seed) {
    std::mt19937 random{seed};
    std::string text = random_field(random, 0, 59) + " " + random_field(random, 0, 23) + " " +
                       random_field(random, 1, 31) + " " + random_field(random, 1, 12) + " " +
                       random_field(random, 0, 6);
    CAPTURE(seed);
    CAPTURE(text);
    auto schedule = parse_schedule(text);
    if (!schedule.ok()) continue;  // a day that no month of it has
    CivilTime start = civil(2024, 1, 1, 0, 0) + minutes{random() % 5'000'000};
    auto found = next_time(schedule.value(), start);
    CivilTime time = start + minutes{1};
    while (time < start + kWindow && !is_due(schedule.value(), time)) time += minutes{1};
    REQUIRE(found);
    if (time < start + kWindow) {
      CHECK(shown(*found) == shown(time));
    } else {
      CHECK(*found >= time);
    }
  }
}

}  // namespace onit
