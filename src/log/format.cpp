#include "log/format.hpp"

#include "base/json_text.hpp"
#include "base/panic.hpp"

namespace onit {
namespace {

/// How many bytes in front can stand in a JSON string as they are, which are the most of nearly all lines.
std::size_t plain_bytes(std::string_view text) {
  std::size_t plain = 0;
  while (text.size() - plain >= sizeof(Block)) {
    Block block = load_block(text.data() + plain);
    auto needs_care = (block < 0x20) | (block == '"') | (block == '\\') | (block >= 0x7f);
    std::size_t place = first_set(reinterpret_cast<Block>(needs_care));
    plain += place;
    if (place < sizeof(Block)) return plain;
  }
  auto is_plain = [](char c) { return c >= ' ' && c < '\x7f' && c != '"' && c != '\\'; };
  while (plain < text.size() && is_plain(text[plain])) ++plain;
  return plain;
}

void add_json(LineBuffer& buffer, std::string_view text) {
  while (true) {
    std::size_t plain = plain_bytes(text);
    buffer.add(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    JsonCharacter character = json_character(text);
    buffer.add(character.view());
    text.remove_prefix(character.consumed);
  }
}

std::string_view json_ending(Part part) {
  switch (part) {
    case Part::whole:
      return "\"}\n";
    case Part::first:
      return "\",\"part\":\"first\"}\n";
    case Part::middle:
      return "\",\"part\":\"middle\"}\n";
    case Part::last:
      return "\",\"part\":\"last\"}\n";
  }
  panic("a part of a line that is none");
}
constexpr std::size_t kLongestEnding = 24;

/// At most how many bytes a line takes.
std::size_t longest(const Heading& heading, const Line& line) {
  std::size_t each = heading.style == LogStyle::json ? JsonCharacter::kLongest : 1;
  return heading.text.size() + line.text.size() * each + kLongestEnding;
}

/// A call for each line would take a quarter longer.
[[gnu::always_inline]] inline void put_line(LineBuffer& buffer, const Heading& heading, const Line& line) {
  buffer.add(heading.text);
  if (heading.style == LogStyle::json) {
    add_json(buffer, line.text);
    buffer.add(json_ending(line.part));
    return;
  }
  buffer.add(line.text);
  if (ends_line(line.part)) {
    buffer.add('\n');
  } else {
    buffer.add(kCutMark);
  }
}

}  // namespace

void add_line(LineBuffer& buffer, const Heading& heading, const Line& line) { put_line(buffer, heading, line); }

Taken add_lines(LineBuffer& buffer, const Heading& heading, const LineRun& run, std::size_t limit) {
  LineSplitter splitter(run);
  Taken taken{.continues = run.continues};
  std::size_t added = 0;
  Line line{};
  while (splitter.next(line)) {
    if (longest(heading, line) > buffer.room()) break;
    std::size_t before = buffer.view().size();
    put_line(buffer, heading, line);
    std::size_t size = buffer.view().size() - before;
    if (size > limit - added) {
      buffer.remove_back(size);
      break;
    }
    added += size;
    taken = {splitter.taken(), taken.lines + (ends_line(line.part) ? 1U : 0U), splitter.continues()};
  }
  taken.has_parts = splitter.has_parts();
  return taken;
}

Taken skip_lines(const LineRun& run) {
  LineSplitter splitter(run);
  Taken taken{.continues = run.continues};
  Line line{};
  while (splitter.next(line)) {
    taken = {splitter.taken(), taken.lines + (ends_line(line.part) ? 1U : 0U), splitter.continues()};
  }
  taken.has_parts = splitter.has_parts();
  return taken;
}

}  // namespace onit
