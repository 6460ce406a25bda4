#include "os/manager.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace onit {

Result<void> ManagerSocket::open(std::string_view address) {
  bool is_path = address.starts_with('/');
  bool is_abstract = address.starts_with('@');
  if (address.size() < 2 || (!is_path && !is_abstract)) return Error{"connect", EAFNOSUPPORT};
  // sun_path needs no NUL at its end if it is full.
  if (address.size() > kMaxAddressBytes) return Error{"connect", ENAMETOOLONG};
  Fd made = above_stdio(Fd{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)});
  if (!made.valid()) return errno_error("socket");
  std::copy(address.begin(), address.end(), address_);
  if (is_abstract) address_[0] = '\0';
  address_bytes_ = address.size();
  socket_ = std::move(made);
  return {};
}

Result<void> ManagerSocket::send(std::string_view lines) const {
  if (!socket_.valid()) return {};
  sockaddr_un name{};
  static_assert(sizeof name.sun_path == kMaxAddressBytes);
  name.sun_family = AF_UNIX;
  std::copy(address_, address_ + address_bytes_, name.sun_path);
  auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address_bytes_);
  // By address each time: the manager may have made its socket anew, as systemd does when it is executed again.
  if (::sendto(socket_.get(), lines.data(), lines.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&name), length) < 0) {
    return errno_error("sendto");
  }
  return {};
}

}  // namespace onit
