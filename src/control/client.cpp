#include "control/client.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

#include "base/text.hpp"
#include "control/chunks.hpp"
#include "control/http_response.hpp"
#include "control/places.hpp"
#include "os/clock.hpp"

namespace onit {
namespace {

/// onit's own is shorter than 300 bytes.
constexpr std::size_t kMaxHeadBytes = 4096;
constexpr std::size_t kMaxBodyBytes = 16 * 1024 * 1024;
constexpr std::size_t kReadBytes = 16 * 1024;

NoAnswer late(std::string_view place) { return {concat("no answer from ", place), true}; }

/// What is left until then; nothing: for ever.
std::optional<Millis> time_left(Deadline deadline) {
  if (!deadline) return std::nullopt;
  return std::max(*deadline - monotonic_now(), Millis{0});
}

/// Connects; a queue that is full is waited for.
Result<ControlConnection> connect_to(const std::string& path, Deadline deadline) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return Error{"connect", ENAMETOOLONG};
  path.copy(address.sun_path, path.size());
  ControlConnection connection{path, Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)}};
  int socket = connection.socket.get();
  if (socket < 0) return errno_error("socket");
  if (auto left = time_left(deadline)) {
    // All zero would be for ever.
    timeval patience{left->count() / 1000, std::max<suseconds_t>(left->count() % 1000 * 1000, 1)};
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  }
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return errno_error("connect");
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return errno_error("getsockopt");
  connection.server = peer.pid;
  connection.user = peer.uid;
  return connection;
}

bool is_believed(uid_t user) {
  if (user == 0 || user == ::geteuid()) return true;
  struct stat first {};
  return ::stat("/proc/1", &first) == 0 && first.st_uid == user;
}

/// Makes an answer of what comes.
class Answering {
 public:
  Answering(ControlAnswer& answer, BodySink sink) : answer_(answer), sink_(sink) {}

  /// Returns whether more of it is to come.
  bool take(std::string_view bytes);
  bool has_head() const { return answer_.status != 0; }
  /// The connection has ended.
  void end() { answer_.is_whole = !is_chunked_; }

 private:
  bool take_head();
  bool take_body(std::string_view bytes);
  bool deliver(std::string_view bytes);

  ControlAnswer& answer_;
  BodySink sink_;
  std::string head_{};
  bool is_chunked_ = false;
  Chunks chunks_{};
};

bool Answering::take(std::string_view bytes) {
  if (has_head()) return take_body(bytes);
  head_.append(bytes);
  return take_head();
}

bool Answering::take_head() {
  std::size_t end = head_.find("\r\n\r\n");
  if (end == head_.npos) return head_.size() <= kMaxHeadBytes;
  HttpAnswer head = read_http_answer(head_);
  if (head.state != HttpAnswer::State::complete) return false;
  answer_.status = head.code;
  std::string fields = head_.substr(0, end);
  for (char& c : fields) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  is_chunked_ = fields.find("\r\ntransfer-encoding: chunked") != fields.npos;
  return take_body(std::string_view{head_}.substr(end + 4));
}

bool Answering::take_body(std::string_view bytes) {
  if (!is_chunked_) return deliver(bytes);
  std::string part;
  Chunks::State state = chunks_.take(bytes, part);
  if (state == Chunks::State::malformed) answer_.is_whole = false;
  return deliver(part) && state == Chunks::State::more;
}

bool Answering::deliver(std::string_view bytes) {
  if (sink_.take != nullptr) return bytes.empty() || sink_.take(sink_.context, answer_.status, bytes);
  answer_.is_whole = answer_.body.size() + bytes.size() <= kMaxBodyBytes;
  if (answer_.is_whole) answer_.body.append(bytes);
  return answer_.is_whole;
}

bool is_socket(const std::string& path) {
  struct stat file {};
  return ::stat(path.c_str(), &file) == 0 && S_ISSOCK(file.st_mode);
}

/// Waits for something to read. Returns false when time is over, also if there is always something: whoever reads
/// slowly what is printed of it does not get more time.
bool wait_readable(int socket, Deadline deadline) {
  for (;;) {
    auto left = time_left(deadline);
    if (left == Millis{0}) return false;
    int timeout_ms = left ? static_cast<int>(std::min<Millis::rep>(left->count(), INT_MAX)) : -1;
    pollfd readable{socket, POLLIN, 0};
    if (::poll(&readable, 1, timeout_ms) > 0) return true;
  }
}

}  // namespace

Result<ControlConnection, NoAnswer> begin_asking(const std::vector<std::string>& places, HttpMethod method,
                                                 std::string_view target, Deadline deadline) {
  std::string tried;
  const char* remedy = "is this the container where onit runs services? (--socket PATH, $ONIT_SOCKET)";
  for (const std::string& place : places) {
    auto connected = connect_to(place, deadline);
    bool is_shared = places.size() > 1 && place == std::string_view{kSharedControlPlace};
    if (connected.ok() && is_shared && !is_believed(connected.value().user)) {
      tried += filled("; %: user % listens there, who is neither root nor the user of process 1", place,
                      connected.value().user);
      continue;
    }
    if (connected.ok()) {
      std::string request =
          filled("% % HTTP/1.1\r\nHost: onit\r\n\r\n", method == HttpMethod::post ? "POST" : "GET", target);
      // Only names make it long.
      if (request.size() > kMaxRequestBytes) {
        return NoAnswer{
            filled("so many names do not fit into one request, which has at most % bytes", kMaxRequestBytes)};
      }
      // Whoever does not want to read it may still say why.
      ::send(connected.value().socket.get(), request.data(), request.size(), MSG_NOSIGNAL);
      return std::move(connected.value());
    }
    if (connected.error().code == EAGAIN) return late(place);
    if (connected.error().code == EACCES && is_socket(place))
      remedy = "only root and the user that onit runs as may ask it";
    tried.append(concat(tried.empty() ? "" : "; ", place, ": ", std::strerror(connected.error().code)));
  }
  return NoAnswer{filled("no onit answers: %: %", tried, remedy)};
}

Result<ControlAnswer, NoAnswer> take_answer(ControlConnection connection, Deadline deadline, BodySink sink) {
  ControlAnswer answer;
  answer.place = std::move(connection.place);
  answer.server = connection.server;
  Answering answering(answer, sink);
  int socket = connection.socket.get();
  char bytes[kReadBytes];
  for (;;) {
    if (!wait_readable(socket, deadline)) {
      if (!answering.has_head()) return late(answer.place);
      return NoAnswer{filled("the answer from % has not ended", answer.place), true};
    }
    ssize_t count = ::recv(socket, bytes, sizeof bytes, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) answering.end();
    if (count <= 0 || !answering.take({bytes, static_cast<std::size_t>(count)})) break;
  }
  if (!answering.has_head())
    return NoAnswer{filled("onit has ended the connection to % without an answer", answer.place)};
  return answer;
}

Result<ControlAnswer, NoAnswer> ask_onit(const std::vector<std::string>& places, HttpMethod method,
                                         std::string_view target, std::optional<Millis> timeout, BodySink sink) {
  Deadline deadline;
  if (timeout) deadline = monotonic_now() + *timeout;
  auto connection = begin_asking(places, method, target, deadline);
  if (!connection.ok()) return connection.error();
  return take_answer(std::move(connection.value()), deadline, sink);
}

}  // namespace onit
