#include "base/text.hpp"

#include <algorithm>

namespace onit {
namespace {

constexpr std::size_t kShownBytes = 40;

}  // namespace

std::string quoted(std::string_view text) {
  std::size_t length = std::min(text.size(), kShownBytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  std::string shown{text.substr(0, length)};
  for (char& c : shown) {
    if (is_control(c)) c = '?';
  }
  return "'" + shown + (length < text.size() ? "...'" : "'");
}

}  // namespace onit
