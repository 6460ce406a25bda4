#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace onit {

// The character classes of ASCII, whatever the locale.

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

/// All of them, one after the other. Each `+` of std::string is code of its own where it stands; this is a call.
std::string concat(std::initializer_list<std::string_view> parts);

/// `pattern` with each '%' replaced by the next part; there have to be as many of them. For messages.
std::string filled(const char* pattern, std::initializer_list<std::string_view> parts);

/// Whether a word is one of some with '|' between them.
bool is_one_of(const char* words, std::string_view word);

/// Foreign text for a message: in quotes, cut short, on one line.
std::string quoted(std::string_view text, std::size_t most_bytes = 40);

}  // namespace onit
