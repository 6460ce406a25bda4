#include "app/prober.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "app/source.hpp"
#include "base/host_port.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"
#include "control/http_response.hpp"
#include "os/file.hpp"
#include "os/socket.hpp"

namespace onit {
namespace {

/// One line of a terminal, with room for the longest reason behind a target that is shown in full.
constexpr std::size_t kMaxEvidence = 160;
constexpr std::size_t kMaxTargetShown = 80;
constexpr std::size_t kMaxReasonShown = 40;

/// What a server has sent already of what nobody is going to read. More is rare, and may as well be reset.
constexpr std::size_t kMaxDiscarded = 64 * 1024;

// What is success to the kubelet. Source: Kubernetes, "Configure Liveness, Readiness and Startup Probes".
constexpr int kLowestGoodCode = 200;
constexpr int kHighestGoodCode = 399;

constexpr std::string_view kNoAnswer = "no answer";

/// What is behind a scheme that everybody knows to be there.
std::string_view without_scheme(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  if (target.starts_with(kScheme)) target.remove_prefix(kScheme.size());
  return target;
}

/// The first `limit` bytes of foreign text, fit for a terminal.
std::string printable(std::string_view text, std::size_t limit) {
  bool is_cut = text.size() > limit;
  std::string shown{text.substr(0, limit)};
  for (char& c : shown) {
    if (is_control(c) || static_cast<unsigned char>(c) > '\x7f') c = '?';
  }
  return is_cut ? filled("%...", shown) : shown;
}

std::string request_for(const HttpUrl& url) {
  std::string request = "GET ";
  request.append(url.path).append(" HTTP/1.1\r\nHost: ").append(url.authority);
  return filled("%\r\nUser-Agent: onit\r\nAccept: */*\r\nConnection: close\r\n\r\n", request);
}

/// A connection that a look is made with. It is there only as long as the look goes on.
struct Connection {
  enum class State : std::uint8_t {
    connecting,
    awaiting_answer,  ///< the request is sent
  };

  Connection(Poller& watcher, std::uint64_t watched_as) : poller(watcher), tag(watched_as) {}
  ~Connection() { close(); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void close() {
    if (!socket.valid()) return;
    poller.forget(socket.get());
    socket.reset();
  }

  Poller& poller;
  std::uint64_t tag;
  State state = State::connecting;
  Fd socket;
  SocketAddresses addresses;
  std::size_t tried = 0;  ///< so many of them
  int first_error = 0;    ///< of those that were tried
  std::string request;    ///< empty: it is enough to be connected
  std::array<char, kMaxAnswerBytes> answer;
  std::size_t received = 0;
};

/// A look that was made, or is.
struct Look {
  std::string subject;  ///< such as "tcp 127.0.0.1:5432"
  std::string evidence;
  int failures = 0;          ///< in a row
  bool is_hindered = false;  ///< the last one could not begin
  std::unique_ptr<Connection> connection;
};

/// Ends a look.
bool conclude(Look& look, bool succeeded, std::string_view finding) {
  look.connection.reset();
  look.is_hindered = false;
  look.failures = succeeded ? 0 : look.failures + 1;
  look.evidence = filled("%: ", look.subject);
  look.evidence += finding.substr(0, kMaxEvidence - std::min(kMaxEvidence, look.evidence.size()));
  return succeeded;
}

bool fail(Look& look, int error) { return conclude(look, false, std::strerror(error)); }

/// Ends a look that could not begin, for lack of what onit needs for it.
bool hinder(Look& look, int error) {
  conclude(look, false, concat("cannot probe: ", std::strerror(error)));
  --look.failures;
  look.is_hindered = true;
  return false;
}

/// Begins to connect to the next address to which that is possible; the outcome if there is none.
std::optional<bool> connect_next(Look& look) {
  Connection& connection = *look.connection;
  connection.close();
  while (connection.tried < connection.addresses.count) {
    auto socket = begin_connect(connection.addresses.all[connection.tried++]);
    auto watched = socket.ok() ? connection.poller.watch(socket.value().get(), connection.tag, Interest::writable)
                               : Result<void>{socket.error()};
    if (watched.ok()) {
      connection.socket = std::move(socket.value());
      return std::nullopt;
    }
    if (is_shortage(watched.error().code)) return hinder(look, watched.error().code);
    if (connection.first_error == 0) connection.first_error = watched.error().code;
  }
  return fail(look, connection.first_error);
}

std::optional<bool> send_request(Look& look) {
  Connection& connection = *look.connection;
  // A request is shorter than the smallest send buffer (kMaxUrlPath), which is empty: all of it is taken, or none.
  ssize_t sent = ::send(connection.socket.get(), connection.request.data(), connection.request.size(),
                        MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) return fail(look, errno);
  if (static_cast<std::size_t>(sent) < connection.request.size()) return fail(look, ENOBUFS);
  connection.state = Connection::State::awaiting_answer;
  auto watched = connection.poller.change(connection.socket.get(), connection.tag, Interest::readable);
  if (!watched.ok()) return fail(look, watched.error().code);
  return std::nullopt;
}

std::optional<bool> on_connection_news(Look& look) {
  Connection& connection = *look.connection;
  auto state = connection_state(connection.socket.get());
  if (!state.ok()) {
    if (connection.first_error == 0) connection.first_error = state.error().code;
    return connect_next(look);
  }
  // The news may have been about the socket of a look that was given up meanwhile.
  if (state.value() == ConnectionState::connecting) return std::nullopt;
  if (connection.request.empty()) return conclude(look, true, "connected");
  return send_request(look);
}

std::optional<bool> on_answer(Look& look) {
  Connection& connection = *look.connection;
  std::size_t room = connection.answer.size() - connection.received;
  ssize_t got = ::recv(connection.socket.get(), connection.answer.data() + connection.received, room, MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (got < 0) return fail(look, errno);
  if (got == 0)
    return conclude(look, false, connection.received == 0 ? "closed without an answer" : "answer cut short");
  connection.received += static_cast<std::size_t>(got);

  HttpAnswer answer = read_http_answer({connection.answer.data(), connection.received});
  switch (answer.state) {
    case HttpAnswer::State::incomplete:
      return std::nullopt;
    case HttpAnswer::State::malformed:
      return conclude(look, false, "the answer is not HTTP/1");
    case HttpAnswer::State::complete:
      break;
  }
  // Some servers write a complaint into their log when the rest of a short answer is refused.
  discard_received(connection.socket.get(), kMaxDiscarded);
  std::string finding = std::to_string(answer.code);
  if (!answer.reason.empty()) finding += filled(" %", printable(answer.reason, kMaxReasonShown));
  return conclude(look, answer.code >= kLowestGoodCode && answer.code <= kHighestGoodCode, finding);
}

std::optional<bool> begin_to_connect(Look& look, Poller& poller, std::uint64_t tag, HostPort where,
                                     std::string request) {
  SocketAddresses addresses = find_addresses(where.host, where.port);
  // Names are in a file.
  int shortage = addresses.count == 0 ? find_open_error() : 0;
  if (is_shortage(shortage)) return hinder(look, shortage);
  if (addresses.count == 0)
    return conclude(look, false, "the host is not in /etc/hosts, and no other names are looked up");
  look.connection = std::make_unique<Connection>(poller, tag);
  look.connection->addresses = addresses;
  look.connection->request = std::move(request);
  return connect_next(look);
}

std::optional<bool> look_by_tcp(Look& look, Poller& poller, std::uint64_t tag, const std::string& target) {
  look.subject = filled("tcp %", printable(target, kMaxTargetShown));
  auto where = parse_host_port(target);
  if (!where) return conclude(look, false, "must be HOST:PORT");
  return begin_to_connect(look, poller, tag, *where, {});
}

std::optional<bool> look_by_http(Look& look, Poller& poller, std::uint64_t tag, const std::string& target) {
  look.subject = filled("http %", printable(without_scheme(target), kMaxTargetShown));
  auto url = parse_http_url(target);
  if (!url) return conclude(look, false, "must be http://HOST[:PORT][/PATH]");
  return begin_to_connect(look, poller, tag, url->server, request_for(*url));
}

bool look_for_file(Look& look, const std::string& path) {
  look.subject = filled("file %", printable(path, kMaxTargetShown));
  if (::access(path.c_str(), F_OK) != 0) return fail(look, errno);
  return conclude(look, true, "exists");
}

}  // namespace

/// The looks of each service that was ever looked at, and room for those before it.
struct Prober::Rest {
  using OfService = std::array<std::unique_ptr<Look>, 2>;  // a ProbeKind is the index

  Look* find(ServiceId service, std::size_t kind) const {
    return service < looks.size() && kind < std::tuple_size_v<OfService> ? looks[service][kind].get() : nullptr;
  }
  Look& make(ServiceId service, ProbeKind kind) {
    if (service >= looks.size()) looks.resize(service + 1);
    auto& slot = looks[service][static_cast<std::size_t>(kind)];
    if (!slot) slot = std::make_unique<Look>();
    return *slot;
  }

  Poller& poller;
  std::vector<OfService> looks;  // a ServiceId is the index
};

Prober::Prober(Poller& poller) : rest_(new Rest{poller, {}}) {}

Prober::~Prober() = default;

std::optional<bool> Prober::start(ServiceId service, ProbeKind kind, const ProbeSpec& probe) {
  Look& look = rest_->make(service, kind);
  look.connection.reset();

  std::uint64_t tag = poller_tag(Source::probe, service, static_cast<std::uint8_t>(kind));
  switch (probe.type) {
    case ProbeType::tcp:
      return look_by_tcp(look, rest_->poller, tag, probe.target);
    case ProbeType::http:
      return look_by_http(look, rest_->poller, tag, probe.target);
    case ProbeType::file:
      return look_for_file(look, probe.target);
    case ProbeType::exec:
    case ProbeType::log:
    case ProbeType::notify:
    case ProbeType::fd:
      break;
  }
  panic("a probe that the prober does not know");
}

std::optional<bool> Prober::on_ready(const PollerEvent& event) {
  Look* look = rest_->find(service_of(event.tag), detail_of(event.tag));
  if (!look || !look->connection) return std::nullopt;
  switch (look->connection->state) {
    case Connection::State::connecting:
      return on_connection_news(*look);
    case Connection::State::awaiting_answer:
      return on_answer(*look);
  }
  panic("a connection in no state");
}

void Prober::stop(ServiceId service, ProbeKind kind, bool is_overdue) {
  Look* look = rest_->find(service, static_cast<std::size_t>(kind));
  if (!look || !look->connection) return;
  look->connection.reset();
  if (is_overdue) conclude(*look, false, kNoAnswer);
}

void Prober::note(ServiceId service, ProbeKind kind, bool succeeded, std::string_view subject, std::string_view finding,
                  int error) {
  Look& look = rest_->make(service, kind);
  look.subject = printable(subject, kMaxTargetShown);
  is_shortage(error) ? hinder(look, error) : conclude(look, succeeded, printable(finding, kMaxEvidence));
}

bool Prober::is_hindered(ServiceId service, ProbeKind kind) const {
  const Look* look = rest_->find(service, static_cast<std::size_t>(kind));
  return look && look->is_hindered;
}

std::string_view Prober::evidence(ServiceId service, ProbeKind kind) const {
  const Look* look = rest_->find(service, static_cast<std::size_t>(kind));
  return look ? std::string_view{look->evidence} : std::string_view{};
}

int Prober::failures(ServiceId service, ProbeKind kind) const {
  const Look* look = rest_->find(service, static_cast<std::size_t>(kind));
  return look ? look->failures : 0;
}

void Prober::remove(ServiceId service) {
  if (service < rest_->looks.size()) rest_->looks[service] = {};
}

}  // namespace onit
