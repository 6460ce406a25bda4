#include <doctest/doctest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "os/clock.hpp"
#include "unit/control_server_bench.hpp"

namespace onit {
namespace {

using namespace control_server_bench;

constexpr std::size_t kMaxControlClients = 32;
constexpr std::size_t kMaxPublicClients = 16;

/// As many clients as may be there, each with a request of its own.
std::vector<Client> crowd_of(Server& server) {
  std::vector<Client> clients;
  clients.reserve(kMaxControlClients);
  for (std::size_t i = 0; i < kMaxControlClients; ++i) {
    clients.emplace_back(server.path());
    REQUIRE(clients.back().say(kRequest));
    server.run();
  }
  return clients;
}

TEST_CASE("a follower that does not read may stay, until there are too many") {
  Server server;
  server.reply = {.page = Page::events, .follows = true};
  server.last = Progress::idle;
  std::vector<Client> followers = crowd_of(server);
  for (int i = 0; i < 100; ++i) server.pieces.push_back(of_size(16'000));
  // All but one take what they get.
  constexpr std::size_t kStopped = 7;
  server->on_happening();
  do {
    for (std::size_t i = 0; i < followers.size(); ++i) {
      if (i != kStopped) (void)followers[i].heard();
    }
  } while (server.turn());
  CHECK_FALSE(server->deadline());
  server->on_deadline(monotonic_now() + kVeryLong);
  server.reply = {.type = kPlainType, .text = "hello\n"};
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  server.run();
  CHECK(body_of(client.heard()) == "hello\n");
  for (std::size_t i = 0; i < followers.size(); ++i) {
    CAPTURE(i);
    CHECK(followers[i].is_at_end() == (i == kStopped));
  }
}

TEST_CASE("those who ask at the public port and do not read keep nobody out") {
  Server server;
  server.reply = {.page = Page::metrics};
  for (int i = 0; i < 1'000; ++i) server.pieces.push_back(of_size(16'000));
  std::vector<Client> slow;
  slow.reserve(kMaxPublicClients);
  for (std::size_t i = 0; i < kMaxPublicClients; ++i) {
    slow.emplace_back(server.path("public"));
    REQUIRE(slow.back().say(kRequest));
  }
  server.run();
  server.reply = {.text = "hello\n"};
  Client probe{server.path("public")};
  REQUIRE(probe.say(kRequest));
  server.run();
  CHECK(body_of(probe.heard()) == "hello\n");
  (void)slow[0].heard();
  CHECK(slow[0].is_at_end());
}

TEST_CASE("of too many who do not ask the first has to go, and who asks is heard") {
  struct Door {
    const char* name;
    std::size_t most;
  };
  for (const Door& door : {Door{"control", kMaxControlClients}, {"public", kMaxPublicClients}}) {
    CAPTURE(door.name);
    Server server;
    std::vector<Client> silent;
    silent.reserve(door.most);
    for (std::size_t i = 0; i < door.most; ++i) silent.emplace_back(server.path(door.name));
    server.run();
    CHECK(silent[0].heard().empty());
    Client client{server.path(door.name)};
    REQUIRE(client.say(kRequest));
    server.run();
    CHECK(body_of(client.heard()) == "hello\n");
    CHECK(silent[0].is_refused_with("503"));
    for (std::size_t i = 1; i < door.most; ++i) CHECK(silent[i].heard().empty());
  }
}

TEST_CASE("when all places are taken, the oldest that follows has to go, and then the oldest that waits") {
  Server server;
  server.last = Progress::idle;
  std::vector<Client> clients;
  clients.reserve(kMaxControlClients);
  for (std::size_t i = 0; i < kMaxControlClients; ++i) {
    bool waits = i == 0 || i == 2;
    server.reply = {.page = waits ? Page::outcome : Page::events, .follows = !waits};
    clients.emplace_back(server.path());
    REQUIRE(clients.back().say(kRequest));
    server.run();
  }
  auto ask = [&server](const char* text) {
    server.reply = {.type = kPlainType, .text = text};
    Client client{server.path()};
    REQUIRE(client.say(kRequest));
    server.run();
    CHECK(body_of(client.heard()) == text);
  };
  ask("hello\n");
  (void)clients[1].heard();
  CHECK(clients[1].is_at_end());
  CHECK_FALSE(clients[0].is_at_end());
  CHECK_FALSE(clients[2].is_at_end());
  CHECK_FALSE(clients[3].is_at_end());

  // Nobody follows any more.
  clients.erase(clients.begin() + 3, clients.end());
  clients.erase(clients.begin() + 1);
  server.run();
  server.reply = {.page = Page::outcome};
  while (clients.size() < kMaxControlClients) {
    clients.emplace_back(server.path());
    REQUIRE(clients.back().say(kRequest));
    server.run();
  }
  ask("hello\n");
  CHECK(clients[0].is_refused_with("503"));
  CHECK_FALSE(clients[1].is_at_end());
}

TEST_CASE("when all are being answered who may be, the next one is turned away, but not at the other door") {
  Server server;
  server.reply = {.page = Page::services};
  for (int i = 0; i < 10'000; ++i) server.pieces.push_back(of_size(16'000));
  std::vector<Client> readers = crowd_of(server);
  Client late{server.path()};
  REQUIRE(late.say(kRequest));
  server.run();
  CHECK(late.is_refused_with("503"));
  CHECK(late.is_at_end());
  Client person{server.path()};
  REQUIRE(person.say("GET /x?format=text HTTP/1.1\r\nHost: onit\r\n\r\n"));
  server.run();
  CHECK(person.heard().find("\r\nContent-Type: text/plain") != std::string::npos);
  CHECK(body_of(person.heard()) == "too many ask at once, or onit is about to end\n");

  server.reply = {.text = "hello\n"};
  Client elsewhere{server.path("public")};
  REQUIRE(elsewhere.say(kRequest));
  server.run();
  CHECK(body_of(elsewhere.heard()) == "hello\n");

  readers.pop_back();
  server.run();
  Client next{server.path()};
  REQUIRE(next.say(kRequest));
  server.run();
  CHECK(body_of(next.heard()) == "hello\n");
}

TEST_CASE("a flood of clients is taken in portions") {
  Server server;
  std::vector<Client> clients;
  clients.reserve(30);
  for (int i = 0; i < 30; ++i) {
    clients.emplace_back(server.path());
    REQUIRE(clients.back().say(kRequest));
  }
  server.turn();
  CHECK(server.calls.size() < 15);
  server.run();
  CHECK(server.calls.size() == 30);
}

TEST_CASE("without a descriptor left nobody is taken, and nothing spins, until there is one again") {
  Server server;
  Client client{server.path()};
  REQUIRE(client.say(kRequest));
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  int next = ::dup(0);
  REQUIRE(next >= 0);
  ::close(next);
  const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
  CHECK(server.turn());
  CHECK_FALSE(server.turn());
  Deadline again = server->deadline();
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE(again);
  CHECK_FALSE(server.turn());
  server->on_deadline(*again);
  CHECK_FALSE(server->deadline());
  server.run();
  CHECK(body_of(client.heard()) == "hello\n");
}

}  // namespace
}  // namespace onit
