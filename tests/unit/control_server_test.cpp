#include "app/control_server.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "app/source.hpp"
#include "base/text.hpp"
#include "os/clock.hpp"

namespace onit {
namespace {

// Longer than anybody has time.
constexpr Millis kVeryLong{60'000};

constexpr std::size_t kMaxControlClients = 32;
constexpr std::size_t kMaxPublicClients = 16;

constexpr char kRequest[] = "GET /x HTTP/1.1\r\nHost: onit\r\n\r\n";

/// Somebody who asks.
class Client {
 public:
  explicit Client(const std::string& path) : socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
  }

  bool say(std::string_view text) {
    return ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  /// What has come so far.
  std::string heard() {
    for (;;) {
      char bytes[8192];
      ssize_t got = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
      if (got == 0) is_at_end_ = true;
      if (got <= 0) return heard_;
      heard_.append(bytes, static_cast<std::size_t>(got));
    }
  }
  bool is_at_end() {
    (void)heard();
    return is_at_end_;
  }
  bool is_refused_with(const char* status) { return heard().starts_with(filled("HTTP/1.1 % ", status)); }
  void half_close() { ::shutdown(socket_.get(), SHUT_WR); }
  void leave() { socket_.reset(); }

 private:
  Fd socket_;
  std::string heard_;
  bool is_at_end_ = false;
};

/// A server in a directory of its own. The path /x is answered with what the test says.
class Server {
 public:
  Server() {
    REQUIRE(::mkdtemp(directory_) != nullptr);
    REQUIRE(poller_.open().ok());
    serve("control", false);
    serve("public", true);
  }
  ~Server() {
    server_.close();
    CHECK(::rmdir(directory_) == 0);  // the sockets are gone
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::string path(const char* name = "control") const { return concat(directory_, "/", name); }

  /// Does what there is to do until nothing is left.
  void run() {
    while (turn()) continue;
  }
  /// Returns whether there was something to do.
  bool turn() {
    auto events = poller_.wait(Millis{0});
    for (const PollerEvent& event : events) {
      server_.on_ready(event);
      while (auto call = server_.next_call()) {
        calls.emplace_back(call->request.path);
        was_public = call->is_public;
        server_.answer(call->client, reply);
      }
    }
    return !events.empty();
  }

  ControlServer& operator*() { return server_; }
  ControlServer* operator->() { return &server_; }

  Reply reply{.type = kPlainType, .text = "hello\n"};
  std::vector<std::string> calls;
  bool was_public = false;
  // What the page has: pieces, and what it is when they are over.
  std::vector<std::string> pieces;
  Progress last = Progress::done;

 private:
  static Progress next_piece(void* context, Reply& reply, std::string& out) {
    auto& self = *static_cast<Server*>(context);
    if (reply.cursor < self.pieces.size()) out += self.pieces[reply.cursor++];
    if (reply.cursor < self.pieces.size()) return Progress::more;
    if (reply.page == Page::outcome && self.last == Progress::done) reply.text = "settled\n";
    return self.last;
  }
  void serve(const char* name, bool is_public) {
    auto listener = Listener::at_path(path(name), {SOCK_STREAM, 128}, {0600, {}, {}});
    REQUIRE(listener.ok());
    REQUIRE(server_.serve(std::move(listener.value()), is_public).ok());
  }

  char directory_[32] = "/tmp/onit-unit-XXXXXX";
  Poller poller_;
  ControlServer server_{poller_, {next_piece, this}};
};

std::string body_of(const std::string& answer) {
  std::size_t end = answer.find("\r\n\r\n");
  return end == answer.npos ? "no answer" : answer.substr(end + 4);
}

/// Until the clock shows another time.
void await_tick() {
  Instant begin = monotonic_now();
  while (monotonic_now() == begin) continue;
}

std::string of_size(std::size_t size) { return std::string(size, 'x'); }

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

}  // namespace

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

TEST_CASE("a follower that does not read may stay, until there are too many") {
  Server server;
  server.reply = {.page = Page::events, .follows = true};
  server.last = Progress::idle;
  std::vector<Client> followers;
  followers.reserve(kMaxControlClients);
  for (std::size_t i = 0; i < kMaxControlClients; ++i) {
    followers.emplace_back(server.path());
    REQUIRE(followers.back().say(kRequest));
  }
  server.run();
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
  std::vector<Client> readers;
  readers.reserve(kMaxControlClients);
  for (std::size_t i = 0; i < kMaxControlClients; ++i) {
    readers.emplace_back(server.path());
    REQUIRE(readers.back().say(kRequest));
    server.run();
  }
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

}  // namespace onit
