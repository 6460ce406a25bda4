#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/parts.hpp"

namespace onit {

// The character classes of ASCII, whatever the locale.

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
/// What the name of a variable begins with.
constexpr bool is_name_start(char c) { return is_letter(c) || c == '_'; }
constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }

/// All of them, one after the other. Each `+` of std::string is code of its own where it stands; this is a call.
/// A part is a text or a number, see as_argument().
template <class... Parts>
std::string concat(const Parts&... parts) {
  return text_of_parts(kOnlyParts, part_kinds<Parts...>(), as_argument(parts)...);
}

/// `pattern` with each '%' replaced by the next part; there have to be as many of them. For messages.
template <class... Parts>
std::string filled(const char* pattern, const Parts&... parts) {
  return text_of_parts(pattern, part_kinds<Parts...>(), as_argument(parts)...);
}

/// Appends what filled() returns.
template <class... Parts>
void add_filled(std::string& text, const char* pattern, const Parts&... parts) {
  add_parts(text, pattern, part_kinds<Parts...>(), as_argument(parts)...);
}

/// Cuts off what is in front of the first `mark`, which is dropped too; all of it if there is none.
std::string_view take_until(std::string_view& text, char mark);

/// Whether a word is one of some with '|' between them.
bool is_one_of(const char* words, std::string_view word);

/// Foreign text for people and their terminals: on one line, with '?' for each control character, those of Unicode
/// included, and for each byte that is no UTF-8. It is cut before the character that does not fit any more.
std::string shown_text(std::string_view text, std::size_t most_bytes = SIZE_MAX);

/// Foreign text for a message: as shown_text() makes it, in quotes, cut short.
std::string quoted(std::string_view text, std::size_t most_bytes);

/// The same with at most 40 bytes, made where it is put in.
inline Quoted quoted(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace onit
