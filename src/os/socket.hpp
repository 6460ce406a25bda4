#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// An address of IPv4 or IPv6, with its port.
class SocketAddress {
 public:
  /// Takes `127.0.0.1` or `::1` (inet_pton(3)); nothing for anything else, names included.
  static std::optional<SocketAddress> from_text(std::string_view host, std::uint16_t port);

  const sockaddr* native() const { return reinterpret_cast<const sockaddr*>(&storage_); }
  socklen_t length() const { return storage_.sin6_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6); }

 private:
  sockaddr_in6 storage_{};  // larger than sockaddr_in; the family is at the same place in both
};

/// More addresses of one name are not tried.
inline constexpr std::size_t kMaxAddresses = 4;

struct SocketAddresses {
  std::array<SocketAddress, kMaxAddresses> all;
  std::size_t count = 0;
};

/// The addresses of a host, as far as they can be found without asking anybody: of an address itself, of `localhost`
/// (or an empty host) 127.0.0.1 and ::1, of any other name those in `hosts`, which is read each time. None if there are
/// none. Source: hosts(5).
SocketAddresses find_addresses(std::string_view host, std::uint16_t port, const char* hosts = "/etc/hosts");

/// Begins to connect by TCP; what comes of it, connection_state() tells once the socket is writable.
/// Errors: those of socket(2) and connect(2), except EINPROGRESS.
Result<Fd> begin_connect(const SocketAddress& address);

enum class ConnectionState : std::uint8_t {
  connecting,
  connected,
};

/// What has come of begin_connect(). A socket that has connected to itself, as it may if nobody listens at a port from
/// the range of which it got its own (ip_local_port_range), counts as refused; when it is closed nothing of it remains
/// that would keep the port from whoever wants to listen there.
/// Errors: why there is no connection, as from connect(2).
Result<ConnectionState> connection_state(int socket);

/// Throws away what has been received and not been read, as far as there is not more of it than `limit` bytes, for a
/// close before that would reset the connection. Never waits. Source: tcp(7), MSG_TRUNC.
void discard_received(int socket, std::size_t limit);

}  // namespace onit
