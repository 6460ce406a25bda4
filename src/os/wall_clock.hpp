#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "os/fd.hpp"
#include "os/time_zone.hpp"

namespace onit {

/// The time now. Source: clock_gettime(2), CLOCK_REALTIME.
WallTime wall_now();
/// ... in microseconds since 1970.
std::uint64_t wall_now_us();

/// A timer for a point on the wall clock, which follows the clock when somebody sets it. Source: timerfd_create(2).
class WallClock {
 public:
  enum class News : std::uint8_t {
    nothing,
    due,            ///< the time has come
    clock_changed,  ///< somebody has set the clock: what was computed from it is to be computed anew
  };

  /// Errors: those of timerfd_create(2).
  Result<void> open();

  int fd() const { return timer_.get(); }

  /// Readable from `time` on, at once if that is over, and when the clock is set. Replaces what was armed before.
  /// Returns false if the clock was set since the last read(): it is armed, but `time` is to be computed anew.
  [[nodiscard]] bool arm(WallTime time);
  void disarm();

  /// What has happened since the last call. Never waits.
  News read();

 private:
  Fd timer_;
};

}  // namespace onit
