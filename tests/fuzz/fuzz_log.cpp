// Its empty stacks add to null pointers, which is not what is to be found here.
#pragma clang attribute push(__attribute__((no_sanitize("pointer-overflow"))), apply_to = function)
#include <rapidjson/document.h>
#pragma clang attribute pop

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/utf8.hpp"
#include "fuzz/checks.hpp"
#include "log/format.hpp"
#include "log/tail.hpp"

// Any bytes as what a service writes, read in pieces of any size: json is always JSON and says the same, raw is the
// same bytes, and neither the pieces nor the room for lines make a difference.

namespace {

using namespace onit;

Heading heading_for(LogStyle style) {
  LogSpec log;
  log.format = style;
  Heading heading{};
  make_heading(heading, log, {"w\"b\n\xff", "stderr", 4}, LogTime{std::chrono::microseconds{1}});
  return heading;
}

/// All lines of a stream that comes in pieces of `piece` bytes, with room for `limit` bytes at a time.
std::string formatted(LogStyle style, std::string_view text, std::size_t piece, std::size_t limit) {
  Heading heading = heading_for(style);
  LineBuffer buffer;
  std::string out;
  std::string rest;
  bool continues = false;
  while (!text.empty() || !rest.empty()) {
    std::size_t size = std::min(piece, text.size());
    rest += text.substr(0, size);
    text.remove_prefix(size);
    LineRun run{rest, continues, text.empty()};
    while (true) {
      Taken taken = add_lines(buffer, heading, run, limit);
      require(buffer.view().size() <= limit);
      out += buffer.view();
      buffer.clear();
      if (taken.bytes == 0) break;
      run = rest_of(run, taken);
    }
    rest = std::string{run.bytes};
    continues = run.continues;
  }
  return out;
}

/// The text with each byte that is no UTF-8 as the character of Latin-1.
std::string as_utf8(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    std::size_t length = utf8_length(text);
    if (length == 0) {
      append_utf8(result, static_cast<unsigned char>(text[0]));
      length = 1;
    } else {
      result += text.substr(0, length);
    }
    text.remove_prefix(length);
  }
  return result;
}

void check_json(std::string_view text, const std::string& json) {
  std::string_view left{json};
  LineSplitter splitter({text, false, true});
  Line line{};
  while (splitter.next(line)) {
    std::size_t end = left.find('\n');
    require(end != std::string_view::npos);
    rapidjson::Document document;
    document.Parse(left.data(), end);
    require(!document.HasParseError() && document.IsObject());
    const auto& message = document["message"];
    require(std::string_view{message.GetString(), message.GetStringLength()} == as_utf8(line.text));
    require(document.HasMember("part") == (line.part != Part::whole));
    left.remove_prefix(end + 1);
  }
  require(left.empty());
}

void check_raw(std::string_view text, std::string raw) {
  std::size_t verbatim = whole_lines(text);
  require(std::string_view{raw}.substr(0, verbatim) == text.substr(0, verbatim));
  bool is_short = verbatim == text.size() || text.size() - verbatim <= kMaxLine;
  if (!is_short) return;
  if (!text.empty() && text.back() != '\n') raw.pop_back();
  require(raw == text);
}

void check_tail(std::string_view text, std::size_t piece) {
  Tail tail;
  std::size_t runs = 0;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    tail.begin({++runs, LogTime{}, 0, Part::whole});
    tail.add(text.substr(at, piece));
  }
  std::string last;
  tail.append_to(last, tail.first(), tail.end());
  require(text.ends_with(last));
  if (text.size() <= Tail::kMaxBytes && runs <= Tail::kMaxRuns) require(last == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // The first two bytes say how the rest is cut, and how often it is repeated: long lines are rare otherwise.
  std::size_t piece = 1 + data[0] * std::size_t{7};
  std::string text;
  std::string_view once{reinterpret_cast<const char*>(data + 2), size - 2};
  for (std::size_t times = 1 + data[1] % 64; times > 0 && text.size() < 100'000; --times) text += once;

  constexpr std::size_t kRoomForOne = kMaxLine * 7;
  for (LogStyle style : {LogStyle::raw, LogStyle::prefix, LogStyle::json}) {
    require(formatted(style, text, piece, kRoomForOne) == formatted(style, text, SIZE_MAX, SIZE_MAX));
  }
  check_raw(text, formatted(LogStyle::raw, text, SIZE_MAX, SIZE_MAX));
  check_json(text, formatted(LogStyle::json, text, SIZE_MAX, SIZE_MAX));
  check_tail(text, piece);
  return 0;
}
