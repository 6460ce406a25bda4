#include "app/listeners.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "app/identity.hpp"
#include "base/host_port.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

constexpr char kUnnamed[] = "unknown";

/// The loop does not stand still for a pipe in place of /etc/passwd.
constexpr Millis kNoPatience{0};

struct OpenSocket {
  SocketSpec spec;
  Listener listener;
};

bool is_same_but_name(const SocketSpec& a, const SocketSpec& b) {
  return a.listen == b.listen && a.kind == b.kind && a.mode == b.mode && a.owner == b.owner && a.backlog == b.backlog;
}

bool is_file(const SocketSpec& spec) {
  return !spec.listen.starts_with('@') && spec.listen.find('/') != std::string::npos;
}

/// Two of these cannot be open at once. Others of another kind are elsewhere: TCP and UDP have ports of their own.
bool is_same_place(const SocketSpec& a, const SocketSpec& b) {
  return a.listen == b.listen && (a.kind == b.kind || is_file(a));
}

bool is_declared(const SocketSpec& spec, std::span<const SocketSpec> sockets) {
  return std::ranges::any_of(sockets, [&](const SocketSpec& declared) { return is_same_but_name(declared, spec); });
}

int socket_type(SocketSpec::Kind kind) {
  switch (kind) {
    case SocketSpec::Kind::stream:
      return SOCK_STREAM;
    case SocketSpec::Kind::datagram:
      return SOCK_DGRAM;
    case SocketSpec::Kind::seqpacket:
      return SOCK_SEQPACKET;
  }
  return SOCK_STREAM;
}

std::string reason(const SocketSpec& spec, const Error& error) {
  std::string text = std::strerror(error.code);
  if (error.code == EINVAL && std::strcmp(error.call, "inet_pton") == 0) return "its host is no address; use a number";
  if (error.code == EACCES && std::strcmp(error.call, "bind") == 0 && spec.listen.find('/') == std::string::npos) {
    return filled("%; a port below 1024 needs capability NET_BIND_SERVICE", text);
  }
  if (std::strcmp(error.call, "chown") == 0) return filled("owner: %", text);
  return text;
}

Result<Listener, Complaint> finish(Result<Listener> opened, const SocketSpec& spec) {
  if (!opened.ok()) return Complaint{reason(spec, opened.error())};
  return std::move(opened.value());
}

Result<Listener, Complaint> open_file(const SocketSpec& spec, ListenKind kind) {
  SocketFileRights rights{spec.mode, {}, {}};
  if (!spec.owner.empty()) {
    SettingNames names = kKeyNames;
    names.user = "owner";
    auto owner = look_up_identity(spec.owner, {}, names, kNoPatience);
    if (!owner.ok()) return owner.error();
    rights.uid = owner.value().identity.uid;
    rights.gid = owner.value().identity.gid;
  }
  return finish(Listener::at_path(spec.listen, kind, rights), spec);
}

}  // namespace

Result<Listener, Complaint> open_listener(const SocketSpec& spec) {
  ListenKind kind{socket_type(spec.kind), spec.backlog};
  if (spec.listen.starts_with('@')) {
    return finish(Listener::at_abstract_name(std::string_view{spec.listen}.substr(1), kind), spec);
  }
  if (is_file(spec)) return open_file(spec, kind);
  auto address = parse_host_port(spec.listen);
  if (!address) return Complaint{"neither ADDRESS:PORT nor a path with a '/' nor @NAME"};
  if (spec.kind == SocketSpec::Kind::seqpacket) return Complaint{"seqpacket is only for a path or @NAME"};
  return finish(Listener::at_port(address->host, address->port, kind), spec);
}

struct Listeners::Set {
  std::vector<OpenSocket> open;
  std::vector<int> descriptors;
  std::string names;
};

Listeners::Listeners() = default;
Listeners::~Listeners() = default;

Result<void, Complaint> Listeners::define(ServiceId service, std::span<const SocketSpec> sockets) {
  if (sockets.empty()) {
    remove(service);
    return {};
  }
  Set& set = set_of(service);
  set.descriptors.clear();
  set.names.clear();

  // What is not wanted any more goes first: it may hold an address that is wanted in another way.
  std::erase_if(set.open, [&](const OpenSocket& old) { return !is_declared(old.spec, sockets); });
  for (const SocketSpec& spec : sockets) {
    auto is_it = [&](const OpenSocket& old) { return is_same_but_name(spec, old.spec); };
    auto place = std::ranges::find_if(set.open, is_it);
    if (place == set.open.end()) {
      auto opened = open_listener(spec);
      if (!opened.ok()) {
        set.descriptors.clear();
        set.names.clear();
        return Complaint{filled("sockets: %: %", quoted(spec.listen), opened.error().text)};
      }
      set.open.push_back({spec, std::move(opened.value())});
      place = set.open.end() - 1;
    }
    set.descriptors.push_back(place->listener.descriptor());
    if (!set.names.empty()) set.names.push_back(':');
    set.names.append(spec.name.empty() ? kUnnamed : spec.name);
  }
  return {};
}

void Listeners::hand_over(std::span<const std::span<const SocketSpec>> sockets) {
  for (ServiceId from = 0; from < sets_.size(); ++from) {
    std::size_t count = sets_[from] ? sets_[from]->open.size() : 0;
    for (std::size_t i = count; i-- > 0;) {
      if (is_declared(sets_[from]->open[i].spec, sockets[from])) continue;
      for (ServiceId to = 0; to < sockets.size(); ++to) {
        if (to != from && hand_over(from, i, to, sockets[to])) break;
      }
    }
  }
}

/// Returns whether the service `to` declares the socket; then `from` has it no longer.
bool Listeners::hand_over(ServiceId from, std::size_t place, ServiceId to, std::span<const SocketSpec> declared) {
  std::vector<OpenSocket>& open = sets_[from]->open;
  OpenSocket& socket = open[place];
  auto wanted =
      std::ranges::find_if(declared, [&](const SocketSpec& spec) { return is_same_place(spec, socket.spec); });
  if (wanted == declared.end()) return false;
  // Of what the old service still has a file can be replaced; of an address only the backlog can differ.
  bool is_replaced = is_file(*wanted) && !is_same_but_name(*wanted, socket.spec);
  if (!is_replaced) {
    if (wanted->backlog != socket.spec.backlog) (void)::listen(socket.listener.descriptor(), wanted->backlog);
    socket.spec.backlog = wanted->backlog;
    set_of(to).open.push_back(std::move(socket));
  }
  open.erase(open.begin() + static_cast<std::ptrdiff_t>(place));
  return true;
}

Listeners::Set& Listeners::set_of(ServiceId service) {
  if (service >= sets_.size()) sets_.resize(service + 1);
  if (!sets_[service]) sets_[service] = std::make_unique<Set>();
  return *sets_[service];
}

const Listeners::Set* Listeners::find(ServiceId service) const {
  return service < sets_.size() ? sets_[service].get() : nullptr;
}

std::span<const int> Listeners::descriptors(ServiceId service) const {
  const Set* set = find(service);
  return set ? std::span<const int>{set->descriptors} : std::span<const int>{};
}

std::string_view Listeners::names(ServiceId service) const {
  const Set* set = find(service);
  return set ? std::string_view{set->names} : std::string_view{};
}

void Listeners::remove(ServiceId service) {
  if (service < sets_.size()) sets_[service].reset();
}

}  // namespace onit
