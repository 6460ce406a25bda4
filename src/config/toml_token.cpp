#include "base/text.hpp"
#include "config/toml_scanner.hpp"

namespace onit::toml {
namespace {

bool is_digit_of(char c, int base) {
  if (base <= 10) return c >= '0' && c < '0' + base;
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// The digits at the beginning, without the underscores between them; empty if there are none, or if an underscore is
/// not between two of them. Takes them off `text`.
std::string take_digits(std::string_view& text, int base) {
  std::string digits;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    bool is_separator = text[at] == '_' && at > 0 && text[at - 1] != '_';
    if (is_separator) continue;
    if (!is_digit_of(text[at], base)) break;
    digits += text[at];
  }
  bool ends_well = at > 0 && text[at - 1] != '_';
  text.remove_prefix(at);
  return ends_well ? digits : std::string{};
}

std::optional<std::int64_t> to_integer(const std::string& digits, int base, bool negative) {
  std::uint64_t limit = negative ? std::uint64_t{1} << 63 : (std::uint64_t{1} << 63) - 1;
  std::uint64_t value = 0;
  for (char c : digits) {
    auto digit = static_cast<std::uint64_t>(is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10);
    if (value > (limit - digit) / static_cast<std::uint64_t>(base)) return std::nullopt;
    value = value * static_cast<std::uint64_t>(base) + digit;
  }
  return static_cast<std::int64_t>(negative ? 0 - value : value);
}

std::optional<Value> integer_with_prefix(std::string_view text) {
  int base = text[1] == 'x' ? 16 : text[1] == 'o' ? 8 : 2;
  text.remove_prefix(2);
  std::string digits = take_digits(text, base);
  auto value = to_integer(digits, base, false);
  if (digits.empty() || !text.empty() || !value) return std::nullopt;
  return Value{{}, *value};
}

std::optional<Value> number(std::string_view text) {
  bool has_prefix = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'o' || text[1] == 'b');
  if (has_prefix) return integer_with_prefix(text);
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::string decimal = negative ? "-" : "";
  if (text == "inf" || text == "nan") return Value{{}, Float{decimal.append(text)}};
  std::string whole = take_digits(text, 10);
  bool has_leading_zero = whole.size() > 1 && whole[0] == '0';
  if (whole.empty() || has_leading_zero) return std::nullopt;
  if (text.empty()) {
    auto value = to_integer(whole, 10, negative);
    if (!value) return std::nullopt;
    return Value{{}, *value};
  }
  decimal += whole;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    std::string fraction = take_digits(text, 10);
    if (fraction.empty()) return std::nullopt;
    decimal.append(".").append(fraction);
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    bool is_small = text.starts_with('-');
    if (is_small || text.starts_with('+')) text.remove_prefix(1);
    std::string exponent = take_digits(text, 10);
    if (exponent.empty()) return std::nullopt;
    decimal.append(is_small ? "e-" : "e").append(exponent);
  }
  if (!text.empty()) return std::nullopt;
  return Value{{}, Float{decimal}};
}

/// Exactly so many digits, as a number; -1 if they are not there. Takes them off `text`.
int take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take_char(std::string_view& text, char expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(1);
  return true;
}

bool take_date(std::string_view& text) {
  int year = take_number(text, 4);
  if (year < 0 || !take_char(text, '-')) return false;
  int month = take_number(text, 2);
  if (month < 1 || month > 12 || !take_char(text, '-')) return false;
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  bool is_leap_year = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  int days = month == 2 && is_leap_year ? 29 : kDays[month - 1];
  int day = take_number(text, 2);
  return day >= 1 && day <= days;
}

bool take_hour_and_minute(std::string_view& text) {
  int hour = take_number(text, 2);
  if (hour < 0 || hour > 23 || !take_char(text, ':')) return false;
  int minute = take_number(text, 2);
  return minute >= 0 && minute <= 59;
}

bool take_time(std::string_view& text) {
  if (!take_hour_and_minute(text) || !take_char(text, ':')) return false;
  int second = take_number(text, 2);
  if (second < 0 || second > 60) return false;  // 60: a leap second (RFC 3339, section 5.6)
  if (!take_char(text, '.')) return true;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) ++digits;
  text.remove_prefix(digits);
  return digits > 0;
}

bool take_offset(std::string_view& text) {
  if (take_char(text, 'Z') || take_char(text, 'z')) return true;
  if (!take_char(text, '+') && !take_char(text, '-')) return false;
  return take_hour_and_minute(text);
}

std::optional<Value> datetime(std::string_view text) {
  std::string written{text};
  auto is = [&](Datetime::Kind kind) { return Value{{}, Datetime{kind, written}}; };
  if (text.size() > 2 && text[2] == ':') {
    if (!take_time(text) || !text.empty()) return std::nullopt;
    return is(Datetime::Kind::time);
  }
  if (!take_date(text)) return std::nullopt;
  if (text.empty()) return is(Datetime::Kind::date);
  bool is_separated = take_char(text, 'T') || take_char(text, 't') || take_char(text, ' ');
  if (!is_separated || !take_time(text)) return std::nullopt;
  if (text.empty()) return is(Datetime::Kind::local);
  if (!take_offset(text) || !text.empty()) return std::nullopt;
  return is(Datetime::Kind::offset);
}

}  // namespace

std::optional<Value> parse_token(std::string_view token) {
  if (token == "true" || token == "false") return Value{{}, token == "true"};
  bool is_time = token.size() > 2 && is_digit(token[0]) && token[2] == ':';
  bool is_date = token.size() > 4 && is_digit(token[0]) && token[4] == '-' && token.find_first_of("eE") == token.npos;
  if (is_time || is_date) return datetime(token);
  return number(token);
}

}  // namespace onit::toml
