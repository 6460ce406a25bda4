#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// What kind of socket it is, and how many connections may wait to be accepted. A datagram socket has no connections.
struct ListenKind {
  int type;  ///< SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
  int backlog;
};

/// Who may use a socket that is a file.
struct SocketFileRights {
  std::optional<mode_t> mode;  ///< 0..0777; nothing: as the umask has it
  std::optional<uid_t> uid;    ///< nothing: who onit is
  std::optional<gid_t> gid;
};

/// A socket that takes what comes for an address. It is close-on-exec, outside of 0..2, and blocks, as programs that
/// are given one expect. A file that belongs to it is removed at the end, unless somebody else's has taken its place.
class Listener {
 public:
  Listener() = default;
  Listener(Listener&& other) noexcept;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener() { close(); }

  /// At an IPv4 or IPv6 address and a port. `host` is a literal; names are not looked up, for that could take long. An
  /// IPv6 address is for IPv6 alone, whatever the system's default, so that `0.0.0.0` can stand beside `::`; an empty
  /// host is every address of both. Stream sockets can be opened again while connections of the one before linger.
  /// Errors: EINVAL for a host that is no address; those of socket(2), bind(2) and listen(2).
  /// Source: ip(7), ipv6(7), SO_REUSEADDR of socket(7).
  static Result<Listener> at_port(std::string_view host, std::uint16_t port, ListenKind kind);

  /// At a path. A socket file that is there already is replaced if nobody listens at it. Errors: ENAMETOOLONG above 107
  /// bytes; those of socket(2), bind(2), listen(2) and chown(2). Source: unix(7).
  static Result<Listener> at_path(const std::string& path, ListenKind kind, const SocketFileRights& rights);

  /// At a name that is no file, in the network namespace. Errors: like at_path(). Source: unix(7), abstract.
  static Result<Listener> at_abstract_name(std::string_view name, ListenKind kind);

  int descriptor() const { return fd_.get(); }

 private:
  void close();

  Fd fd_;
  std::string path_;  ///< empty: there is no file
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace onit
