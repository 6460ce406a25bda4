#include "control/notify_message.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/utf8.hpp"

namespace onit {

using Watchdog = NotifyMessage::Watchdog;
using std::literals::operator""sv;

TEST_CASE("every line of a datagram counts, with or without a newline at the end") {
  NotifyMessage message = parse_notify_message("READY=1\nSTATUS=up\nMAINPID=42");
  CHECK(message.ready);
  CHECK(message.status == "up");
  CHECK(message.main_pid == 42);
  CHECK(parse_notify_message("STATUS=up\nREADY=1\n").ready);
}

TEST_CASE("a datagram says nothing that is not in it") {
  for (std::string_view text : {""sv, "\n\n"sv, "X=1"sv, "READY"sv, "=1"sv, "ready=1"sv, " READY=1"sv}) {
    CAPTURE(text);
    NotifyMessage message = parse_notify_message(text);
    CHECK_FALSE(message.ready);
    CHECK_FALSE(message.reloading);
    CHECK_FALSE(message.stopping);
    CHECK_FALSE(message.barrier);
    CHECK_FALSE(message.fd_store);
    CHECK(message.watchdog == Watchdog::none);
    CHECK_FALSE(message.status);
    CHECK_FALSE(message.main_pid);
    CHECK_FALSE(message.watchdog_interval);
    CHECK_FALSE(message.extend_timeout);
  }
}

TEST_CASE("READY, RELOADING, STOPPING and FDSTORE mean 1 and nothing else") {
  CHECK(parse_notify_message("RELOADING=1\nMONOTONIC_USEC=5").reloading);
  CHECK(parse_notify_message("STOPPING=1").stopping);
  CHECK(parse_notify_message("FDSTORE=1\nFDNAME=x").fd_store);
  CHECK(parse_notify_message("FDSTOREREMOVE=1\nFDNAME=x").fd_store);
  CHECK_FALSE(parse_notify_message("READY=0").ready);
  CHECK_FALSE(parse_notify_message("READY=").ready);
  CHECK_FALSE(parse_notify_message("STOPPING=11").stopping);
}

TEST_CASE("a watchdog is fed or triggered, and a trigger wins") {
  CHECK(parse_notify_message("WATCHDOG=1").watchdog == Watchdog::fed);
  CHECK(parse_notify_message("WATCHDOG=trigger").watchdog == Watchdog::trigger);
  CHECK(parse_notify_message("WATCHDOG=trigger\nWATCHDOG=1").watchdog == Watchdog::trigger);
  CHECK(parse_notify_message("WATCHDOG=2").watchdog == Watchdog::none);
}

TEST_CASE("malformed numbers and those out of range are ignored") {
  for (std::string_view text : {"MAINPID=0", "MAINPID=00", "MAINPID=-1", "MAINPID=1x", "MAINPID=", "MAINPID=2147483648",
                                "MAINPID= 1", "MAINPID=99999999999999999999"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_notify_message(text).main_pid);
  }
  CHECK(parse_notify_message("MAINPID=2147483647").main_pid == 2147483647);
  CHECK(parse_notify_message("ERRNO=2").error_number == 2);
  CHECK(parse_notify_message("ERRNO=4095").error_number == 4095);
  CHECK_FALSE(parse_notify_message("ERRNO=4096").error_number);
  CHECK(parse_notify_message("EXIT_STATUS=255").exit_status == 255);
  CHECK_FALSE(parse_notify_message("EXIT_STATUS=256").exit_status);
  CHECK(parse_notify_message("BUSERROR=org.freedesktop.DBus.Error.TimedOut").bus_error ==
        "org.freedesktop.DBus.Error.TimedOut");
}

TEST_CASE("of a key that comes twice the first good value counts") {
  CHECK(parse_notify_message("STATUS=a\nSTATUS=b").status == "a");
  CHECK(parse_notify_message("MAINPID=x\nMAINPID=2\nMAINPID=3").main_pid == 2);
}

TEST_CASE("microseconds are rounded up, so that a little is not nothing") {
  CHECK(parse_notify_message("WATCHDOG_USEC=0").watchdog_interval == Millis{0});
  CHECK(parse_notify_message("WATCHDOG_USEC=1").watchdog_interval == Millis{1});
  CHECK(parse_notify_message("WATCHDOG_USEC=1000").watchdog_interval == Millis{1});
  CHECK(parse_notify_message("EXTEND_TIMEOUT_USEC=1000001").extend_timeout == Millis{1001});
}

TEST_CASE("no time is longer than ten years") {
  constexpr Millis kTenYears = std::chrono::hours{24 * 366 * 10};
  CHECK(parse_notify_message("WATCHDOG_USEC=18446744073709551615").watchdog_interval == kTenYears);
  CHECK_FALSE(parse_notify_message("WATCHDOG_USEC=18446744073709551616").watchdog_interval);
}

TEST_CASE("a status is shown without what a terminal would obey") {
  CHECK(parse_notify_message("STATUS=\x1b[31mred\ttab\x7f").status == "?[31mred?tab?");
  CHECK(parse_notify_message("STATUS=\xc2\x9b"
                             "1m caf\xc3\xa9")
            .status == "?1m caf\xc3\xa9");
  CHECK(parse_notify_message("STATUS=\xff\xc3(\xe2\x82").status ==
        "?"
        "?(?"
        "?");
  CHECK(parse_notify_message("STATUS=").status == "");
  CHECK(parse_notify_message("STATUS=a=b").status == "a=b");
}

TEST_CASE("a long status is cut, not in the middle of a character") {
  CHECK(parse_notify_message("STATUS=" + std::string(1000, 'x')).status == std::string(kMaxNotifyTextBytes, 'x'));
  std::string odd = "x";
  for (int i = 0; i < 200; ++i) odd += "\xc3\xa9";
  CHECK(parse_notify_message("STATUS=" + odd).status->size() == kMaxNotifyTextBytes - 1);
}

TEST_CASE("a barrier is alone in its datagram") {
  CHECK(parse_notify_message("BARRIER=1").barrier);
  CHECK(parse_notify_message("BARRIER=1\n").barrier);
  CHECK_FALSE(parse_notify_message("BARRIER=1\nREADY=1").barrier);
  CHECK(parse_notify_message("BARRIER=1\nREADY=1").ready);
  CHECK_FALSE(parse_notify_message("BARRIER=2").barrier);
}

TEST_CASE("a NUL byte is allowed at the end only") {
  CHECK(parse_notify_message("READY=1\0"sv).ready);
  CHECK_FALSE(parse_notify_message("READY=1\0\0"sv).ready);
  CHECK_FALSE(parse_notify_message("READY=1\n\0STATUS=x"sv).ready);
}

}  // namespace onit
