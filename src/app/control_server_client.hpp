#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "app/control_server.hpp"
#include "os/fd.hpp"

namespace onit {

/// A client that is connected, from the first byte of its request to the last one of the answer. It never has to be
/// waited for: whatever it does not send or take at once comes when the poller says so.
class ControlClient {
 public:
  enum class State : std::uint8_t {
    receiving,  ///< the request
    asking,     ///< it is whole, and waits for begin_answer()
    sending,    ///< the answer
    waiting,    ///< the answer goes on when something happens
    over,       ///< it can be let go
  };

  /// `refusal`: the status with which any request is answered; 0: none.
  ControlClient(Poller& poller, Fd socket, ClientId id, bool is_public, int refusal, Instant now);
  ~ControlClient();
  ControlClient(const ControlClient&) = delete;
  ControlClient& operator=(const ControlClient&) = delete;

  ClientId id() const { return id_; }
  State state() const { return state_; }
  bool is_public() const { return is_public_; }
  const HttpRequest& request() const { return request_; }

  /// Until when it has to have got on; nothing: it may take its time.
  Deadline deadline() const;

  /// How good its claim to its place is when there are too many.
  enum class Claim : std::uint8_t {
    too_slow,   ///< it follows and has not taken yet what there is for it; or anybody may ask, and it does not read
    silent,     ///< it has not asked
    following,  ///< it has all that there is so far
    waiting,    ///< for what becomes of a service
    best,       ///< it is answered at once
  };
  Claim claim() const;

  /// Reads what has come. A request that cannot be taken is answered at once.
  void receive(Instant now);
  void begin_answer(Reply reply, const PageSource& pages, Instant now);
  /// Goes on with the answer: at most one piece of it is made, so that one client does not hold up the others.
  void send(const PageSource& pages, Instant now);
  /// Answers what it has not even asked, or not to the end, and lets it go.
  void refuse(int status);
  /// Somebody else is to have its place.
  void make_room();
  /// Nobody is at the other end, or it takes too long.
  void leave() { state_ = State::over; }
  /// The end: what there is of the answer is sent as far as it goes at once.
  void close(const PageSource& pages, Instant now);

 private:
  void watch(Interest interest);
  void append_part(const PageSource& pages);
  void append_head(std::size_t size);
  bool flush(Instant now);
  void part();

  Poller& poller_;
  Fd socket_;
  ClientId id_;
  bool is_public_;
  int refusal_;
  State state_ = State::receiving;
  Instant got_on_;  // when it last did
  bool is_watched_ = false;
  Interest interest_ = Interest::none;
  std::string received_;
  HttpRequest request_;
  Reply reply_;
  Progress progress_ = Progress::more;
  bool has_head_ = false;
  bool is_chunked_ = false;
  std::string out_;  // made, and not taken as far as `sent_`
  std::size_t sent_ = 0;
};

}  // namespace onit
