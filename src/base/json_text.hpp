#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace onit {

/// A character as it is written inside a JSON string.
struct JsonCharacter {
  static constexpr std::size_t kLongest = 6;

  std::array<char, kLongest> bytes;
  std::size_t size;      ///< how many of `bytes` it is
  std::size_t consumed;  ///< how many bytes of the text it stands for

  std::string_view view() const { return {bytes.data(), size}; }
};

/// The first character of a text that is not empty. A byte that is no UTF-8, as a path may have, is escaped as if it
/// were Latin-1. Source: RFC 8259, section 7.
inline JsonCharacter json_character(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::size_t length = utf8_length(text);
  char c = text[0];
  if (length == 0 || is_control(c)) {
    auto byte = static_cast<unsigned char>(c);
    return {{'\\', 'u', '0', '0', kHex[byte >> 4], kHex[byte & 15]}, 6, 1};
  }
  if (c == '"' || c == '\\') return {{'\\', c}, 2, 1};
  JsonCharacter plain{{}, length, length};
  text.copy(plain.bytes.data(), length);
  return plain;
}

}  // namespace onit
