#include "os/listener.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <utility>

namespace onit {
namespace {

/// An address of whichever family.
struct Address {
  union {
    sockaddr any;
    sockaddr_in ipv4;
    sockaddr_in6 ipv6;
    sockaddr_un local;
  };
  socklen_t length;
};

Address any_ipv4(std::uint16_t port) {
  Address address{};
  address.ipv4.sin_family = AF_INET;
  address.ipv4.sin_port = htons(port);
  address.length = sizeof address.ipv4;
  return address;
}

Address any_ipv6(std::uint16_t port) {
  Address address{};
  address.ipv6.sin6_family = AF_INET6;
  address.ipv6.sin6_port = htons(port);
  address.length = sizeof address.ipv6;
  return address;
}

std::optional<Address> literal(std::string_view host, std::uint16_t port) {
  std::string text{host};
  Address ipv4 = any_ipv4(port);
  if (::inet_pton(AF_INET, text.c_str(), &ipv4.ipv4.sin_addr) == 1) return ipv4;
  Address ipv6 = any_ipv6(port);
  if (::inet_pton(AF_INET6, text.c_str(), &ipv6.ipv6.sin6_addr) == 1) return ipv6;
  return std::nullopt;
}

/// `name` as it lies in the address: an abstract one begins with a zero.
std::optional<Address> local_address(std::string_view name) {
  Address address{};
  address.local.sun_family = AF_UNIX;
  if (name.empty() || name.size() >= sizeof address.local.sun_path) return std::nullopt;
  std::memcpy(address.local.sun_path, name.data(), name.size());
  // A path ends with a zero that is counted, an abstract name goes as far as the length says.
  std::size_t end = name.front() == '\0' ? 0 : 1;
  address.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + end);
  return address;
}

Result<Fd> open_socket(int family, int type) {
  Fd fd = above_stdio(Fd{::socket(family, type | SOCK_CLOEXEC, 0)});
  if (!fd.valid()) return errno_error("socket");
  return fd;
}

Result<void> bind_to(const Fd& fd, const Address& address) {
  if (::bind(fd.get(), &address.any, address.length) != 0) return errno_error("bind");
  return {};
}

Result<void> listen_on(const Fd& fd, ListenKind kind) {
  if (kind.type != SOCK_DGRAM && ::listen(fd.get(), kind.backlog) != 0) return errno_error("listen");
  return {};
}

Result<Fd> listen_at(const Address& address, ListenKind kind, bool ipv6_only) {
  auto fd = open_socket(address.any.sa_family, kind.type);
  if (!fd.ok()) return fd.error();
  const int yes = 1;
  const int only = ipv6_only ? 1 : 0;
  // For datagrams SO_REUSEADDR would let two of them share the port, and what comes goes to one of them.
  if (kind.type == SOCK_STREAM) ::setsockopt(fd.value().get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (address.any.sa_family == AF_INET6 &&
      ::setsockopt(fd.value().get(), IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only) != 0) {
    return errno_error("setsockopt");
  }
  auto done = bind_to(fd.value(), address);
  if (done.ok()) done = listen_on(fd.value(), kind);
  if (!done.ok()) return done.error();
  return fd;
}

/// Whether the file is a socket at which nobody listens: its owner has ended without removing it.
bool is_stale(const std::string& path, const Address& address, int type) {
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0 || !S_ISSOCK(file.st_mode)) return false;
  Fd probe{::socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  return probe.valid() && ::connect(probe.get(), &address.any, address.length) != 0 && errno == ECONNREFUSED;
}

/// With its mode from the start, so that nobody slips in who may not.
Result<void> bind_with_mode(const Fd& fd, const Address& address, std::optional<mode_t> mode) {
  if (!mode) return bind_to(fd, address);
  mode_t before = ::umask(~*mode & 0777);
  auto bound = bind_to(fd, address);
  ::umask(before);
  return bound;
}

}  // namespace

Listener::Listener(Listener&& other) noexcept
    : fd_(std::move(other.fd_)), path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

Listener& Listener::operator=(Listener&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::move(other.fd_);
  path_ = std::exchange(other.path_, {});
  device_ = other.device_;
  inode_ = other.inode_;
  return *this;
}

void Listener::close() {
  struct stat file {};
  bool is_ours =
      !path_.empty() && ::lstat(path_.c_str(), &file) == 0 && file.st_dev == device_ && file.st_ino == inode_;
  if (is_ours) ::unlink(path_.c_str());
  path_.clear();
  fd_.reset();
}

Result<Listener> Listener::at_port(std::string_view host, std::uint16_t port, ListenKind kind) {
  Listener made;
  if (!host.empty()) {
    auto address = literal(host, port);
    if (!address) return Error{"inet_pton", EINVAL};
    auto fd = listen_at(*address, kind, true);
    if (!fd.ok()) return fd.error();
    made.fd_ = std::move(fd.value());
    return made;
  }
  auto fd = listen_at(any_ipv6(port), kind, false);
  // Without IPv6 in the kernel, or where it is switched off.
  bool is_without_ipv6 = !fd.ok() && (fd.error().code == EAFNOSUPPORT || fd.error().code == EADDRNOTAVAIL);
  if (is_without_ipv6) fd = listen_at(any_ipv4(port), kind, false);
  if (!fd.ok()) return fd.error();
  made.fd_ = std::move(fd.value());
  return made;
}

Result<Listener> Listener::at_path(const std::string& path, ListenKind kind, const SocketFileRights& rights) {
  auto address = local_address(path);
  if (!address) return Error{"bind", ENAMETOOLONG};
  auto fd = open_socket(AF_UNIX, kind.type);
  if (!fd.ok()) return fd.error();
  auto done = bind_with_mode(fd.value(), *address, rights.mode);
  if (!done.ok() && done.error().code == EADDRINUSE && is_stale(path, *address, kind.type)) {
    ::unlink(path.c_str());
    done = bind_with_mode(fd.value(), *address, rights.mode);
  }
  if (!done.ok()) return done.error();

  Listener made;
  struct stat file {};
  if (::lstat(path.c_str(), &file) != 0) return errno_error("lstat");
  made.path_ = path;
  made.device_ = file.st_dev;
  made.inode_ = file.st_ino;
  made.fd_ = std::move(fd.value());
  constexpr auto kUnchanged = static_cast<uid_t>(-1);
  uid_t uid = rights.uid.value_or(kUnchanged);
  gid_t gid = rights.gid.value_or(kUnchanged);
  if ((rights.uid || rights.gid) && ::lchown(path.c_str(), uid, gid) != 0) return errno_error("chown");
  done = listen_on(made.fd_, kind);
  if (!done.ok()) return done.error();
  return made;
}

Result<Listener> Listener::at_abstract_name(std::string_view name, ListenKind kind) {
  std::string with_zero(1, '\0');
  with_zero.append(name);
  auto address = local_address(with_zero);
  if (!address || name.empty()) return Error{"bind", name.empty() ? EINVAL : ENAMETOOLONG};
  auto fd = listen_at(*address, kind, false);
  if (!fd.ok()) return fd.error();
  Listener made;
  made.fd_ = std::move(fd.value());
  return made;
}

}  // namespace onit
