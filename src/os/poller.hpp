#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "base/result.hpp"
#include "base/time.hpp"
#include "os/fd.hpp"

namespace onit {

/// What is waited for at a descriptor.
enum class Interest : std::uint8_t {
  none,  ///< nothing but that it fails or is hung up
  readable,
  writable,
};

/// A descriptor at which something has happened.
struct PollerEvent {
  std::uint64_t tag;  ///< what it was watched as
  bool readable;      ///< there is something to read, or its end
  bool writable;
  bool failed;  ///< an error, or nobody at the other end
};

/// Waits for many descriptors at once. Source: epoll(7), level-triggered.
class Poller {
 public:
  /// Errors: those of epoll_create1(2).
  Result<void> open();

  /// Errors: EPERM for a regular file, which is always ready; those of epoll_ctl(2).
  Result<void> watch(int fd, std::uint64_t tag, Interest interest);
  Result<void> change(int fd, std::uint64_t tag, Interest interest);
  /// To be called before the descriptor is closed, for it may live on in a child. A descriptor that is not watched is
  /// no error.
  void forget(int fd);

  /// What has happened; waits for it until `timeout` has passed (nothing: for ever). None at the timeout and, now and
  /// then, before it (EINTR). Valid until the next call.
  std::span<const PollerEvent> wait(std::optional<Millis> timeout);

 private:
  static constexpr std::size_t kAtOnce = 64;

  Fd epoll_;
  std::array<PollerEvent, kAtOnce> events_;
};

}  // namespace onit
