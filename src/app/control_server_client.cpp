#include "app/control_server_client.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "app/control_routes.hpp"
#include "app/source.hpp"
#include "base/text.hpp"
#include "control/http_status.hpp"

namespace onit {
namespace {

/// From the connection to the end of the request: whoever means it sends it at once.
constexpr Millis kTimeToAsk{5'000};

/// Without taking anything of the answer. Who follows has no such limit: a person may stop a terminal for as long as it
/// takes to read.
constexpr Millis kTimeToTake{10'000};

/// What may lie behind a request that was read, or refused unread; with more than that the connection is reset.
constexpr std::size_t kMaxDiscarded = 64 * 1024;

/// At the end the rest of an answer goes out only as far as that: nobody waits for onit for the sake of a reader.
constexpr int kMaxLastPieces = 16;

constexpr char kLastChunk[] = "0\r\n\r\n";

struct Phrase {
  std::int16_t status;
  char phrase[32];
  char reason[46];  ///< for a client that is refused whatever it wants
};

constexpr Phrase kPhrases[] = {
    {kHttpOk, "OK", ""},
    {kHttpAccepted, "Accepted", ""},
    {kHttpBadRequest, "Bad Request", "this is no request that is understood here"},
    {kHttpForbidden, "Forbidden", "only root and the user of onit may ask"},
    {kHttpNotFound, "Not Found", ""},
    {kHttpMethodNotAllowed, "Method Not Allowed", "only GET and POST are understood"},
    {kHttpRequestTimeout, "Request Timeout", "the request did not come in time"},
    {kHttpConflict, "Conflict", ""},
    {kHttpContentTooLarge, "Content Too Large", "a request has no body here"},
    {kHttpUnprocessableContent, "Unprocessable Content", ""},
    {kHttpHeadersTooLarge, "Request Header Fields Too Large", "a request has at most 4096 bytes"},
    {kHttpServiceUnavailable, "Service Unavailable", "too many ask at once, or onit is about to end"},
    {kHttpVersionNotSupported, "HTTP Version Not Supported", "only HTTP/1.0 and 1.1 are understood"},
    {0, "", ""},
};

const Phrase& phrase_of(int status) {
  const Phrase* phrase = kPhrases;
  while (phrase->status != status && phrase->status != 0) ++phrase;
  return *phrase;
}

/// The size of a chunk. Source: RFC 9112, section 7.1.
std::string in_hex(std::size_t number) {
  std::string digits;
  for (int shift = 28; shift >= 0; shift -= 4) digits += "0123456789abcdef"[number >> shift & 15];
  return digits;
}

}  // namespace

ControlClient::ControlClient(Poller& poller, Fd socket, ClientId id, bool is_public, int refusal, Instant now)
    : poller_(poller), socket_(std::move(socket)), id_(id), is_public_(is_public), refusal_(refusal), got_on_(now) {}

ControlClient::~ControlClient() {
  if (is_watched_) poller_.forget(socket_.get());
}

Deadline ControlClient::deadline() const {
  switch (state_) {
    case State::receiving:
      return got_on_ + kTimeToAsk;
    case State::sending:
      if (!reply_.follows) return got_on_ + kTimeToTake;
      return std::nullopt;
    case State::asking:
    case State::waiting:
    case State::over:
      return std::nullopt;
  }
  return std::nullopt;
}

ControlClient::Claim ControlClient::claim() const {
  switch (state_) {
    case State::receiving:
      return Claim::silent;
    case State::sending:
      return is_public_ || reply_.follows ? Claim::too_slow : Claim::best;
    case State::waiting:
      return reply_.follows ? Claim::following : Claim::waiting;
    case State::asking:
    case State::over:
      return Claim::best;
  }
  return Claim::best;
}

/// What waits has only to be told that nobody is at the other end any more, which the poller tells anyway.
void ControlClient::watch(Interest interest) {
  if (is_watched_ && interest == interest_) return;
  std::uint64_t tag = poller_tag(Source::control_client, id_);
  auto done = is_watched_ ? poller_.change(socket_.get(), tag, interest) : poller_.watch(socket_.get(), tag, interest);
  if (!done.ok()) {
    state_ = State::over;
    return;
  }
  is_watched_ = true;
  interest_ = interest;
}

// --- The request ----------------------------------------------------------------------------------------------------

void ControlClient::receive(Instant now) {
  std::array<char, kMaxRequestBytes> bytes;
  ssize_t got = ::recv(socket_.get(), bytes.data(), bytes.size() - received_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return watch(Interest::readable);
  if (got <= 0) {
    state_ = State::over;
    return;
  }
  received_.append(bytes.data(), static_cast<std::size_t>(got));
  request_ = read_http_request(received_);
  switch (request_.state) {
    case HttpRequest::State::incomplete:
      return watch(Interest::readable);
    case HttpRequest::State::malformed:
      return refuse(request_.status);
    case HttpRequest::State::complete:
      if (refusal_ != 0) return refuse(refusal_);
      got_on_ = now;
      state_ = State::asking;
  }
}

// --- The answer -----------------------------------------------------------------------------------------------------

void ControlClient::begin_answer(Reply reply, const PageSource& pages, Instant now) {
  reply_ = std::move(reply);
  std::string().swap(received_);
  // What becomes of an order can be told when it was given, which is not before onit's next turn.
  state_ = reply_.page == Page::outcome ? State::waiting : State::sending;
  if (state_ == State::waiting) return watch(Interest::none);
  send(pages, now);
}

void ControlClient::refuse(int status) {
  // As it is meant for, as far as that can be told of what may be no request at all.
  bool is_for_people = reply_.as_text || received_.find("format=text") != received_.npos;
  reply_ = Reply{.as_text = is_for_people};
  answer_with(reply_, status, phrase_of(status).reason);
  append_part({});
  (void)flush(got_on_);
  part();
}

void ControlClient::make_room() { has_head_ ? leave() : refuse(kHttpServiceUnavailable); }

/// With its size, if it is known.
void ControlClient::append_head(std::size_t size) {
  bool is_whole = progress_ == Progress::done;
  is_chunked_ = !is_whole && request_.knows_chunks;
  out_ += filled("HTTP/1.1 % %\r\nContent-Type: %\r\nCache-Control: no-store\r\nConnection: close\r\n", reply_.status,
                 phrase_of(reply_.status).phrase, reply_.type);
  if (reply_.status == kHttpMethodNotAllowed) {
    bool is_known = request_.state == HttpRequest::State::complete;
    const char* allowed = !is_known ? "GET, POST" : request_.method == HttpMethod::get ? "POST" : "GET";
    out_ += filled("Allow: %\r\n", allowed);
  }
  if (is_whole) out_ += filled("Content-Length: %\r\n", size);
  if (is_chunked_) out_ += "Transfer-Encoding: chunked\r\n";
  out_ += "\r\n";
  has_head_ = true;
}

/// Makes the next part of the answer: nothing, if it cannot be made yet.
void ControlClient::append_part(const PageSource& pages) {
  std::string piece;
  progress_ = reply_.page == Page::none ? Progress::done : pages.next_piece(pages.context, reply_, piece);
  // Even how it begins is not known before.
  if (reply_.page == Page::outcome && progress_ != Progress::done) return;
  std::string text = std::exchange(reply_.text, {});
  std::size_t size = text.size() + piece.size();
  if (!has_head_) append_head(size);
  bool is_framed = is_chunked_ && size > 0;
  if (is_framed) out_ += concat(in_hex(size), "\r\n");
  out_ += text;
  out_ += piece;
  if (is_framed) out_ += "\r\n";
  if (is_chunked_ && progress_ == Progress::done) out_ += kLastChunk;
}

/// Returns whether all that was made is gone.
bool ControlClient::flush(Instant now) {
  while (sent_ < out_.size()) {
    ssize_t sent = ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0 && errno == EAGAIN) return false;
    if (sent < 0) {
      state_ = State::over;
      return false;
    }
    sent_ += static_cast<std::size_t>(sent);
    got_on_ = now;
  }
  // Those who follow for days do not keep the memory of their largest piece.
  std::string().swap(out_);
  sent_ = 0;
  return true;
}

void ControlClient::send(const PageSource& pages, Instant now) {
  bool is_resumed = state_ == State::waiting;
  state_ = State::sending;
  bool is_gone = flush(now);
  if (is_gone && progress_ != Progress::done) {
    append_part(pages);
    if (is_resumed) got_on_ = now;
    is_gone = flush(now);
  }
  if (state_ == State::over) return;
  if (!is_gone || progress_ == Progress::more) return watch(Interest::writable);
  if (progress_ == Progress::done) return part();
  state_ = State::waiting;
  watch(Interest::none);
}

/// Closed without a reset, which would take from the client what it has not read yet.
void ControlClient::part() {
  state_ = State::over;
  ::shutdown(socket_.get(), SHUT_WR);
  std::array<char, kMaxRequestBytes> rest;
  for (std::size_t thrown_away = 0; thrown_away < kMaxDiscarded;) {
    ssize_t got = ::recv(socket_.get(), rest.data(), rest.size(), MSG_DONTWAIT);
    if (got <= 0) return;
    thrown_away += static_cast<std::size_t>(got);
  }
}

void ControlClient::close(const PageSource& pages, Instant now) {
  if (state_ == State::receiving || state_ == State::asking) return refuse(kHttpServiceUnavailable);
  for (int i = 0; i < kMaxLastPieces && state_ != State::over; ++i) {
    send(pages, now);
    if (state_ == State::waiting || !out_.empty()) break;
  }
  if (state_ == State::over) return;
  if (!has_head_) return refuse(kHttpServiceUnavailable);
  if (is_chunked_ && state_ == State::waiting) {
    out_ = kLastChunk;
    (void)flush(now);
  }
  part();
}

}  // namespace onit
