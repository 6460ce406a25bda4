#include "app/schedules.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>

#include <chrono>
#include <string>

namespace onit {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// 1 January 2026, noon, in UTC. The timer follows the machine's clock, which is behind or past all of it; the tests
/// read this one.
constexpr WallTime kNoon{seconds{1'767'268'800}};
WallTime test_time = kNoon;

WallTime read_test_time() { return test_time; }

bool becomes_readable(int fd, int timeout_ms) {
  pollfd state{fd, POLLIN, 0};
  return ::poll(&state, 1, timeout_ms) == 1;
}

constexpr int kHangMs = 30'000;

struct Clockwork {
  Clockwork() {
    test_time = kNoon;
    REQUIRE(schedules.open().ok());
  }
  void define(ServiceId service, const char* cron, const char* timezone = "") {
    auto defined = schedules.define(service, ScheduleSpec{cron, timezone});
    REQUIRE_MESSAGE(defined.ok(), defined.error().text);
  }
  /// Those who are due at a time, with blanks between them.
  std::string due_at(WallTime time) {
    test_time = time;
    schedules.on_ready();
    std::string services;
    while (auto service = schedules.next_due_service())
      services += (services.empty() ? "" : " ") + std::to_string(*service);
    return services;
  }

  Schedules schedules{read_test_time};
};

}  // namespace

TEST_CASE("services are due at their times, each once") {
  Clockwork clockwork;
  clockwork.define(3, "*/10 * * * *");
  clockwork.define(8, "20 * * * *");
  CHECK(clockwork.schedules.next_due_time(3) == kNoon + minutes{10});
  CHECK(clockwork.schedules.next_due_time(8) == kNoon + minutes{20});
  CHECK(clockwork.due_at(kNoon + minutes{9}) == "");
  CHECK(clockwork.due_at(kNoon + minutes{10}) == "3");
  CHECK(clockwork.due_at(kNoon + minutes{10}) == "");
  CHECK(clockwork.due_at(kNoon + minutes{20}) == "3 8");
  CHECK(clockwork.schedules.next_due_time(8) == kNoon + minutes{80});
}

TEST_CASE("a service's time is that of its zone") {
  Clockwork clockwork;
  clockwork.define(0, "0 2 * * *", "America/New_York");
  CHECK(clockwork.schedules.next_due_time(0) == kNoon + hours{19});
}

TEST_CASE("what was missed is due once") {
  Clockwork clockwork;
  clockwork.define(1, "* * * * *");
  clockwork.define(2, "0 13 * * *");
  clockwork.define(3, "0 12 1 2 *");
  CHECK(clockwork.due_at(kNoon + hours{24 * 7} + seconds{5}) == "1 2");
  CHECK(clockwork.due_at(kNoon + hours{24 * 7} + seconds{59}) == "");
  CHECK(clockwork.schedules.next_due_time(1) == kNoon + hours{24 * 7} + minutes{1});
}

TEST_CASE("a clock that is set back a little does not repeat what was due at a set hour") {
  Clockwork clockwork;
  clockwork.define(1, "5 12 * * *");
  clockwork.define(2, "5 * * * *");
  CHECK(clockwork.due_at(kNoon + minutes{5}) == "1 2");
  CHECK(clockwork.due_at(kNoon + minutes{1}) == "");
  CHECK(clockwork.schedules.next_due_time(1) == kNoon + hours{24} + minutes{5});
  CHECK(clockwork.schedules.next_due_time(2) == kNoon + minutes{5});
  CHECK(clockwork.due_at(kNoon + minutes{5}) == "2");
}

TEST_CASE("a clock that is set back by a second repeats nothing") {
  Clockwork clockwork;
  clockwork.define(1, "5 12 * * *");
  clockwork.define(2, "5 * * * *");
  CHECK(clockwork.due_at(kNoon + minutes{5}) == "1 2");
  CHECK(clockwork.due_at(kNoon + minutes{5} - seconds{1}) == "");
  CHECK(clockwork.due_at(kNoon + minutes{5}) == "");
  CHECK(clockwork.schedules.next_due_time(2) == kNoon + minutes{65});
}

TEST_CASE("a clock that was wrong by much and is put right counts from then on") {
  Clockwork clockwork;
  clockwork.define(1, "5 12 * * *");
  CHECK(clockwork.due_at(kNoon + hours{24 * 365}) == "1");
  CHECK(clockwork.due_at(kNoon) == "");
  CHECK(clockwork.schedules.next_due_time(1) == kNoon + minutes{5});
}

TEST_CASE("a service that is removed is not due any more, though its time had come") {
  Clockwork clockwork;
  clockwork.define(1, "* * * * *");
  clockwork.define(2, "* * * * *");
  test_time = kNoon + minutes{1};
  clockwork.schedules.on_ready();
  clockwork.schedules.remove(1);
  clockwork.schedules.remove(7);
  CHECK(clockwork.schedules.next_due_service() == 2);
  CHECK_FALSE(clockwork.schedules.next_due_service());
  CHECK_FALSE(clockwork.schedules.next_due_time(1));
}

TEST_CASE("another definition replaces the first, and a bad one changes nothing") {
  Clockwork clockwork;
  clockwork.define(1, "* * * * *");
  clockwork.define(1, "30 * * * *");
  CHECK(clockwork.schedules.next_due_time(1) == kNoon + minutes{30});
  auto bad_cron = clockwork.schedules.define(1, ScheduleSpec{"61 * * * *", ""});
  REQUIRE_FALSE(bad_cron.ok());
  CHECK(bad_cron.error().text == "minute: 61 is above 59");
  auto bad_zone = clockwork.schedules.define(1, ScheduleSpec{"* * * * *", "Europe/Atlantis"});
  REQUIRE_FALSE(bad_zone.ok());
  CHECK(bad_zone.error().text == "no time zone is called 'Europe/Atlantis'");
  CHECK(clockwork.schedules.next_due_time(1) == kNoon + minutes{30});
}

TEST_CASE("the one timer is set for the soonest, and for nothing without services") {
  Clockwork clockwork;
  test_time = WallTime{} + seconds{30};  // long past for the machine's clock
  clockwork.define(1, "* * * * *");
  CHECK(becomes_readable(clockwork.schedules.fd(), kHangMs));
  clockwork.schedules.remove(1);
  CHECK_FALSE(becomes_readable(clockwork.schedules.fd(), 0));
  test_time = wall_now() + hours{1};
  clockwork.define(2, "* * * * *");
  CHECK_FALSE(becomes_readable(clockwork.schedules.fd(), 0));
}

TEST_CASE("the timer is due when its time has come, and quiet before and after") {
  WallClock clock;
  REQUIRE(clock.open().ok());
  CHECK((::fcntl(clock.fd(), F_GETFD) & FD_CLOEXEC) != 0);
  CHECK(clock.read() == WallClock::News::nothing);
  REQUIRE(clock.arm(wall_now() + seconds{1}));
  CHECK(becomes_readable(clock.fd(), kHangMs));
  CHECK(clock.read() == WallClock::News::due);
  CHECK(clock.read() == WallClock::News::nothing);
  REQUIRE(clock.arm(WallTime{}));
  CHECK(becomes_readable(clock.fd(), kHangMs));
  REQUIRE(clock.arm(wall_now() + hours{1}));
  CHECK(clock.read() == WallClock::News::nothing);
}

}  // namespace onit
