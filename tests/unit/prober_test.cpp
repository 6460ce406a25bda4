#include "app/prober.hpp"

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>

#include "app/source.hpp"
#include "os/clock.hpp"
#include "os/socket.hpp"

namespace onit {
namespace {

// Only ends a test that would hang.
constexpr Millis kLongest{30'000};

constexpr ServiceId kService = 3;

std::uint16_t port_of(int socket) {
  sockaddr_in6 address{};
  socklen_t length = sizeof address;
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return ntohs(address.sin6_port);  // at the same place as in sockaddr_in
}

Fd bound_socket(const char* host, int type = SOCK_STREAM) {
  auto address = *SocketAddress::from_text(host, 0);
  Fd socket{::socket(address.native()->sa_family, type | SOCK_CLOEXEC, 0)};
  if (socket.valid() && ::bind(socket.get(), address.native(), address.length()) != 0) socket.reset();
  return socket;
}

void wait_until_readable(int fd) {
  pollfd readable{fd, POLLIN, 0};
  REQUIRE(::poll(&readable, 1, static_cast<int>(kLongest.count())) == 1);
}

/// Somebody who listens, at a port of his own.
class Server {
 public:
  explicit Server(const char* host = "127.0.0.1") : listener_(bound_socket(host)) {
    if (listener_.valid()) REQUIRE(::listen(listener_.get(), 8) == 0);
  }

  bool is_there() const { return listener_.valid(); }
  std::string port() const { return std::to_string(port_of(listener_.get())); }

  void accept() {
    wait_until_readable(listener_.get());
    client_.reset(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    REQUIRE(client_.valid());
  }
  /// Up to the empty line.
  std::string request() {
    std::string text;
    while (!text.ends_with("\r\n\r\n")) {
      char chunk[1024];
      wait_until_readable(client_.get());
      ssize_t got = ::recv(client_.get(), chunk, sizeof chunk, 0);
      REQUIRE(got > 0);
      text.append(chunk, static_cast<std::size_t>(got));
    }
    return text;
  }
  void send(std::string_view text) {
    REQUIRE(::send(client_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size()));
  }
  void hang_up() { client_.reset(); }
  void reset_connection() {
    linger at_once{1, 0};
    REQUIRE(::setsockopt(client_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) == 0);
    client_.reset();
  }
  /// What reading says once the other side has closed: 0, or the error of a reset.
  int end_of_client() {
    for (;;) {
      char chunk[1024];
      wait_until_readable(client_.get());
      ssize_t got = ::recv(client_.get(), chunk, sizeof chunk, 0);
      if (got <= 0) return got < 0 ? errno : 0;
    }
  }

 private:
  Fd listener_;
  Fd client_;
};

/// A port at which nobody listens, and which nobody else gets meanwhile.
struct SilentPort {
  Fd socket = bound_socket("127.0.0.1");
  std::string port = std::to_string(port_of(socket.get()));
};

/// A prober and what it is watched with.
class Probe {
 public:
  Probe() : is_open_(poller_.open().ok()), prober_(poller_) { REQUIRE(is_open_); }

  std::optional<bool> start(ProbeType type, const std::string& target, ProbeKind kind = ProbeKind::ready) {
    ProbeSpec probe;
    probe.type = type;
    probe.target = target;
    return prober_.start(kService, kind, probe);
  }
  /// Waits for news; the outcome, if there is one with them.
  std::optional<bool> turn() {
    auto events = poller_.wait(kLongest);
    REQUIRE(!events.empty());
    std::optional<bool> outcome;
    for (const PollerEvent& event : events) {
      REQUIRE(source_of(event.tag) == Source::probe);
      REQUIRE(service_of(event.tag) == kService);
      if (auto result = prober_.on_ready(event)) outcome = result;
    }
    return outcome;
  }
  bool outcome_of(std::optional<bool> outcome) {
    while (!outcome) outcome = turn();
    CHECK(is_idle());
    return *outcome;
  }
  bool look(ProbeType type, const std::string& target) { return outcome_of(start(type, target)); }
  /// Until the request is sent.
  void start_http(const std::string& target, Server& server) {
    auto outcome = start(ProbeType::http, target);
    REQUIRE_FALSE(outcome.has_value());
    REQUIRE_FALSE(turn().has_value());
    server.accept();
  }
  bool is_idle() { return poller_.wait(Millis{0}).empty(); }
  std::string evidence(ProbeKind kind = ProbeKind::ready) { return std::string{prober_.evidence(kService, kind)}; }
  Prober& prober() { return prober_; }

 private:
  Poller poller_;
  bool is_open_;
  Prober prober_;
};

TEST_CASE("a tcp probe succeeds where somebody listens") {
  Server server;
  Probe probe;
  CHECK(probe.look(ProbeType::tcp, "127.0.0.1:" + server.port()));
  CHECK(probe.evidence() == "tcp 127.0.0.1:" + server.port() + ": connected");
}

TEST_CASE("a tcp probe ends the connection without a reset") {
  Server server;
  Probe probe;
  CHECK(probe.look(ProbeType::tcp, "127.0.0.1:" + server.port()));
  server.accept();
  CHECK(server.end_of_client() == 0);
}

TEST_CASE("a tcp probe fails where nobody listens, and says why") {
  SilentPort silent;
  Probe probe;
  CHECK_FALSE(probe.look(ProbeType::tcp, "127.0.0.1:" + silent.port));
  CHECK(probe.evidence() == "tcp 127.0.0.1:" + silent.port + ": Connection refused");
}

TEST_CASE("localhost, and no host at all, are IPv4 and IPv6") {
  Server four;
  Server six{"::1"};
  SilentPort silent;
  Probe probe;
  CHECK(probe.look(ProbeType::tcp, "localhost:" + four.port()));
  CHECK(probe.look(ProbeType::tcp, ":" + four.port()));
  CHECK_FALSE(probe.look(ProbeType::tcp, "localhost:" + silent.port));
  CHECK(probe.evidence() == "tcp localhost:" + silent.port + ": Connection refused");
  if (!six.is_there()) return;
  CHECK(probe.look(ProbeType::tcp, "localhost:" + six.port()));
  CHECK(probe.look(ProbeType::tcp, "[::1]:" + six.port()));
}

TEST_CASE("what is not HOST:PORT, or a name that nobody knows here, fails at once") {
  Probe probe;
  CHECK(probe.start(ProbeType::tcp, "/run/x.sock") == false);
  CHECK(probe.evidence() == "tcp /run/x.sock: must be HOST:PORT");
  CHECK(probe.start(ProbeType::tcp, "name.invalid:80") == false);
  CHECK(probe.evidence() == "tcp name.invalid:80: the host is not in /etc/hosts, and no other names are looked up");
  CHECK(probe.start(ProbeType::http, "https://a/") == false);
  CHECK(probe.evidence() == "http https://a/: must be http://HOST[:PORT][/PATH]");
}

TEST_CASE("an http probe asks as a client does that wants one answer") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port() + "/healthz?a=b", server);
  CHECK(server.request() == "GET /healthz?a=b HTTP/1.1\r\nHost: 127.0.0.1:" + server.port() +
                                "\r\nUser-Agent: onit\r\nAccept: */*\r\nConnection: close\r\n\r\n");
}

TEST_CASE("an http probe succeeds with 200 to 399") {
  struct Case {
    const char* status;
    bool succeeds;
  };
  for (const Case& each : {Case{"200 OK", true}, Case{"204 No Content", true}, Case{"399", true},
                           Case{"400 Bad Request", false}, Case{"503 Service Unavailable", false}}) {
    CAPTURE(each.status);
    Server server;
    Probe probe;
    probe.start_http("http://127.0.0.1:" + server.port() + "/x", server);
    server.request();
    server.send("HTTP/1.1 " + std::string{each.status} + "\r\n");
    CHECK(probe.outcome_of({}) == each.succeeds);
    CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + "/x: " + each.status);
  }
}

TEST_CASE("a status line may come in pieces") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  server.send("HTTP/1.");
  CHECK_FALSE(probe.turn().has_value());
  server.send("1 200");
  CHECK_FALSE(probe.turn().has_value());
  server.send(" OK\r");
  CHECK_FALSE(probe.turn().has_value());
  server.send("\n");
  CHECK(probe.turn() == true);
}

TEST_CASE("an answer that is longer than its first bytes is not reset") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  server.request();
  server.send("HTTP/1.1 200 OK\r\n\r\n" + std::string(20'000, 'x'));
  CHECK(probe.outcome_of({}));
  CHECK(server.end_of_client() == 0);
}

TEST_CASE("an answer that is none is a failure") {
  struct Case {
    std::string text;
    const char* finding;
  };
  for (const auto& [text, finding] :
       {Case{"SSH-2.0-OpenSSH_9.2\r\n", "the answer is not HTTP/1"}, Case{"HTTP/1.1 2", "answer cut short"},
        Case{"", "closed without an answer"}, Case{std::string(100'000, 'x'), "the answer is not HTTP/1"},
        Case{"HTTP/1.1 200 " + std::string(5000, 'x'), "the answer is not HTTP/1"}}) {
    Server server;
    Probe probe;
    probe.start_http("http://127.0.0.1:" + server.port(), server);
    server.request();
    server.send(text);
    server.hang_up();
    CHECK_FALSE(probe.outcome_of({}));
    CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + ": " + finding);
  }
}

TEST_CASE("a connection that is reset while an answer is waited for is a failure") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  server.request();
  server.reset_connection();
  CHECK_FALSE(probe.outcome_of({}));
  CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + ": Connection reset by peer");
}

TEST_CASE("whoever says nothing until the look is given up has not answered") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  probe.prober().stop(kService, ProbeKind::ready, true);
  CHECK(probe.evidence() == "http 127.0.0.1:" + server.port() + ": no answer");
  server.request();
  CHECK(server.end_of_client() == 0);
  CHECK(probe.is_idle());

  probe.prober().stop(kService, ProbeKind::ready, true);
  probe.prober().stop(kService + 1, ProbeKind::health, true);
  CHECK(probe.evidence(ProbeKind::health).empty());
}

TEST_CASE("a new look gives up the one before, and news of that one do not count") {
  Server first;
  Probe probe;
  CHECK_FALSE(probe.start(ProbeType::tcp, "127.0.0.1:" + first.port()).has_value());
  // A backlog that is full: nobody answers, not even the kernel.
  Fd full = bound_socket("127.0.0.1");
  REQUIRE(::listen(full.get(), 0) == 0);
  std::string port = std::to_string(port_of(full.get()));
  Fd occupant = std::move(begin_connect(*SocketAddress::from_text("127.0.0.1", port_of(full.get()))).value());
  wait_until_readable(full.get());
  CHECK_FALSE(probe.start(ProbeType::tcp, "127.0.0.1:" + port).has_value());

  std::uint64_t tag = poller_tag(Source::probe, kService, static_cast<std::uint8_t>(ProbeKind::ready));
  CHECK_FALSE(probe.prober().on_ready({tag, false, true, false}).has_value());
  probe.prober().stop(kService, ProbeKind::ready, true);
  CHECK(probe.evidence() == "tcp 127.0.0.1:" + port + ": no answer");
  CHECK_FALSE(probe.prober().on_ready({tag, false, true, false}).has_value());
}

TEST_CASE("looks for readiness and for health do not disturb each other") {
  Server server;
  SilentPort silent;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  auto health = probe.start(ProbeType::tcp, "127.0.0.1:" + silent.port, ProbeKind::health);
  while (!health) health = probe.turn();
  CHECK(health == false);
  server.send("HTTP/1.1 200 OK\r\n");
  CHECK(probe.outcome_of({}));
  CHECK(probe.evidence(ProbeKind::health) == "tcp 127.0.0.1:" + silent.port + ": Connection refused");
}

TEST_CASE("a socket that has connected to itself has found nobody") {
  Fd self = bound_socket("127.0.0.1");
  std::uint16_t port = port_of(self.get());
  auto address = *SocketAddress::from_text("127.0.0.1", port);
  REQUIRE(::connect(self.get(), address.native(), address.length()) == 0);
  auto state = connection_state(self.get());
  REQUIRE_FALSE(state.ok());
  CHECK(state.error().code == ECONNREFUSED);

  self.reset();
  Fd service{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  CHECK(::bind(service.get(), address.native(), address.length()) == 0);
}

TEST_CASE("a file probe succeeds if the file exists") {
  char directory[] = "/tmp/prober_test.XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  std::string path = std::string{directory} + "/ready";
  Probe probe;
  CHECK(probe.start(ProbeType::file, path) == false);
  CHECK(probe.evidence() == "file " + path + ": No such file or directory");
  Fd file{::open(path.c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600)};
  CHECK(probe.start(ProbeType::file, path) == true);
  CHECK(probe.evidence() == "file " + path + ": exists");
  ::unlink(path.c_str());
  ::rmdir(directory);
}

TEST_CASE("evidence is one printable line of at most 160 bytes") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port() + "/" + std::string(1000, 'y'), server);
  server.request();
  server.send("HTTP/1.1 500 \xff\xc2\x9b\t" + std::string(400, 'x') + "\r\n");
  CHECK_FALSE(probe.outcome_of({}));
  CHECK(probe.evidence().size() <= 160);
  CHECK(probe.evidence().find("yyy...: 500 ????xxx") != std::string::npos);

  CHECK(probe.start(ProbeType::file, "/nowhere/\x1b[31m\n" + std::string(1000, 'z')) == false);
  CHECK(probe.evidence().starts_with("file /nowhere/?[31m?zzz"));
  CHECK(probe.evidence().ends_with("z...: No such file or directory"));
}

TEST_CASE("of a service that is removed nothing is left") {
  Server server;
  Probe probe;
  probe.start_http("http://127.0.0.1:" + server.port(), server);
  probe.prober().remove(kService);
  CHECK(probe.evidence().empty());
  server.request();
  CHECK(server.end_of_client() == 0);
  CHECK(probe.is_idle());
  probe.prober().remove(kService + 1);
}

class HostsFile {
 public:
  explicit HostsFile(std::string_view text) {
    Fd file{::mkstemp(path_)};
    REQUIRE(::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  ~HostsFile() { ::unlink(path_); }
  HostsFile(const HostsFile&) = delete;
  HostsFile& operator=(const HostsFile&) = delete;
  const char* path() const { return path_; }

 private:
  char path_[24] = "/tmp/hosts_test.XXXXXX";
};

TEST_CASE("names are found in /etc/hosts, as it is at the time") {
  HostsFile hosts{
      "127.0.0.1 localhost\n# 10.0.0.9 db\n10.0.0.1\tdb.internal  DB # 10.0.0.2 x\nnonsense db\n\n"
      "fd00::1 other db\r\n10.0.0.3 ada\n10.0.0.4 last"};
  auto count = [&](std::string_view name) { return find_addresses(name, 80, hosts.path()).count; };
  CHECK(count("db") == 2);
  CHECK(find_addresses("db", 80, hosts.path()).all[0].native()->sa_family == AF_INET);
  CHECK(find_addresses("db", 80, hosts.path()).all[1].native()->sa_family == AF_INET6);
  CHECK(count("last") == 1);
  CHECK(count("d") == 0);
  CHECK(count("x") == 0);
  CHECK(count("10.0.0.77") == 1);
  CHECK(count("LOCALHOST") == 2);
  CHECK(count("") == 2);
  CHECK(find_addresses("db", 80, "/nonexistent").count == 0);
}

TEST_CASE("no more than four addresses of a name are tried") {
  std::string text;
  for (int i = 1; i < 100; ++i) text += "10.0.0." + std::to_string(i) + " many\n";
  CHECK(find_addresses("many", 80, HostsFile{text}.path()).count == kMaxAddresses);
}

TEST_CASE("a pipe in place of /etc/hosts is not waited for") {
  char directory[] = "/tmp/prober_test.XXXXXX";
  REQUIRE(::mkdtemp(directory) != nullptr);
  std::string path = std::string{directory} + "/hosts";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  Instant before = monotonic_now();
  CHECK(find_addresses("db", 80, path.c_str()).count == 0);
  CHECK(monotonic_now() - before < Millis{5000});
  ::unlink(path.c_str());
  ::rmdir(directory);
}

TEST_CASE("looks that fail one after the other are counted, those that are given up are not") {
  Probe probe;
  Prober& prober = probe.prober();
  CHECK(prober.failures(kService, ProbeKind::ready) == 0);
  for (int i = 1; i <= 3; ++i) {
    prober.note(kService, ProbeKind::ready, false, "exec ./check", "ended with exit code 1");
    CHECK(prober.failures(kService, ProbeKind::ready) == i);
  }
  CHECK(probe.evidence() == "exec ./check: ended with exit code 1");
  prober.stop(kService, ProbeKind::ready, true);
  CHECK(prober.failures(kService, ProbeKind::ready) == 3);
  CHECK(prober.failures(kService, ProbeKind::health) == 0);
  prober.note(kService, ProbeKind::ready, true, "exec ./check", "ended with exit code 0");
  CHECK(prober.failures(kService, ProbeKind::ready) == 0);
  prober.remove(kService);
  CHECK(probe.evidence().empty());
}

TEST_CASE("a look that is given up because the service ends leaves what was found before") {
  Probe probe;
  probe.prober().note(kService, ProbeKind::ready, false, "tcp x", "Connection refused");
  Server server;
  CHECK(!probe.start(ProbeType::tcp, "127.0.0.1:" + server.port()));
  probe.prober().stop(kService, ProbeKind::ready, false);
  CHECK(probe.evidence() == "tcp x: Connection refused");
  CHECK(probe.prober().failures(kService, ProbeKind::ready) == 1);
}

}  // namespace
}  // namespace onit
