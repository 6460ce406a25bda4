
#include "base/text.hpp"

#include <algorithm>
#include <cassert>

namespace onit {
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

bool is_one_of(const char* words, std::string_view word) {
  for (std::string_view rest = words;;) {
    std::size_t end = rest.find('|');
    if (rest.substr(0, end) == word) return true;
    if (end == rest.npos) return false;
    rest.remove_prefix(end + 1);
  }
}

std::string quoted(std::string_view text, std::size_t most_bytes) {
  std::size_t length = std::min(text.size(), most_bytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  std::string shown{text.substr(0, length)};
  for (std::size_t i = 0; i < shown.size(); ++i) {
    // U+0080..U+009F are control characters too.
    bool is_two = i + 1 < shown.size() && shown[i] == '\xc2' && (shown[i + 1] & 0xE0) == 0x80;
    if (is_control(shown[i]) || is_two) shown[i] = '?';
    if (is_two) shown[++i] = '?';
  }
  return concat({"'", shown, length < text.size() ? "...'" : "'"});
}

}  // namespace onit
