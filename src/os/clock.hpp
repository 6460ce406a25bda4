#pragma once

#include <ctime>

#include "base/time.hpp"

namespace onit {

/// The time now. Source: clock_gettime(2), CLOCK_MONOTONIC.
inline Instant monotonic_now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Instant{
      std::chrono::duration_cast<Millis>(std::chrono::seconds{now.tv_sec} + std::chrono::nanoseconds{now.tv_nsec})};
}

}  // namespace onit
