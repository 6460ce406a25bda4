#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "core/service_policy.hpp"

namespace onit {

/// Numbers for jitter: good enough to spread what would otherwise happen at once. Source: Steele, Lea and Flood, "Fast
/// splittable pseudorandom number generators", 2014 (splitmix64).
class Jitter {
 public:
  explicit Jitter(std::uint64_t seed) : state_(seed) {}
  /// A duration of 90 to 110 percent of this one.
  Millis spread(Millis duration);

 private:
  std::uint64_t state_;
};

/// How long a service rests before it is started again, and when it is not any more.
class BackOff {
 public:
  /// The delay before the next automatic restart: min(max, delay * 2^(n-1)) for the n-th since the service was last
  /// well, with jitter. Nothing if that would be more restarts within the window than are allowed.
  std::optional<Millis> next(const ServicePolicy& policy, Instant now, Jitter& jitter);

  /// The service is well: the next delay is the first again.
  void reset() { consecutive_ = 0; }
  /// The past is forgotten: somebody else has taken the decision to start it.
  void forget();

  /// The restarts since the service was last well.
  int consecutive() const { return consecutive_; }
  /// The restarts within the window, when next() was last called; 0 if there is no limit.
  int in_window() const { return static_cast<int>(recent_.size()); }

 private:
  int consecutive_ = 0;
  std::vector<Instant> recent_;  // as many as count for the window
};

}  // namespace onit
