
#include "base/text.hpp"

#include <algorithm>
#include <cassert>

namespace onit {
namespace {

constexpr std::size_t kShownBytes = 40;

}  // namespace

std::string concat(std::initializer_list<std::string_view> parts) {
  std::size_t size = 0;
  for (std::string_view part : parts) size += part.size();
  std::string text;
  text.reserve(size);
  for (std::string_view part : parts) text.append(part);
  return text;
}

std::string filled(const char* pattern, std::initializer_list<std::string_view> parts) {
  std::string text;
  const std::string_view* next = parts.begin();
  for (; *pattern != '\0'; ++pattern) {
    assert(*pattern != '%' || next != parts.end());
    *pattern == '%' ? text.append(*next++) : text.append(1, *pattern);
  }
  assert(next == parts.end());
  return text;
}

std::string quoted(std::string_view text) {
  std::size_t length = std::min(text.size(), kShownBytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  std::string shown{text.substr(0, length)};
  for (char& c : shown) {
    if (is_control(c)) c = '?';
  }
  return concat({"'", shown, length < text.size() ? "...'" : "'"});
}

}  // namespace onit
