#include "base/parse.hpp"

#include "base/text.hpp"

namespace onit {
namespace {

constexpr Millis kLongestDuration = std::chrono::hours{24 * 366 * 10};

struct Unit {
  char name[3];
  Millis length;
};

constexpr Unit kUnits[] = {
    {"h", std::chrono::hours{1}},
    {"m", std::chrono::minutes{1}},
    {"s", std::chrono::seconds{1}},
    {"ms", Millis{1}},
};

}  // namespace

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t maximum) {
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (char c : text) {
    if (!is_digit(c)) return std::nullopt;
    std::uint64_t digit = static_cast<std::uint64_t>(c - '0');
    if (value > (maximum - digit) / 10 || digit > maximum) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::optional<std::int64_t> parse_signed(std::string_view text, std::int64_t minimum, std::int64_t maximum) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  auto magnitude = parse_number(text, INT64_MAX);
  if (!magnitude) return std::nullopt;
  auto value = static_cast<std::int64_t>(*magnitude);
  if (negative) value = -value;
  if (value < minimum || value > maximum) return std::nullopt;
  return value;
}

std::optional<Millis> parse_duration(std::string_view text) {
  if (text == "0") return Millis{0};
  if (text.empty()) return std::nullopt;
  Millis total{0};
  const Unit* next_unit = kUnits;
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    std::size_t end = digits;
    while (end < text.size() && !is_digit(text[end])) ++end;
    std::string_view name = text.substr(digits, end - digits);

    const Unit* unit = next_unit;
    while (unit != std::end(kUnits) && name != unit->name) ++unit;
    if (unit == std::end(kUnits)) return std::nullopt;
    auto count = parse_number(text.substr(0, digits), static_cast<std::uint64_t>(kLongestDuration / unit->length));
    if (!count) return std::nullopt;
    total += unit->length * static_cast<std::int64_t>(*count);
    if (total > kLongestDuration) return std::nullopt;
    next_unit = unit + 1;
    text.remove_prefix(end);
  }
  return total;
}

}  // namespace onit
