#pragma once

#include <doctest/doctest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <optional>
#include <string>
#include <string_view>

#include "app/prober.hpp"
#include "app/source.hpp"
#include "os/socket.hpp"

/// What tests of the prober need: who is looked at, and who looks.
namespace onit::prober_bench {

// Only ends a test that would hang.
inline constexpr Millis kLongest{30'000};

inline constexpr ServiceId kService = 3;

inline std::uint16_t port_of(int socket) {
  sockaddr_in6 address{};
  socklen_t length = sizeof address;
  REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  return ntohs(address.sin6_port);  // at the same place as in sockaddr_in
}

inline Fd bound_socket(const char* host, int type = SOCK_STREAM) {
  auto address = *SocketAddress::from_text(host, 0);
  Fd socket{::socket(address.native()->sa_family, type | SOCK_CLOEXEC, 0)};
  if (socket.valid() && ::bind(socket.get(), address.native(), address.length()) != 0) socket.reset();
  return socket;
}

inline void wait_until_readable(int fd) {
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

}  // namespace onit::prober_bench
