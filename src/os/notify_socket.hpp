#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// One datagram of a service.
struct NotifyDatagram {
  std::string_view text;  ///< valid until the next call of receive(); empty if it was too long
  pid_t pid;              ///< who sent it, as the kernel says; 0: somebody outside of onit's pid namespace
  uid_t uid;
  Fd descriptor;  ///< if exactly one came along: the sender of a BARRIER=1 waits until it is closed, with this
};

/// Where a service sends what it has to say by sd_notify(3). The address is an abstract one, so no writable directory
/// is needed, and whatever user the service runs as can reach it. There are no permissions: anybody in the network
/// namespace can send, so the caller looks at the sender. A service in another network namespace cannot reach it.
/// Source: unix(7).
class NotifySocket {
 public:
  /// What a caller should take in one turn of its loop: a service that floods must not starve the others.
  static constexpr int kMostPerTurn = 16;

  /// Errors: those of getrandom(2), socket(2), setsockopt(2) and bind(2).
  Result<void> open();

  int fd() const { return socket_.get(); }
  /// For NOTIFY_SOCKET: `@onit/PID/RANDOM`.
  const std::string& address() const { return address_; }

  /// The next datagram; nothing if there is none. Descriptors that came with it are closed at once if there are
  /// several.
  std::optional<NotifyDatagram> receive();

 private:
  static constexpr std::size_t kMaxBytes = 4096;  // as systemd: PIPE_BUF

  Fd socket_;
  std::string address_;
  std::array<char, kMaxBytes + 1> buffer_;  // one more, for a final NUL
};

}  // namespace onit
