#pragma once

#include <string>

#include "base/time.hpp"

namespace onit {

/// A duration, in the unit that fits: "250 ms", "1.25 s", "3 min", "2 h", "4 d".
std::string duration_text(Millis duration);

}  // namespace onit
