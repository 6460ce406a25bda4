#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

#include "os/clock.hpp"
#include "unit/control_server_bench.hpp"

namespace onit {
namespace {

using namespace control_server_bench;

/// The number of bytes in well-formed chunks up to the last one; npos if they are not.
std::size_t size_of_chunks(std::string_view body) {
  std::size_t total = 0;
  for (;;) {
    std::size_t end = body.find("\r\n");
    if (end == body.npos) return body.npos;
    std::size_t size = std::strtoul(std::string{body.substr(0, end)}.c_str(), nullptr, 16);
    body.remove_prefix(end + 2);
    if (body.size() < size + 2 || body.substr(size, 2) != "\r\n") return body.npos;
    body.remove_prefix(size + 2);
    if (size == 0) return body.empty() ? total : body.npos;
    total += size;
  }
}

TEST_CASE("a page comes in chunks, as fast as it is read") {
  Server server;
  server.reply = {.text = "begin\n", .page = Page::services};
  server.pieces.assign(100, of_size(16'000));
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  server.run();
  // It does not read, and nothing more is made than there is room for.
  CHECK(server->deadline());
  std::size_t rounds = 0;
  for (; !client.is_at_end() && rounds < 1000; ++rounds) server.run();
  CHECK(rounds > 1);
  CHECK(client.heard().find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
  CHECK(size_of_chunks(body_of(client.heard())) == 6 + 100 * 16'000);
}

TEST_CASE("to HTTP/1.0 a page comes as it is") {
  Server server;
  server.reply = {.page = Page::services};
  server.pieces = {"one\n", "two\n"};
  Client client{server.path()};
  REQUIRE(client.say("GET /x HTTP/1.0\r\n\r\n"));
  server.run();
  CHECK(body_of(client.heard()) == "one\ntwo\n");
  CHECK(client.heard().find("Transfer-Encoding") == std::string::npos);
  CHECK(client.is_at_end());
}

TEST_CASE("a page that is made at once has its size") {
  Server server;
  server.reply = {.text = "one\n", .page = Page::services};
  server.pieces = {"two\n"};
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  server.run();
  CHECK(client.heard().find("\r\nContent-Length: 8\r\n") != std::string::npos);
  CHECK(body_of(client.heard()) == "one\ntwo\n");
}

TEST_CASE("who follows is sent what happens, and costs nothing meanwhile") {
  Server server;
  server.reply = {.page = Page::events, .follows = true};
  server.pieces = {"one\n"};
  server.last = Progress::idle;
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  server.run();
  CHECK(body_of(client.heard()) == "00000004\r\none\n\r\n");
  CHECK(server->has_followers());
  CHECK_FALSE(server->deadline());
  CHECK_FALSE(server.turn());

  server->on_happening();
  CHECK(body_of(client.heard()) == "00000004\r\none\n\r\n");
  server.pieces.emplace_back("two\n");
  server->on_happening();
  CHECK(body_of(client.heard()) == "00000004\r\none\n\r\n00000004\r\ntwo\n\r\n");
  // It cannot ask for anything else, and is not heard.
  REQUIRE(client.say(kRequest));
  CHECK_FALSE(server.turn());
  client.leave();
  server.run();
  CHECK_FALSE(server->has_followers());
}

TEST_CASE("who does not take an answer has its time, and is let go") {
  Server server;
  server.reply = {.page = Page::services};
  for (int i = 0; i < 100; ++i) server.pieces.push_back(of_size(16'000));
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  server.run();
  REQUIRE(server->deadline());
  server->on_deadline(monotonic_now());
  CHECK(server->deadline());
  server->on_deadline(monotonic_now() + kVeryLong);
  CHECK_FALSE(server->deadline());
  CHECK(client.is_at_end());
}

TEST_CASE("an outcome is answered when it is known, with the status that it has then") {
  Server server;
  server.reply = {.status = 409, .page = Page::outcome};
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  // Even if it seems to be known already: what was ordered has not been done yet.
  server.run();
  CHECK(client.heard().empty());
  server.last = Progress::idle;
  server->on_happening();
  CHECK(client.heard().empty());
  CHECK(server->has_followers());
  CHECK_FALSE(server->deadline());
  server.last = Progress::done;
  server->on_happening();
  CHECK(client.is_refused_with("409"));
  CHECK(body_of(client.heard()) == "settled\n");
  CHECK(client.is_at_end());
}

TEST_CASE("at the end all get what there is for them, and nobody is kept") {
  Server server;
  server.reply = {.page = Page::events, .follows = true};
  server.last = Progress::idle;
  Client follower{server.path()};
  REQUIRE(follower.say(kRequest));
  server.run();
  server.reply = {.page = Page::outcome};
  Client waiting{server.path()};
  REQUIRE(waiting.say(kRequest));
  server.run();
  Client silent{server.path()};
  server.run();
  for (int i = 0; i < 3; ++i) server.pieces.push_back(of_size(1'000));
  server->close();
  CHECK(size_of_chunks(body_of(follower.heard())) == 3'000);
  CHECK(follower.is_at_end());
  CHECK(waiting.is_refused_with("503"));
  CHECK(silent.is_refused_with("503"));
  CHECK_FALSE(server->has_followers());
  CHECK(::access(server.path().c_str(), F_OK) != 0);
}

}  // namespace
}  // namespace onit
