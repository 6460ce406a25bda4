#include "os/wall_clock.hpp"

#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <ctime>

#include "base/panic.hpp"

namespace onit {
namespace {

/// Returns errno, or 0.
int set_timer(int fd, int flags, std::int64_t second) {
  itimerspec when{};
  when.it_value.tv_sec = static_cast<time_t>(second);
  return ::timerfd_settime(fd, flags, &when, nullptr) == 0 ? 0 : errno;
}

}  // namespace

WallTime wall_now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return WallTime{std::chrono::seconds{now.tv_sec}};
}

std::uint64_t wall_now_us() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

Result<void> WallClock::open() {
  timer_ = above_stdio(Fd{::timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK)});
  if (!timer_.valid()) return errno_error("timerfd_create");
  return {};
}

bool WallClock::arm(WallTime time) {
  std::int64_t second = std::max<std::int64_t>(time.time_since_epoch().count(), 1);  // 0 would disarm it
  int error = set_timer(timer_.get(), TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, second);
  // gVisor knows the first flag only; nobody can set its clock either.
  if (error == EINVAL) error = set_timer(timer_.get(), TFD_TIMER_ABSTIME, second);
  if (error != 0 && error != ECANCELED) panic("timerfd_settime failed");
  return error == 0;
}

void WallClock::disarm() { set_timer(timer_.get(), 0, 0); }

WallClock::News WallClock::read() {
  std::uint64_t expirations = 0;
  if (::read(timer_.get(), &expirations, sizeof expirations) == sizeof expirations) return News::due;
  return errno == ECANCELED ? News::clock_changed : News::nothing;
}

}  // namespace onit
