#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.hpp"
#include "base/utf8.hpp"
#include "control/notify_message.hpp"
#include "fuzz/checks.hpp"

// Any bytes as a datagram of sd_notify: whatever is taken from it is within its bounds.

namespace {

using namespace onit;

constexpr Millis kTenYears = std::chrono::hours{24 * 366 * 10};

void check_text(const std::optional<std::string>& text) {
  if (!text) return;
  require(text->size() <= kMaxNotifyTextBytes);
  std::string_view rest = *text;
  while (!rest.empty()) {
    std::size_t length = utf8_length(rest);
    require(length > 0 && !is_control(rest[0]));
    rest.remove_prefix(length);
  }
}

void check_number(const std::optional<int>& number, int minimum, int maximum) {
  require(!number || (*number >= minimum && *number <= maximum));
}

void check_time(const std::optional<Millis>& time) { require(!time || (*time >= Millis{0} && *time <= kTenYears)); }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view datagram{reinterpret_cast<const char*>(data), size};
  NotifyMessage message = parse_notify_message(datagram);
  check_text(message.status);
  check_text(message.bus_error);
  check_number(message.error_number, 0, 4095);
  check_number(message.exit_status, 0, 255);
  check_number(message.main_pid, 1, INT32_MAX);
  check_time(message.watchdog_interval);
  check_time(message.extend_timeout);
  require(!message.ready || datagram.find("READY=1") != std::string_view::npos);
  require(!message.barrier || (!message.ready && !message.status && datagram.starts_with("BARRIER=1")));

  // Lines that mean nothing change nothing.
  bool is_text = datagram.find('\0') == std::string_view::npos;
  NotifyMessage more = parse_notify_message("X_UNKNOWN=1\n" + std::string{datagram});
  require(!is_text || (more.ready == message.ready && more.stopping == message.stopping &&
                       more.status == message.status && more.main_pid == message.main_pid &&
                       more.watchdog == message.watchdog && more.watchdog_interval == message.watchdog_interval));
  return 0;
}
