#pragma once

#include <string>
#include <string_view>

namespace onit {

// The character classes of ASCII, whatever the locale.

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

/// Foreign text for a message: in quotes, cut short, on one line.
std::string quoted(std::string_view text);

}  // namespace onit
