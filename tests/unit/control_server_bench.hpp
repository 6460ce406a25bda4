#pragma once

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "app/control_server.hpp"
#include "base/text.hpp"

/// What tests of the control server need.
namespace onit::control_server_bench {

// Longer than anybody has time.
inline constexpr Millis kVeryLong{60'000};

inline constexpr char kRequest[] = "GET /x HTTP/1.1\r\nHost: onit\r\n\r\n";

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

inline std::string body_of(const std::string& answer) {
  std::size_t end = answer.find("\r\n\r\n");
  return end == answer.npos ? "no answer" : answer.substr(end + 4);
}

inline std::string of_size(std::size_t size) { return std::string(size, 'x'); }

}  // namespace onit::control_server_bench
