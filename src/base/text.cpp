
#include "base/text.hpp"

#include <algorithm>

#include "base/utf8.hpp"

namespace onit {

std::string_view take_until(std::string_view& text, char mark) {
  std::size_t end = std::min(text.find(mark), text.size());
  std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool is_one_of(const char* words, std::string_view word) {
  for (std::string_view rest = words;;) {
    std::size_t end = rest.find('|');
    if (rest.substr(0, end) == word) return true;
    if (end == rest.npos) return false;
    rest.remove_prefix(end + 1);
  }
}

std::string shown_text(std::string_view text, std::size_t most_bytes) {
  std::string shown;
  while (!text.empty()) {
    std::size_t length = utf8_length(text);
    std::string_view character = text.substr(0, std::max(length, std::size_t{1}));
    text.remove_prefix(character.size());
    // U+0080..U+009F are control characters too.
    bool is_second_control = length == 2 && character[0] == '\xc2' && character[1] < '\xa0';
    if (length == 0 || is_control(character[0]) || is_second_control) character = "?";
    if (shown.size() + character.size() > most_bytes) break;
    shown += character;
  }
  return shown;
}

Quoted::operator std::string() const { return quoted({bytes, size}, 40); }

std::string quoted(std::string_view text, std::size_t most_bytes) {
  std::size_t length = std::min(text.size(), most_bytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  return concat("'", shown_text(text.substr(0, length)), length < text.size() ? "...'" : "'");
}

}  // namespace onit
