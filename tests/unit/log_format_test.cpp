#include <doctest/doctest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "log/format.hpp"

namespace onit {
namespace {

using namespace std::chrono_literals;

constexpr LogTime kTime{1'767'323'045s + 123'456us};  // 2026-01-02T03:04:05.123456Z

Heading heading_for(const LogSpec& log, std::string_view colour = {}) {
  Heading heading{};
  make_heading(heading, log, {"web", "stdout", 6, colour}, kTime);
  return heading;
}

/// What becomes of a stream that ends behind `text`.
std::string formatted(std::string_view text, const LogSpec& log) {
  Heading heading = heading_for(log);
  LineBuffer buffer;
  std::string out;
  LineRun run{text, false, true};
  while (true) {
    Taken taken = add_lines(buffer, heading, run);
    out += buffer.view();
    buffer.clear();
    if (taken.bytes == 0) return out;
    run = rest_of(run, taken);
  }
}

const LogSpec kRaw{.format = LogStyle::raw};
const LogSpec kPrefix{.format = LogStyle::prefix};
const LogSpec kJson{.format = LogStyle::json};

/// What follows the word `message`.
std::string message(std::string_view text) {
  std::string line = formatted(text, kJson);
  return line.substr(line.find("message") + 7);
}

/// The same, written down in another way: byte by byte.
std::string oracle(std::string_view text, const LogSpec& log) {
  std::string heading = heading_for(log).text;
  std::string out;
  std::string line;
  for (char c : text) {
    if (c != '\n' && line.size() == kMaxLine) {
      out += heading + line + "\\\n";
      line.clear();
    }
    if (c == '\n') {
      out += heading + line + "\n";
      line.clear();
    } else {
      line += c;
    }
  }
  return line.empty() ? out : out + heading + line + "\n";
}

/// Feeds the text in pieces into a buffer that has room for `limit` bytes at a time.
std::string in_pieces(std::string_view text, const LogSpec& log, std::mt19937& random, std::size_t limit) {
  Heading heading = heading_for(log);
  LineBuffer buffer;
  std::string out;
  std::string rest;
  bool continues = false;
  while (!text.empty() || !rest.empty()) {
    std::size_t size = std::min<std::size_t>(text.size(), random() % 30'000);
    rest += text.substr(0, size);
    text.remove_prefix(size);
    LineRun run{rest, continues, text.empty()};
    Taken taken;
    do {
      taken = add_lines(buffer, heading, run, limit);
      out += buffer.view();
      CHECK(buffer.view().size() <= limit);
      buffer.clear();
      run = rest_of(run, taken);
    } while (taken.bytes > 0);
    rest = std::string{run.bytes};
    continues = run.continues;
  }
  return out;
}

std::string random_text(std::mt19937& random) {
  std::string text;
  constexpr std::size_t kLengths[] = {0,   1,     15,           16,       17,           31,           32,    33,
                                      100, 5'000, kMaxLine - 1, kMaxLine, kMaxLine + 1, 2 * kMaxLine, 50'000};
  for (std::size_t lines = random() % 12; lines > 0; --lines) {
    text.append(kLengths[random() % std::size(kLengths)], static_cast<char>('a' + random() % 26));
    text += '\n';
  }
  if (random() % 2 == 0) text += "the end";
  return text;
}

TEST_CASE("a line begins as its format says") {
  CHECK(formatted("hello\n", kRaw) == "hello\n");
  CHECK(formatted("hello\n", kPrefix) == "web    | hello\n");
  CHECK(formatted("hello\n", {.format = LogStyle::prefix, .timestamps = true}) ==
        "2026-01-02T03:04:05.123456Z web    | hello\n");
  CHECK(formatted("hello\n", {.format = LogStyle::raw, .timestamps = true}) == "2026-01-02T03:04:05.123456Z hello\n");
  CHECK(formatted("hello\n", kJson) ==
        R"({"time":"2026-01-02T03:04:05.123456Z","service":"web","stream":"stdout","message":"hello"})"
        "\n");
  CHECK(heading_for(kPrefix, service_colour(0)).text == "\x1b[36mweb    |\x1b[0m ");
}

TEST_CASE("a time has all its digits, before a leap day and at midnight") {
  auto shown = [](LogTime time) {
    std::string text;
    append_time(text, time);
    return text;
  };
  CHECK(shown(LogTime{0us}) == "1970-01-01T00:00:00.000000Z");
  CHECK(shown(LogTime{951'782'399'000'007us}) == "2000-02-28T23:59:59.000007Z");
  CHECK(shown(LogTime{951'782'400'000'000us}) == "2000-02-29T00:00:00.000000Z");
}

TEST_CASE("lines are what lies between newlines, the last one included") {
  CHECK(formatted("", kRaw).empty());
  CHECK(formatted("\n", kPrefix) == "web    | \n");
  CHECK(formatted("a\n\nb", kPrefix) == "web    | a\nweb    | \nweb    | b\n");
  CHECK(formatted("a\r\n", kRaw) == "a\r\n");
}

TEST_CASE("bytes that are not UTF-8 survive raw and prefix, and are escaped in json") {
  CHECK(formatted("\xff\x80", kRaw) == "\xff\x80\n");
  CHECK(formatted(std::string_view{"a\0b", 3}, kPrefix) == std::string{"web    | a\0b\n", 13});
  CHECK(message("\xff\x80") == "\":\"\\u00ff\\u0080\"}\n");
  CHECK(message("a\"b\\c\td\x7f") == "\":\"a\\\"b\\\\c\\u0009d\\u007f\"}\n");
  CHECK(message("gr\xc3\xbc\xc3\x9f, \xf0\x9f\x98\x80") == "\":\"gr\xc3\xbc\xc3\x9f, \xf0\x9f\x98\x80\"}\n");
}

TEST_CASE("json escapes what needs it wherever it is in a line") {
  for (std::size_t length = 1; length < 70; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string line(length, 'x');
      line[at] = '"';
      std::string wanted = line;
      wanted.insert(at, 1, '\\');
      REQUIRE(message(line) == "\":\"" + wanted + "\"}\n");
    }
  }
}

TEST_CASE("a line of 16 KiB is whole, and a longer one comes in marked parts") {
  std::string line(kMaxLine, 'x');
  CHECK(formatted(line + "\n", kRaw) == line + "\n");
  CHECK(formatted(line + "y\n", kRaw) == line + "\\\ny\n");
  CHECK(formatted(line + line + "y", kPrefix) == "web    | " + line + "\\\nweb    | " + line + "\\\nweb    | y\n");
  std::string json = formatted(line + line + "y\nz\n", kJson);
  CHECK(json.find("x\",\"part\":\"first\"}\n{") != std::string::npos);
  CHECK(json.find("x\",\"part\":\"middle\"}\n{") != std::string::npos);
  CHECK(json.find("\"y\",\"part\":\"last\"}\n{") != std::string::npos);
  CHECK(json.find("\"z\"}\n") != std::string::npos);
}

TEST_CASE("a part ends before a character of UTF-8, not inside of it") {
  std::string line(kMaxLine - 1, 'x');
  CHECK(formatted(line + "\xc3\xbcy\n", kRaw) == line + "\\\n\xc3\xbcy\n");
  CHECK(formatted(line + "\x80\x80\x80\x80\x80y\n", kRaw) == line + "\x80\\\n\x80\x80\x80\x80y\n");
}

TEST_CASE("lines do not depend on how the stream was cut into reads, nor on the room for them") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    std::string text = random_text(random);
    for (const LogSpec& log : {kRaw, kPrefix}) {
      REQUIRE(in_pieces(text, log, random, SIZE_MAX) == oracle(text, log));
      REQUIRE(in_pieces(text, log, random, 20'000) == oracle(text, log));
    }
    REQUIRE(in_pieces(text, kJson, random, 20'000) == formatted(text, kJson));
  }
}

TEST_CASE("what is copied verbatim are complete lines of 16 KiB at most") {
  std::string longest(kMaxLine, 'x');
  CHECK(whole_lines("") == 0);
  CHECK(whole_lines("abc") == 0);
  CHECK(whole_lines("a\nb\nc") == 4);
  CHECK(whole_lines(longest + "\n" + longest + "\n") == 2 * kMaxLine + 2);
  CHECK(whole_lines("a\n" + longest + "x\nb\n") == 2);
}

TEST_CASE("newlines are found and counted anywhere") {
  for (std::size_t size = 0; size < 80; ++size) {
    std::string text(size, 'x');
    const char* end = text.data() + size;
    REQUIRE(find_newline(text.data(), end) == end);
    for (std::size_t at = 0; at < size; ++at) {
      text[at] = '\n';
      REQUIRE(find_newline(text.data() + at / 2, end) == text.data() + at);
      REQUIRE(count_newlines(text.data(), end) == 1);
      text[at] = 'x';
    }
  }
  std::string many(100'000, '\n');
  CHECK(count_newlines(many.data(), many.data() + many.size()) == many.size());
}

}  // namespace
}  // namespace onit
