#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "app/control_reply.hpp"
#include "base/result.hpp"
#include "base/time.hpp"
#include "control/http_request.hpp"
#include "os/listener.hpp"
#include "os/poller.hpp"

namespace onit {

/// Who has asked something, until the answer is on its way.
using ClientId = std::size_t;

/// A request that has come, whole. Its views are valid until it is answered.
struct ControlCall {
  ClientId client;
  HttpRequest request;
  bool is_public;  ///< it came by the TCP listener, from anybody
};

/// Makes the next piece of a page: a function and its context.
struct PageSource {
  Progress (*next_piece)(void* context, Reply& reply, std::string& out) = nullptr;
  void* context = nullptr;
};

/// Takes requests over HTTP/1.1, one for each connection, and sends the answers. It never waits for a client: one who
/// is slow has a deadline, and one who is too much is turned away. What is asked and answered is not its business.
class ControlServer {
 public:
  ControlServer(Poller& poller, PageSource pages);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;

  /// Serves those who connect there: to the control socket root and onit's own user; to the public one anybody.
  /// Errors: those of epoll_ctl(2).
  Result<void> serve(Listener listener, bool is_public);

  /// A listener (Source::control_listener) or a client (Source::control_client) has news.
  void on_ready(const PollerEvent& event);

  /// The next request to be answered: the same one until it is.
  std::optional<ControlCall> next_call();
  void answer(ClientId client, Reply reply);

  /// Something has happened: those who follow it are sent it.
  void on_happening();
  /// Whether anybody waits for that. Inline: it is asked in each turn.
  bool has_followers() const { return followers_ > 0; }

  /// When the slowest client has had its time; on_deadline() then lets it go.
  Deadline deadline() const;
  void on_deadline(Instant now);

  /// The end: no more requests; what is on its way is sent as far as it goes at once.
  void close();

 private:
  struct Rest;
  std::unique_ptr<Rest> rest_;
  std::size_t followers_ = 0;
};

}  // namespace onit
