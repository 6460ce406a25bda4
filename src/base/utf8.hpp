#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace onit {

/// The length in bytes of the character that `text` begins with; 0 if it does not begin with a well-formed one (or is
/// empty). Overlong forms, surrogates and what is above U+10FFFF are not. Source: RFC 3629, section 4.
std::size_t utf8_length(std::string_view text);

/// Appends a character of Unicode.
void append_utf8(std::string& text, std::uint32_t code);

/// What editors put in front of a file to say that it is UTF-8.
inline constexpr char kByteOrderMark[] = "\xef\xbb\xbf";

}  // namespace onit
