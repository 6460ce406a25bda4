#include "control/notify_message.hpp"

#include <algorithm>
#include <climits>

#include "base/parse.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

constexpr std::uint64_t kMaxErrorNumber = 4095;  // the kernel's MAX_ERRNO
constexpr std::uint64_t kMaxExitStatus = 255;
constexpr std::uint64_t kMaxMillis = std::uint64_t{24} * 366 * 10 * 3'600'000;

void keep_first(std::optional<std::string>& kept, std::string_view value) {
  if (!kept) kept = shown_text(value, kMaxNotifyTextBytes);
}

void keep_first(std::optional<int>& kept, std::string_view value, std::uint64_t maximum) {
  auto number = parse_number(value, maximum);
  if (!kept && number) kept = static_cast<int>(*number);
}

void keep_first(std::optional<Millis>& kept, std::string_view microseconds) {
  auto number = parse_number(microseconds, UINT64_MAX);
  if (kept || !number) return;
  std::uint64_t millis = *number / 1000 + (*number % 1000 != 0 ? 1 : 0);
  kept = Millis{static_cast<std::int64_t>(std::min(millis, kMaxMillis))};
}

void take(std::string_view key, std::string_view value, NotifyMessage& message) {
  bool is_one = value == "1";
  if (key == "READY") {
    message.ready |= is_one;
  } else if (key == "RELOADING") {
    message.reloading |= is_one;
  } else if (key == "STOPPING") {
    message.stopping |= is_one;
  } else if (key == "STATUS") {
    keep_first(message.status, value);
  } else if (key == "BUSERROR") {
    keep_first(message.bus_error, value);
  } else if (key == "ERRNO") {
    keep_first(message.error_number, value, kMaxErrorNumber);
  } else if (key == "EXIT_STATUS") {
    keep_first(message.exit_status, value, kMaxExitStatus);
  } else if (key == "MAINPID") {
    if (parse_number(value, INT_MAX) != 0U) keep_first(message.main_pid, value, INT_MAX);
  } else if (key == "WATCHDOG") {
    if (value == "trigger") message.watchdog = NotifyMessage::Watchdog::trigger;
    if (is_one) message.watchdog = std::max(message.watchdog, NotifyMessage::Watchdog::fed);
  } else if (key == "WATCHDOG_USEC") {
    keep_first(message.watchdog_interval, value);
  } else if (key == "EXTEND_TIMEOUT_USEC") {
    keep_first(message.extend_timeout, value);
  } else if (key == "FDSTORE" || key == "FDSTOREREMOVE") {
    message.fd_store |= is_one;
  }
}

}  // namespace

NotifyMessage parse_notify_message(std::string_view datagram) {
  NotifyMessage message;
  if (datagram.ends_with('\0')) datagram.remove_suffix(1);
  if (datagram.find('\0') != std::string_view::npos) return message;
  message.barrier = datagram == "BARRIER=1" || datagram == "BARRIER=1\n";
  while (!datagram.empty()) {
    std::string_view line = take_until(datagram, '\n');
    std::size_t equals = line.find('=');
    if (equals != std::string_view::npos) take(line.substr(0, equals), line.substr(equals + 1), message);
  }
  return message;
}

}  // namespace onit
