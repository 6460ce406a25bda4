#include "app/control_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/text.hpp"
#include "os/clock.hpp"
#include "unit/control_server_bench.hpp"

namespace onit {
namespace {

using namespace control_server_bench;

/// Until the clock shows another time.
void await_tick() {
  Instant begin = monotonic_now();
  while (monotonic_now() == begin) continue;
}

TEST_CASE("a request is answered, and the connection closed") {
  Server server;
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  server.run();
  CHECK(client.heard() ==
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
        "Connection: close\r\nContent-Length: 6\r\n\r\nhello\n");
  CHECK(client.is_at_end());
  CHECK(server.calls == std::vector<std::string>{"/x"});
  CHECK_FALSE(server.was_public);
  CHECK_FALSE(server->deadline());
}

TEST_CASE("a request may come byte by byte, and with more behind it") {
  Server server;
  Client client{server.path("public")};
  for (char c : std::string_view{kRequest}) {
    CHECK(server.calls.empty());
    REQUIRE(client.say({&c, 1}));
    server.run();
  }
  CHECK(body_of(client.heard()) == "hello\n");
  CHECK(server.was_public);

  Client more{server.path()};
  REQUIRE(more.say(concat(kRequest, kRequest, of_size(50'000))));
  server.run();
  CHECK(body_of(more.heard()) == "hello\n");
  CHECK(more.is_at_end());
  CHECK(server.calls.size() == 2);
}

TEST_CASE("what is no request is refused without being asked about") {
  struct Row {
    std::string request;
    const char* status;
  };
  const Row kRows[] = {{"hello\r\n", "400"},
                       {"PUT / HTTP/1.1\r\n", "405"},
                       {"GET / HTTP/2.0\r\n", "505"},
                       {"POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\n12345", "413"},
                       {of_size(5'000), "431"}};
  Server server;
  for (const Row& row : kRows) {
    CAPTURE(row.request);
    Client client{server.path()};
    REQUIRE(client.say(row.request));
    server.run();
    CHECK(client.is_refused_with(row.status));
    CHECK(body_of(client.heard()).starts_with("{\"error\": \""));
    CHECK(client.is_at_end());
  }
  CHECK(server.calls.empty());
}

TEST_CASE("a wrong method is told with the one that is right") {
  Server server;
  server.reply = {.status = 405};
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  server.run();
  CHECK(client.heard().find("\r\nAllow: POST\r\n") != std::string::npos);
}

TEST_CASE("who has said all and closed that side is answered all the same") {
  Server server;
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  client.half_close();
  server.run();
  CHECK(body_of(client.heard()) == "hello\n");
}

TEST_CASE("a client that leaves before it has asked is gone") {
  Server server;
  Client client{server.path()};
  REQUIRE(client.say("GET"));
  server.run();
  CHECK(server->deadline());
  client.leave();
  server.run();
  CHECK_FALSE(server->deadline());
}

TEST_CASE("a client that does not ask in time is told so, however busy it is") {
  Server server;
  Client client{server.path("public")};
  server.run();
  REQUIRE(server->deadline());
  Instant first = *server->deadline();
  await_tick();
  REQUIRE(client.say("GET / HTTP/1.1\r\n"));
  server.run();
  CHECK(server->deadline() == first);
  CHECK(first - monotonic_now() <= Millis{5'000});
  server->on_deadline(first - Millis{1});
  CHECK(client.heard().empty());
  server->on_deadline(first);
  CHECK(client.is_refused_with("408"));
  CHECK(client.is_at_end());
}

}  // namespace
}  // namespace onit
