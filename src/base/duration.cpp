#include "base/duration.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace onit {

std::string duration_text(Millis duration) {
  struct Unit {
    Millis below;
    Millis one;
    char text[6];
  };
  using namespace std::chrono_literals;
  static constexpr Unit kUnits[] = {{1s, 1ms, "% ms"}, {120s, 1s, "% s"}, {120min, 1min, "% min"}, {48h, 1h, "% h"}};
  duration = std::max(duration, Millis{0});
  bool is_exact = duration < 1s || duration >= 10s || duration % 1s == 0s;
  for (const Unit& unit : kUnits) {
    if (duration < unit.below && is_exact) return filled(unit.text, duration / unit.one);
  }
  if (is_exact) return filled("% d", duration / 24h);
  std::string hundredths = std::to_string(duration % 1s / 10ms);
  return filled("%.%% s", duration / 1s, hundredths.size() < 2 ? "0" : "", hundredths);
}

}  // namespace onit
