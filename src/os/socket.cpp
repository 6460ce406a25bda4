#include "os/socket.hpp"

#include <arpa/inet.h>
#include <strings.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "os/file.hpp"

namespace onit {
namespace {

/// The file is read while everybody waits; what engines write into it is far shorter.
constexpr std::size_t kMaxHostsBytes = 64 * 1024;

constexpr std::string_view kBlanks = " \t\r";

/// Cuts the next word off; empty at the end.
std::string_view take_word(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(kBlanks), line.size()));
  std::size_t end = std::min(line.find_first_of(kBlanks), line.size());
  std::string_view word = line.substr(0, end);
  line.remove_prefix(end);
  return word;
}

bool is_same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

void add(SocketAddresses& found, std::string_view host, std::uint16_t port) {
  if (found.count == found.all.size()) return;
  if (auto address = SocketAddress::from_text(host, port)) found.all[found.count++] = *address;
}

void add_from_line(SocketAddresses& found, std::string_view line, std::string_view host, std::uint16_t port) {
  line = line.substr(0, line.find('#'));
  std::string_view address = take_word(line);
  for (std::string_view name = take_word(line); !name.empty(); name = take_word(line)) {
    if (is_same_name(name, host)) return add(found, address, port);
  }
}

bool is_same_address(const sockaddr_in6& a, const sockaddr_in6& b, socklen_t length) {
  return std::memcmp(&a, &b, length) == 0;
}

}  // namespace

std::optional<SocketAddress> SocketAddress::from_text(std::string_view host, std::uint16_t port) {
  char copy[INET6_ADDRSTRLEN] = {};
  if (host.size() >= sizeof copy) return std::nullopt;
  host.copy(copy, host.size());

  SocketAddress address;
  in_addr ipv4{};
  if (::inet_pton(AF_INET, copy, &ipv4) == 1) {
    sockaddr_in short_form{};
    short_form.sin_family = AF_INET;
    short_form.sin_port = htons(port);
    short_form.sin_addr = ipv4;
    std::memcpy(&address.storage_, &short_form, sizeof short_form);
    return address;
  }
  if (::inet_pton(AF_INET6, copy, &address.storage_.sin6_addr) != 1) return std::nullopt;
  address.storage_.sin6_family = AF_INET6;
  address.storage_.sin6_port = htons(port);
  return address;
}

SocketAddresses find_addresses(std::string_view host, std::uint16_t port, const char* hosts) {
  SocketAddresses found;
  if (host.empty() || is_same_name(host, "localhost")) {
    add(found, "127.0.0.1", port);
    add(found, "::1", port);
    return found;
  }
  add(found, host, port);
  // A pipe in its place could make us wait.
  if (found.count > 0 || !is_regular_file(hosts)) return found;
  auto text = read_head(hosts, kMaxHostsBytes);
  if (!text.ok()) return found;
  std::string_view rest = text.value();
  while (!rest.empty()) {
    std::size_t end = std::min(rest.find('\n'), rest.size());
    add_from_line(found, rest.substr(0, end), host, port);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return found;
}

Result<Fd> begin_connect(const SocketAddress& address) {
  Fd socket = above_stdio(Fd{::socket(address.native()->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)});
  if (!socket.valid()) return errno_error("socket");
  if (::connect(socket.get(), address.native(), address.length()) != 0 && errno != EINPROGRESS) {
    return errno_error("connect");
  }
  return socket;
}

Result<ConnectionState> connection_state(int socket) {
  int error = 0;
  socklen_t error_size = sizeof error;
  if (::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &error_size) != 0) return errno_error("getsockopt");
  if (error != 0) return Error{"connect", error};

  sockaddr_in6 peer{};
  socklen_t peer_length = sizeof peer;
  if (::getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &peer_length) != 0) {
    if (errno == ENOTCONN) return ConnectionState::connecting;
    return errno_error("getpeername");
  }
  sockaddr_in6 self{};
  socklen_t self_length = sizeof self;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&self), &self_length) != 0) return errno_error("getsockname");
  if (self_length == peer_length && is_same_address(self, peer, self_length)) {
    linger reset_at_close{1, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &reset_at_close, sizeof reset_at_close);
    return Error{"connect", ECONNREFUSED};
  }
  return ConnectionState::connected;
}

void discard_received(int socket, std::size_t limit) { ::recv(socket, nullptr, limit, MSG_TRUNC | MSG_DONTWAIT); }

}  // namespace onit
