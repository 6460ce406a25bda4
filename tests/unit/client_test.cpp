#include <doctest/doctest.h>

#include <string>

#include "client/target.hpp"
#include "client/watch.hpp"
#include "control/chunks.hpp"

namespace onit {
namespace {

using State = Chunks::State;

struct Body {
  State state = State::more;
  std::string text{};
};

/// What becomes of a body that comes in pieces of so many bytes.
Body body_of(std::string_view bytes, std::size_t at_once) {
  Chunks chunks;
  Body body;
  while (!bytes.empty() && body.state == State::more) {
    std::string_view piece = bytes.substr(0, at_once);
    body.state = chunks.take(piece, body.text);
    bytes.remove_prefix(piece.size());
  }
  return body;
}

}  // namespace

// --- Bodies in chunks
// -------------------------------------------------------------------------------------------------

TEST_CASE("a chunked body is put together, in whatever pieces it comes") {
  std::string long_part(300, 'x');
  std::string bytes =
      "5\r\nhello\r\n1;name=\"v\"\r\n \r\n12c\r\n" + long_part + "\r\n00B\r\nw\r\norld\n5\r\n\r\n0\r\n\r\n";
  for (std::size_t at_once = 1; at_once <= bytes.size(); ++at_once) {
    Body body = body_of(bytes, at_once);
    CHECK(body.state == State::done);
    CHECK(body.text == "hello " + long_part + "w\r\norld\n5\r\n");
  }
}

TEST_CASE("a chunked body without its last chunk is not done") {
  for (const char* bytes : {"5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0", "1"}) {
    CHECK(body_of(bytes, 3).state == State::more);
  }
}

TEST_CASE("what is no chunk is malformed") {
  for (const char* bytes :
       {"\r\n", "x\r\n", "-1\r\n", "5\r\nhelloo\r\n", ";a\r\n", "FFFFFFFFFFFFFFFF\r\n", "40000001\r\n", "400000010\r\n",
        "1\r2\r\n", "\r1\r\n", "1\r\r\n", "1;a\rb\r\n", "1\r\nx\r0\r\n", "5\r\nhello5\r\n"}) {
    CAPTURE(bytes);
    CHECK(body_of(bytes, 1).state == State::malformed);
    CHECK(body_of(bytes, 100).state == State::malformed);
  }
}

// --- What onit is asked
// -----------------------------------------------------------------------------------------------

TEST_CASE("each verb asks onit for its page, in words for people") {
  auto target = [](ControlCommand command, const char* service = nullptr) {
    return target_of(command, service, false);
  };
  CHECK(target({.verb = VerbId::status}) == "/v1/services?format=text");
  CHECK(target({.verb = VerbId::status, .services = {"a", "b"}}) == "/v1/services?format=text&service=a&service=b");
  CHECK(target({.verb = VerbId::status}, "web") == "/v1/services/web?format=text");
  CHECK(target({.verb = VerbId::start}, "web") == "/v1/services/web/start?format=text");
  CHECK(target({.verb = VerbId::stop, .wait = true}, "web") == "/v1/services/web/stop?format=text&wait=1");
  CHECK(target({.verb = VerbId::restart}, "web") == "/v1/services/web/restart?format=text");
  CHECK(target({.verb = VerbId::signal, .signal = 37}, "web") == "/v1/services/web/signal?format=text&signal=37");
  CHECK(target({.verb = VerbId::wait, .word = "ready"}, "web") == "/v1/services/web/wait?format=text&for=ready");
  CHECK(target({.verb = VerbId::logs, .services = {"a", "b"}, .follow = true, .lines = 3}) ==
        "/v1/logs?format=prefix&follow=1&lines=3&service=a&service=b");
  CHECK(target({.verb = VerbId::events, .follow = true}) == "/v1/events?format=text&follow=1");
  CHECK(target({.verb = VerbId::health, .services = {"a"}}) == "/v1/health?format=text&service=a");
  CHECK(target({.verb = VerbId::health, .live = true}) == "/v1/health?format=text&live=1");
  CHECK(target({.verb = VerbId::explain}) == "/v1/explain?format=text");
  CHECK(target({.verb = VerbId::metrics}) == "/metrics");
  CHECK(target({.verb = VerbId::reload}) == "/v1/reload?format=text");
  CHECK(target({.verb = VerbId::shutdown, .exit_code = 3}) == "/v1/shutdown?format=text&exit_code=3");
}

TEST_CASE("each verb that has data asks for it in JSON") {
  auto target = [](ControlCommand command, const char* service = nullptr) {
    command.json = true;
    return target_of(command, service, false);
  };
  CHECK(target({.verb = VerbId::health, .live = true}) == "/v1/health?format=json&live=1");
  CHECK(target({.verb = VerbId::reload}) == "/v1/reload?format=json");
  CHECK(target({.verb = VerbId::start, .wait = true}, "web") == "/v1/services/web/start?format=json&wait=1");
  CHECK(target({.verb = VerbId::wait, .word = "ready"}, "web") == "/v1/services/web/wait?format=json&for=ready");
}

TEST_CASE("what changes something is posted, and nothing else") {
  for (auto verb : {VerbId::start, VerbId::stop, VerbId::restart, VerbId::signal, VerbId::reload, VerbId::shutdown}) {
    CHECK(method_of(verb) == HttpMethod::post);
  }
  for (auto verb :
       {VerbId::status, VerbId::logs, VerbId::events, VerbId::health, VerbId::wait, VerbId::explain, VerbId::metrics}) {
    CHECK(method_of(verb) == HttpMethod::get);
  }
}

TEST_CASE("colours are asked for where there are any, and never in JSON") {
  CHECK(target_of({.verb = VerbId::status}, nullptr, true) == "/v1/services?format=text&colour=1");
  CHECK(target_of({.verb = VerbId::logs}, nullptr, true) == "/v1/logs?format=prefix&colour=1");
  CHECK(target_of({.verb = VerbId::explain}, nullptr, true) == "/v1/explain?format=text");
  CHECK(target_of({.verb = VerbId::status, .json = true}, nullptr, true) == "/v1/services?format=json");
}

// --- status --watch
// ---------------------------------------------------------------------------------------------------

TEST_CASE("a screen has no more lines than there are rows, and says how many there would be") {
  CHECK(screen_of("a\nb\nc\n", 3, 80) == "\x1b[Ka\r\n\x1b[Kb\r\n\x1b[Kc");
  CHECK(screen_of("a\nb\nc\nd\n", 3, 80) == "\x1b[Ka\r\n\x1b[Kb\r\n\x1b[K\u2026 2 more");
  CHECK(screen_of("a\nb\n", 1, 80) == "\x1b[K\u2026 2 more");
}

TEST_CASE("what is below the last line of a screen is erased") {
  CHECK(screen_of("a\n", 3, 80) == "\x1b[Ka\r\n\x1b[J");
  CHECK(screen_of("", 3, 80) == "\x1b[J");
}

TEST_CASE("a line is cut at the width, by characters and beside its colours") {
  CHECK(screen_of("abcdef\n", 1, 4) == "\x1b[Kabcd");
  CHECK(screen_of("abcd\n", 1, 4) == "\x1b[Kabcd");
  CHECK(screen_of("\u00e4\u00f6\u00fc\u00df!\n", 1, 4) == "\x1b[K\u00e4\u00f6\u00fc\u00df");
  CHECK(screen_of("\x1b[1;31mab\x1b[mcdef\n", 1, 4) == "\x1b[K\x1b[1;31mab\x1b[mcd\x1b[m");
  CHECK(screen_of("\x1b[31mabcdef\x1b[m\n", 1, 4) == "\x1b[K\x1b[31mabcd\x1b[m");
  CHECK(screen_of("a\tb\x1b[\n", 1, 9) == "\x1b[Kab\x1b[\x1b[m");
}

}  // namespace onit
