#include "core/back_off.hpp"

#include <algorithm>

namespace onit {

Millis Jitter::spread(Millis duration) {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  mixed ^= mixed >> 31;
  auto per_mille = static_cast<Millis::rep>(900 + mixed % 201);
  return duration * per_mille / 1000;
}

std::optional<Millis> BackOff::next(const ServicePolicy& policy, Instant now, Jitter& jitter) {
  std::erase_if(recent_, [&](Instant at) { return now - at >= policy.restart_window; });
  if (policy.max_restarts > 0) {
    if (recent_.size() >= static_cast<std::size_t>(policy.max_restarts)) return std::nullopt;
    recent_.push_back(now);
  }
  Millis delay = policy.restart_delay;
  for (int n = 0; n < consecutive_ && delay < policy.restart_max_delay; ++n) delay *= 2;
  ++consecutive_;
  return jitter.spread(std::min(delay, policy.restart_max_delay));
}

void BackOff::forget() {
  consecutive_ = 0;
  recent_ = {};
}

}  // namespace onit
