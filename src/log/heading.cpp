#include "log/heading.hpp"

#include <iterator>

#include "base/json_text.hpp"

namespace onit {
namespace {

constexpr std::string_view kEndOfColour = "\x1b[0m";

/// With leading zeros.
void append_number(std::string& text, std::uint64_t number, std::size_t digits) {
  std::size_t at = text.size() + digits;
  text.resize(at);
  for (std::size_t i = 0; i < digits; ++i, number /= 10) text[--at] = static_cast<char>('0' + number % 10);
}

void append_json(std::string& text, std::string_view value) {
  while (!value.empty()) {
    JsonCharacter character = json_character(value);
    text += character.view();
    value.remove_prefix(character.consumed);
  }
}

void append_json_heading(std::string& text, const LineOrigin& origin, LogTime time) {
  text += R"({"time":")";
  append_time(text, time);
  text += R"(","service":")";
  append_json(text, origin.service);
  text += R"(","stream":")";
  text += origin.stream;
  text += R"(","message":")";
}

void append_prefix(std::string& text, const LineOrigin& origin) {
  text += origin.colour;
  text += origin.service;
  if (origin.service.size() < origin.name_width) text.append(origin.name_width - origin.service.size(), ' ');
  text += " |";
  if (!origin.colour.empty()) text += kEndOfColour;
  text += ' ';
}

}  // namespace

std::string_view service_colour(ServiceId service) {
  // Those that are legible on black and on white; red is for what is wrong.
  static constexpr char kColours[][6] = {"\x1b[36m", "\x1b[33m", "\x1b[32m", "\x1b[35m", "\x1b[34m",
                                         "\x1b[96m", "\x1b[93m", "\x1b[92m", "\x1b[95m", "\x1b[94m"};
  return kColours[service % std::size(kColours)];
}

void append_time(std::string& text, LogTime time) {
  // Not gmtime_r(3): glibc's asks for memory.
  auto midnight = std::chrono::floor<std::chrono::days>(time);
  std::chrono::year_month_day date{midnight};
  std::chrono::hh_mm_ss of_day{time - midnight};
  append_number(text, static_cast<std::uint64_t>(int{date.year()}), 4);
  text += '-';
  append_number(text, unsigned{date.month()}, 2);
  text += '-';
  append_number(text, unsigned{date.day()}, 2);
  text += 'T';
  append_number(text, static_cast<std::uint64_t>(of_day.hours().count()), 2);
  text += ':';
  append_number(text, static_cast<std::uint64_t>(of_day.minutes().count()), 2);
  text += ':';
  append_number(text, static_cast<std::uint64_t>(of_day.seconds().count()), 2);
  text += '.';
  append_number(text, static_cast<std::uint64_t>(of_day.subseconds().count()), 6);
  text += 'Z';
}

void make_heading(Heading& heading, const LogSpec& log, const LineOrigin& origin, LogTime time) {
  heading.style = log.format;
  heading.text.clear();
  if (log.format == LogStyle::json) return append_json_heading(heading.text, origin, time);
  if (log.timestamps) {
    append_time(heading.text, time);
    heading.text += ' ';
  }
  if (log.format == LogStyle::prefix) append_prefix(heading.text, origin);
}

}  // namespace onit
