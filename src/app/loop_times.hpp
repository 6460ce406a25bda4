#pragma once

#include <cstdint>

namespace onit {

/// How long turns of the loop took: from what woke it until it waits again.
struct LoopTimes {
  std::uint64_t began_us = 0;  ///< the first one, since 1970
  std::uint64_t turns = 0;
  std::uint64_t busy_us = 0;     ///< all together
  std::uint64_t longest_us = 0;  ///< the longest one
};

}  // namespace onit
