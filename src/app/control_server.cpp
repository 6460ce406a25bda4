#include "app/control_server.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "app/control_server_client.hpp"
#include "app/source.hpp"
#include "control/http_status.hpp"
#include "os/clock.hpp"

namespace onit {
namespace {

/// Clients at once: a person, some scripts, and those who follow; and for the public port what probes and a few
/// collectors of metrics need.
constexpr std::size_t kMaxControlClients = 32;
constexpr std::size_t kMaxPublicClients = 16;

/// Fewer than there may be clients, so that who asks at once is heard before a flood of others takes the place.
constexpr int kAcceptsAtOnce = 4;

/// After a client could not be accepted. The poller would tell without end that one is there.
constexpr Millis kPause{1'000};

/// Whether somebody of the same machine may ask: root, and who onit is.
bool is_allowed(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  return peer.uid == 0 || peer.uid == ::geteuid();
}

struct Door {
  Listener listener;
  bool is_public;
};

}  // namespace

struct ControlServer::Rest {
  using Clients = std::vector<std::unique_ptr<ControlClient>>;
  using State = ControlClient::State;

  ControlClient* find(ClientId id) const;
  ControlClient* find_asking() const;
  bool make_room(bool is_public);
  void accept_from(std::size_t number, Instant now);
  void admit(Fd socket, bool is_public, Instant now);
  void set_open(bool open);
  std::size_t settle();

  Poller& poller;
  PageSource pages;
  std::vector<Door> doors;
  Clients clients;  // in the order in which they came
  ClientId next_id = 1;
  Deadline opens_again;  // nobody is accepted until then
};

ControlServer::ControlServer(Poller& poller, PageSource pages) : rest_(new Rest{poller, pages, {}, {}, 1, {}}) {}

ControlServer::~ControlServer() {
  rest_->clients.clear();
  for (const Door& door : rest_->doors) rest_->poller.forget(door.listener.descriptor());
}

Result<void> ControlServer::serve(Listener listener, bool is_public) {
  int fd = listener.descriptor();
  // A client that has left before it is accepted must not be waited for.
  int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) return errno_error("fcntl");
  std::uint64_t tag = poller_tag(Source::control_listener, rest_->doors.size());
  auto watched = rest_->poller.watch(fd, tag, Interest::readable);
  if (watched.ok()) rest_->doors.push_back({std::move(listener), is_public});
  return watched;
}

// --- Clients --------------------------------------------------------------------------------------------------------

ControlClient* ControlServer::Rest::find(ClientId id) const {
  for (const auto& client : clients) {
    if (client->id() == id) return client.get();
  }
  return nullptr;
}

ControlClient* ControlServer::Rest::find_asking() const {
  for (const auto& client : clients) {
    if (client->state() == State::asking) return client.get();
  }
  return nullptr;
}

/// Lets those go whose answer is out. Returns how many wait for something to happen.
std::size_t ControlServer::Rest::settle() {
  std::erase_if(clients, [](const auto& client) { return client->state() == State::over; });
  std::size_t waiting = 0;
  for (const auto& client : clients) {
    if (client->state() == State::waiting) ++waiting;
  }
  return waiting;
}

/// Sees to it that one more can be served: if there are too many, who has the least claim has to go, and of those the
/// oldest. On the public port anybody may have to, for probes have to get through.
bool ControlServer::Rest::make_room(bool is_public) {
  std::size_t count = 0;
  ControlClient* least = nullptr;
  for (const auto& client : clients) {
    if (client->is_public() != is_public || client->state() == State::over) continue;
    ++count;
    if (!least || client->claim() < least->claim()) least = client.get();
  }
  if (count < (is_public ? kMaxPublicClients : kMaxControlClients)) return true;
  if (least->claim() == ControlClient::Claim::best) return false;
  least->make_room();
  return true;
}

void ControlServer::Rest::admit(Fd socket, bool is_public, Instant now) {
  bool has_room = make_room(is_public);
  int refusal = is_public || is_allowed(socket.get()) ? 0 : kHttpForbidden;
  auto client = std::make_unique<ControlClient>(poller, std::move(socket), next_id++, is_public, refusal, now);
  client->receive(now);
  if (has_room) return clients.push_back(std::move(client));
  if (client->state() != State::over) client->refuse(kHttpServiceUnavailable);
}

void ControlServer::Rest::accept_from(std::size_t number, Instant now) {
  const Door& door = doors[number];
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    Fd socket{::accept4(door.listener.descriptor(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)};
    if (socket.valid()) socket = above_stdio(std::move(socket));
    if (socket.valid()) {
      admit(std::move(socket), door.is_public, now);
      continue;
    }
    bool is_exhausted = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
    // Whom a security module does not let in stays in the queue as well.
    if (!is_exhausted && errno != EPERM && errno != EACCES) return;
    opens_again = now + kPause;
    return set_open(false);
  }
}

void ControlServer::Rest::set_open(bool open) {
  for (std::size_t i = 0; i < doors.size(); ++i) {
    (void)poller.change(doors[i].listener.descriptor(), poller_tag(Source::control_listener, i),
                        open ? Interest::readable : Interest::none);
  }
}

// --- What happens ---------------------------------------------------------------------------------------------------

void ControlServer::on_ready(const PollerEvent& event) {
  Instant now = monotonic_now();
  std::uint64_t number = service_of(event.tag);
  if (source_of(event.tag) == Source::control_listener) {
    if (number < rest_->doors.size()) rest_->accept_from(number, now);
  } else if (ControlClient* client = rest_->find(number)) {
    switch (client->state()) {
      case ControlClient::State::receiving:
        client->receive(now);
        break;
      case ControlClient::State::sending:
        client->send(rest_->pages, now);
        break;
      case ControlClient::State::waiting:
        if (event.failed) client->leave();
        break;
      case ControlClient::State::asking:
      case ControlClient::State::over:
        break;
    }
  }
  followers_ = rest_->settle();
}

std::optional<ControlCall> ControlServer::next_call() {
  const ControlClient* client = rest_->find_asking();
  if (!client) return std::nullopt;
  return ControlCall{client->id(), client->request(), client->is_public()};
}

void ControlServer::answer(ClientId id, Reply reply) {
  if (ControlClient* client = rest_->find(id)) client->begin_answer(std::move(reply), rest_->pages, monotonic_now());
  followers_ = rest_->settle();
}

void ControlServer::on_happening() {
  Instant now = monotonic_now();
  for (const auto& client : rest_->clients) {
    if (client->state() == ControlClient::State::waiting) client->send(rest_->pages, now);
  }
  followers_ = rest_->settle();
}

Deadline ControlServer::deadline() const {
  Deadline first = rest_->opens_again;
  for (const auto& client : rest_->clients) first = earlier(first, client->deadline());
  return first;
}

void ControlServer::on_deadline(Instant now) {
  for (const auto& client : rest_->clients) {
    Deadline deadline = client->deadline();
    if (!deadline || *deadline > now) continue;
    if (client->state() == ControlClient::State::receiving) {
      client->refuse(kHttpRequestTimeout);
    } else {
      client->leave();
    }
  }
  if (rest_->opens_again && *rest_->opens_again <= now) {
    rest_->opens_again.reset();
    rest_->set_open(true);
  }
  followers_ = rest_->settle();
}

void ControlServer::close() {
  Instant now = monotonic_now();
  for (const auto& client : rest_->clients) client->close(rest_->pages, now);
  rest_->clients.clear();
  for (const Door& door : rest_->doors) rest_->poller.forget(door.listener.descriptor());
  rest_->doors.clear();
  followers_ = 0;
}

}  // namespace onit
