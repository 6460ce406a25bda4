#pragma once

#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// The socket of whoever manages onit itself (podman, systemd), as its NOTIFY_SOCKET names it. Sending never waits.
/// Source: sd_notify(3).
class ManagerSocket {
 public:
  /// `address` is a path, or @NAME for an abstract socket. The manager need not be there yet.
  /// Errors: EAFNOSUPPORT for any other kind of address (vsock); ENAMETOOLONG; those of socket(2).
  Result<void> open(std::string_view address);

  bool is_open() const { return socket_.valid(); }

  /// Lines of KEY=VALUE, such as `READY=1\nSTATUS=up`; a status must have no newline in it.
  /// Errors: EAGAIN if the manager has too much to read: what matters is to be sent again later; those of sendto(2).
  /// Without a socket nothing is sent, and that is no error.
  Result<void> send(std::string_view lines) const;

 private:
  static constexpr std::size_t kMaxAddressBytes = 108;  // of sun_path, unix(7)

  Fd socket_;
  char address_[kMaxAddressBytes]{};
  std::size_t address_bytes_ = 0;
};

}  // namespace onit
