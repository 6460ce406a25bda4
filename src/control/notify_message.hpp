#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"

namespace onit {

/// What is kept of a text that a service says about itself: enough for a line of a status.
inline constexpr std::size_t kMaxNotifyTextBytes = 256;

/// What one datagram of a service says. What it does not mention is false, none or empty.
struct NotifyMessage {
  enum class Watchdog : std::uint8_t {
    none,
    fed,      ///< WATCHDOG=1
    trigger,  ///< WATCHDOG=trigger, which wins
  };

  bool ready = false;
  bool reloading = false;
  bool stopping = false;
  bool barrier = false;   ///< BARRIER=1, and nothing else in the datagram
  bool fd_store = false;  ///< FDSTORE=1 or FDSTOREREMOVE=1: onit keeps no descriptors
  Watchdog watchdog = Watchdog::none;
  std::optional<std::string> status;        ///< well-formed UTF-8 on one line, without control characters; may be empty
  std::optional<std::string> bus_error;     ///< the same
  std::optional<int> error_number;          ///< ERRNO, 0..4095
  std::optional<int> exit_status;           ///< 0..255
  std::optional<int> main_pid;              ///< above 0; whether it descends from the service is for the caller to see
  std::optional<Millis> watchdog_interval;  ///< 0: no watchdog
  std::optional<Millis> extend_timeout;
};

/// Reads a datagram of lines `KEY=VALUE`. Unknown keys and malformed values are ignored; of a key that comes twice the
/// first good value counts. A datagram with a NUL byte, but for one at its end, says nothing. Microseconds are rounded
/// up to milliseconds, and ten years stand for everything longer. Source: sd_notify(3); systemd, src/core/manager.c and
/// service.c.
NotifyMessage parse_notify_message(std::string_view datagram);

}  // namespace onit
