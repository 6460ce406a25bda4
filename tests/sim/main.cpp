// Runs the core in simulated, seeded histories and judges every one of them.
// usage: sim_tests [--histories N] [--seed FIRST] [--trace SEED]

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "app/driver.hpp"
#include "sim/sim_world.hpp"

namespace onit::sim {
namespace {

// Seeds of histories that once broke a rule: always judged first.
constexpr std::uint64_t kOnceFailed[] = {144322, 5104447, 459060};

struct Totals {
  Exercised exercised{};
  std::uint64_t histories = 0;
  std::uint64_t events = 0;
};

/// Returns false, and says what happened, if a rule was broken.
bool judge_history(std::uint64_t seed, Totals& totals, bool trace) {
  Random random(seed);
  CommandPolicy policy = random_policy(random);
  SimWorld world(random, policy, totals.exercised, trace);
  int exit_code = run_command(world, policy);
  world.end(exit_code);
  ++totals.histories;
  totals.events += static_cast<std::uint64_t>(world.events());
  if (!world.violation()) return true;
  if (trace) return false;
  const auto& [rule, what] = *world.violation();
  std::printf("FAILED: %s\n  %s\n  see it with: sim_tests --trace %llu\n", rule_name(rule), what.c_str(),
              static_cast<unsigned long long>(seed));
  return false;
}

/// The closing line: a rule that was never put to the test has not passed.
int conclude(const Totals& totals, int failed) {
  int passed = 0;
  for (std::size_t i = 0; i < totals.exercised.size(); ++i) {
    if (totals.exercised[i] > 0) {
      ++passed;
      continue;
    }
    std::printf("FAILED: nothing has put this rule to the test: %s\n", rule_name(static_cast<Rule>(i)));
    ++failed;
  }
  passed -= failed > 0 && passed > 0 ? 1 : 0;
  std::printf("%llu histories, %llu events\n", static_cast<unsigned long long>(totals.histories),
              static_cast<unsigned long long>(totals.events));
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

int run(std::uint64_t first, std::uint64_t count) {
  Totals totals;
  for (std::uint64_t seed : kOnceFailed) {
    if (!judge_history(seed, totals, false)) return conclude(totals, 1);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!judge_history(first + i, totals, false)) return conclude(totals, 1);
  }
  return conclude(totals, 0);
}

}  // namespace
}  // namespace onit::sim

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = 100'000;
  for (int i = 1; i + 1 < argc; i += 2) {
    std::string_view name = argv[i];
    std::uint64_t value = std::strtoull(argv[i + 1], nullptr, 10);
    if (name == "--histories") count = value;
    if (name == "--seed") first = value;
    if (name == "--trace") {
      onit::sim::Totals totals;
      onit::sim::judge_history(value, totals, true);
      return 0;
    }
  }
  return onit::sim::run(first, count);
}
