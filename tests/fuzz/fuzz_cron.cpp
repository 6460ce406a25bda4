#include <cstddef>
#include <cstdint>
#include <string_view>

#include "config/cron.hpp"
#include "fuzz/checks.hpp"
#include "os/time_zone.hpp"

// Any text as a schedule: it is refused in words, or its next times follow each other and match. And as a file of a
// time zone.

namespace {

using namespace onit;

bool has(std::uint64_t bits, std::int64_t value) { return (bits >> value & 1) != 0; }

void check_bounds(const Schedule& schedule) {
  require(schedule.minutes != 0 && schedule.minutes >> 60 == 0);
  require(schedule.hours != 0 && schedule.hours >> 24 == 0);
  require(schedule.days != 0 && !has(schedule.days, 0));
  require(schedule.months != 0 && !has(schedule.months, 0) && schedule.months >> 13 == 0);
  require(schedule.weekdays != 0 && schedule.weekdays >> 7 == 0);
}

void check_due(const Schedule& schedule, CivilTime time) {
  auto day = std::chrono::floor<std::chrono::days>(time);
  auto minute = (time - day).count();
  require(has(schedule.minutes, minute % 60) && has(schedule.hours, minute / 60));
  std::chrono::year_month_day date{day};
  require(has(schedule.months, static_cast<unsigned>(date.month())));
  bool by_date = has(schedule.days, static_cast<unsigned>(date.day()));
  bool by_weekday = has(schedule.weekdays, std::chrono::weekday{day}.c_encoding());
  require(by_date || by_weekday);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)parse_zone_file(text);
  auto schedule = parse_schedule(text);
  if (!schedule.ok()) {
    require(!schedule.error().text.empty());
    return 0;
  }
  check_bounds(schedule.value());
  CivilTime time{std::chrono::minutes{size % 97 * 500'000}};
  for (int i = 0; i < 5; ++i) {
    auto next = next_time(schedule.value(), time);
    require(next && *next > time);
    check_due(schedule.value(), *next);
    // Nothing lies between: a minute before it, it is still the next one.
    require(next_time(schedule.value(), *next - std::chrono::minutes{1}) == next);
    time = *next;
  }
  return 0;
}
