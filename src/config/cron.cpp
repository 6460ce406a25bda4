#include "config/cron.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <string>
#include <utility>

#include "base/parse.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::local_days;
using std::chrono::minutes;

constexpr std::size_t kFields = 5;
constexpr int kHorizonYears = 40;
constexpr unsigned kSunday = 7;

/// The names of values have three letters, and a blank between each other.
constexpr std::size_t kNameLetters = 3;

struct Field {
  char name[17];
  unsigned first;
  unsigned last;
  char names[48] = "";  ///< of the values from `first` on
};

constexpr Field kMinute{"minute", 0, 59};
constexpr Field kHour{"hour", 0, 23};
constexpr Field kDay{"day of the month", 1, 31};
constexpr Field kMonth{"month", 1, 12, "jan feb mar apr may jun jul aug sep oct nov dec"};
constexpr Field kWeekday{"day of the week", 0, kSunday, "sun mon tue wed thu fri sat"};

struct Shorthand {
  char word[10];
  char fields[10];
};

constexpr Shorthand kShorthands[] = {
    {"@hourly", "0 * * * *"},  {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"},
};

bool is_blank(char c) { return c == ' ' || c == '\t'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_word(std::string_view a, std::string_view lower_case) { return std::ranges::equal(a, lower_case, {}, lower); }

/// Reads one field. The read_ functions return nothing after fail().
class FieldReader {
 public:
  explicit FieldReader(const Field& field) : field_(field) {}

  /// A bit for each value.
  Result<std::uint64_t, Complaint> read(std::string_view text);

 private:
  std::optional<std::uint64_t> read_part(std::string_view part);
  std::optional<unsigned> read_value(std::string_view text, bool ends_range);
  std::optional<unsigned> read_step(std::string_view text);
  std::nullopt_t fail(std::string text);

  const Field& field_;
  std::string complaint_;
};

Result<std::uint64_t, Complaint> FieldReader::read(std::string_view text) {
  std::uint64_t values = 0;
  bool more = true;
  while (more) {
    more = text.find(',') != std::string_view::npos;
    auto part = read_part(take_until(text, ','));
    if (!part) return Complaint{filled("%: %", field_.name, complaint_)};
    values |= *part;
  }
  return values;
}

std::optional<std::uint64_t> FieldReader::read_part(std::string_view part) {
  std::string_view range = part;
  bool has_step = range.find('/') != std::string_view::npos;
  std::string_view values = take_until(range, '/');
  unsigned step = 1;
  if (has_step) {
    auto given = read_step(range);
    if (!given) return std::nullopt;
    step = *given;
  }
  unsigned first = field_.first;
  unsigned last = &field_ == &kWeekday ? kSunday - 1 : field_.last;
  if (values != "*") {
    bool is_range = values.find('-') != std::string_view::npos;
    auto from = read_value(take_until(values, '-'), false);
    if (!from) return std::nullopt;
    if (has_step && !is_range) {
      std::string end = std::to_string(last);
      return fail(filled("the step of % needs a range: write %-%/% or */%", quoted(part), *from, end, step, step));
    }
    auto to = is_range ? read_value(values, true) : from;
    if (!to) return std::nullopt;
    if (*to < *from) return fail(filled("% goes backwards: write two ranges with a comma between them", quoted(part)));
    first = *from;
    last = *to;
  }
  std::uint64_t bits = 0;
  for (unsigned value = first; value <= last; value += step) bits |= std::uint64_t{1} << value;
  return bits;
}

/// A number or a name.
std::optional<unsigned> FieldReader::read_value(std::string_view text, bool ends_range) {
  std::string_view names = field_.names;
  for (unsigned i = 0; i * (kNameLetters + 1) < names.size(); ++i) {
    if (!same_word(text, names.substr(i * (kNameLetters + 1), kNameLetters))) continue;
    bool is_last_day = &field_ == &kWeekday && i == 0 && ends_range;
    return is_last_day ? kSunday : field_.first + i;
  }
  auto number = parse_number(text, UINT32_MAX);
  if (!number) {
    if (text.empty()) return fail("a value is missing");
    std::string choice;
    if (!names.empty()) {
      choice = filled(", nor one of % to %", names.substr(0, kNameLetters), names.substr(names.size() - kNameLetters));
    }
    return fail(filled("% is no number%", quoted(text), choice));
  }
  auto value = static_cast<unsigned>(*number);
  if (value > field_.last) return fail(filled("% is above %", value, field_.last));
  if (value < field_.first) return fail(filled("% is below %", value, field_.first));
  return value;
}

std::optional<unsigned> FieldReader::read_step(std::string_view text) {
  auto step = parse_number(text, UINT32_MAX);
  if (!step || *step == 0) return fail(filled("the step % is no number above 0", quoted(text)));
  // cron takes */90 for "once an hour", which nobody means.
  if (*step > field_.last) {
    return fail(filled("a step of % is above %", *step, field_.last));
  }
  return static_cast<unsigned>(*step);
}

std::nullopt_t FieldReader::fail(std::string text) {
  complaint_ = std::move(text);
  return std::nullopt;
}

Result<std::array<std::string_view, kFields>, Complaint> split_fields(std::string_view text) {
  std::array<std::string_view, kFields> fields;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && !is_blank(text[end])) ++end;
    if (end > at && count++ < kFields) fields[count - 1] = text.substr(at, end - at);
    at = end + 1;
  }
  if (count != kFields) {
    return Complaint{
        filled("% has % fields: five are needed, minute, hour, day of the month, month and day of the week",
               quoted(text), count)};
  }
  return fields;
}

Result<Schedule, Complaint> read_fields(const std::array<std::string_view, kFields>& fields) {
  const Field* const kinds[kFields] = {&kMinute, &kHour, &kDay, &kMonth, &kWeekday};
  std::uint64_t values[kFields];
  for (std::size_t i = 0; i < kFields; ++i) {
    auto read = FieldReader{*kinds[i]}.read(fields[i]);
    if (!read.ok()) return read.error();
    values[i] = read.value();
  }
  constexpr std::uint64_t kSundayBit = std::uint64_t{1} << kSunday;
  if ((values[4] & kSundayBit) != 0) values[4] = (values[4] & ~kSundayBit) | 1;
  return Schedule{values[0],
                  static_cast<std::uint32_t>(values[1]),
                  static_cast<std::uint32_t>(values[2]),
                  static_cast<std::uint32_t>(values[3]),
                  static_cast<std::uint32_t>(values[4]),
                  fields[1].starts_with('*'),
                  fields[2].starts_with('*'),
                  fields[4].starts_with('*')};
}

bool has(std::uint32_t bits, unsigned value) { return (bits >> value & 1) != 0; }

bool is_day_due(const Schedule& schedule, local_days day) {
  std::chrono::year_month_day date{day};
  bool by_date = has(schedule.days, static_cast<unsigned>(date.day()));
  bool by_weekday = has(schedule.weekdays, std::chrono::weekday{day}.c_encoding());
  if (schedule.any_day || schedule.any_weekday) return by_date && by_weekday;
  return by_date || by_weekday;
}

/// The first day from `day` on that is due, before `end`.
std::optional<local_days> next_day(const Schedule& schedule, local_days day, local_days end) {
  while (day < end) {
    std::chrono::year_month_day date{day};
    if (!has(schedule.months, static_cast<unsigned>(date.month()))) {
      day = local_days{date.year() / date.month() / 1 + std::chrono::months{1}};
    } else if (is_day_due(schedule, day)) {
      return day;
    } else {
      day += days{1};
    }
  }
  return std::nullopt;
}

/// The first minute of a day, from `from` on; nothing if the rest of the day has none.
std::optional<minutes> next_minute(const Schedule& schedule, minutes from) {
  auto hour = static_cast<unsigned>(from / hours{1});
  auto minute = (from % hours{1}).count();
  std::uint64_t later = schedule.minutes >> minute << minute;
  if (has(schedule.hours, hour) && later != 0) return hours{hour} + minutes{std::countr_zero(later)};
  std::uint32_t later_hours = schedule.hours >> hour >> 1;
  if (later_hours == 0) return std::nullopt;
  return hours{hour + 1 + static_cast<unsigned>(std::countr_zero(later_hours))} +
         minutes{std::countr_zero(schedule.minutes)};
}

}  // namespace

Result<Schedule, Complaint> parse_schedule(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  std::string_view expanded = text;
  for (const Shorthand& shorthand : kShorthands) {
    if (same_word(text, shorthand.word)) expanded = shorthand.fields;
  }
  if (expanded.starts_with('@')) {
    return Complaint{
        filled("% is none of @hourly, @daily, @midnight, @weekly, @monthly, @yearly and @annually", quoted(text))};
  }
  auto fields = split_fields(expanded);
  if (!fields.ok()) return fields.error();
  auto schedule = read_fields(fields.value());
  if (schedule.ok() && !next_time(schedule.value(), CivilTime{})) {
    return Complaint{filled("day of the month: % is never due, for none of its months has such a day", quoted(text))};
  }
  return schedule;
}

std::optional<CivilTime> next_time(const Schedule& schedule, CivilTime after) {
  CivilTime first = after + minutes{1};
  auto today = std::chrono::floor<days>(first);
  auto end = today + days{kHorizonYears * 366};
  auto day = next_day(schedule, today, end);
  if (day == today) {
    if (auto minute = next_minute(schedule, first - today)) return today + *minute;
    day = next_day(schedule, today + days{1}, end);
  }
  if (!day) return std::nullopt;
  auto minute = next_minute(schedule, minutes{0});
  if (!minute) return std::nullopt;
  return *day + *minute;
}

}  // namespace onit
