#pragma once

#include <chrono>
#include <cstdint>

namespace onit {

/// When it is told that lines of a service are dropped, and how many were: at most once in so long, since a reader that
/// is a little too slow begins and ends it many times a second.
class DropNews {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kPause{10};

  /// Lines were dropped. Returns whether that is to be told.
  bool on_drop(std::uint64_t lines, Time now) {
    untold_ += lines;
    if (is_begun_ || now < next_) return false;
    is_begun_ = true;
    next_ = now + kPause;
    return true;
  }

  /// Some were dropped, and nobody has been told how many.
  bool has_untold() const { return untold_ > 0; }

  /// Lines go out. Returns how many were dropped since that was told last, if it is to be told now; otherwise 0.
  std::uint64_t on_passed(Time now) {
    if (!is_begun_ && now < next_) return 0;
    if (!is_begun_) next_ = now + kPause;
    is_begun_ = false;
    std::uint64_t lines = untold_;
    untold_ = 0;
    return lines;
  }

 private:
  std::uint64_t untold_ = 0;
  bool is_begun_ = false;  // that lines are dropped has been told, and not how many
  Time next_{};            // before that nothing new is told
};

}  // namespace onit
