#include "base/utf8.hpp"

#include <cstdint>

namespace onit {
namespace {

/// The bytes that may begin a character, and what its second byte is limited to; all later ones are 80..BF.
struct Lead {
  std::uint8_t first;
  std::uint8_t last;
  std::uint8_t length;
  std::uint8_t second_from;
  std::uint8_t second_to;
};

constexpr Lead kLeads[] = {
    {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
    {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
    {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
};

bool is_between(char c, std::uint8_t from, std::uint8_t to) {
  auto byte = static_cast<std::uint8_t>(c);
  return byte >= from && byte <= to;
}

}  // namespace

std::size_t utf8_length(std::string_view text) {
  if (text.empty()) return 0;
  for (const Lead& lead : kLeads) {
    if (!is_between(text[0], lead.first, lead.last)) continue;
    if (text.size() < lead.length) return 0;
    if (lead.length > 1 && !is_between(text[1], lead.second_from, lead.second_to)) return 0;
    for (std::size_t i = 2; i < lead.length; ++i) {
      if (!is_between(text[i], 0x80, 0xbf)) return 0;
    }
    return lead.length;
  }
  return 0;
}

void append_utf8(std::string& text, std::uint32_t code) {
  auto add = [&](std::uint32_t byte) { text += static_cast<char>(byte); };
  if (code < 0x80) return add(code);
  if (code < 0x800) {
    add(0xc0 | code >> 6);
  } else {
    if (code < 0x10000) {
      add(0xe0 | code >> 12);
    } else {
      add(0xf0 | code >> 18);
      add(0x80 | (code >> 12 & 0x3f));
    }
    add(0x80 | (code >> 6 & 0x3f));
  }
  add(0x80 | (code & 0x3f));
}

}  // namespace onit
