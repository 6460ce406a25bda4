// Runs the core in simulated, seeded histories and judges every one of them.
// usage: sim_tests [--services] [--histories N] [--seed FIRST] [--trace SEED]
// --services: those of services, instead of those of one command.

#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "app/driver.hpp"
#include "app/service_driver.hpp"
#include "sim/services_world.hpp"
#include "sim/sim_world.hpp"

namespace onit::sim {
namespace {

// Seeds of histories that once broke a rule: always judged first.
constexpr std::uint64_t kOnceFailed[] = {144322, 5104447, 459060};
constexpr std::uint64_t kServicesOnceFailed[] = {1733011, 1789513, 1904407};

// A history takes a fraction of a millisecond of computing. One that goes on between two ticks of a second has come to
// a loop without an event, where no rule can see it.
constexpr int kTickSeconds = 1;
std::atomic<std::uint64_t> seed_now{0};

void on_tick(int) {
  static std::uint64_t seed_before = 0;
  std::uint64_t seed = seed_now;
  if (seed != seed_before || seed == 0) {
    seed_before = seed;
    return;
  }
  char text[100];
  int length = std::snprintf(text, sizeof text, "FAILED: it computes for ever: --trace %llu\n0 passed, 1 failed\n",
                             static_cast<unsigned long long>(seed));
  (void)!write(STDOUT_FILENO, text, static_cast<std::size_t>(length));
  _exit(1);
}

/// It counts computing time only: whoever else uses the machine does not matter.
void watch_for_loops() {
  std::signal(SIGVTALRM, on_tick);
  itimerval tick{{kTickSeconds, 0}, {kTickSeconds, 0}};
  setitimer(ITIMER_VIRTUAL, &tick, nullptr);
}

template <class Rule, class Counts>
struct Totals {
  Counts exercised{};
  std::uint64_t histories = 0;
  std::uint64_t events = 0;
  std::uint64_t seed = 0;
};

using CommandTotals = Totals<Rule, Exercised>;
using ServicesTotals = Totals<ServiceRule, ServicesExercised>;

/// The closing line: a rule that was never put to the test has not passed.
template <class Rule, class Counts>
int conclude(const Totals<Rule, Counts>& totals, int failed) {
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

template <class Rule>
void tell_failure(Rule rule, const std::string& what, const char* mode, std::uint64_t seed) {
  std::printf("FAILED: %s\n  %s\n  see it with: sim_tests%s --trace %llu\n", rule_name(rule), what.c_str(), mode,
              static_cast<unsigned long long>(seed));
}

/// Returns false, and says what happened, if a rule was broken.
bool judge_history(std::uint64_t seed, CommandTotals& totals, bool trace) {
  seed_now = seed;
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
  tell_failure(rule, what, "", seed);
  return false;
}

/// A supervisor does not end because its history is over: the program does.
[[noreturn]] void fail_services(void* context, ServiceRule rule, const std::string& what) {
  const auto& totals = *static_cast<const ServicesTotals*>(context);
  tell_failure(rule, what, " --services", totals.seed);
  std::exit(conclude(totals, 1));
}

/// Does not return if a rule was broken.
void judge_services(std::uint64_t seed, ServicesTotals& totals, bool trace) {
  seed_now = seed;
  Random random(seed);
  totals.seed = seed;
  Services services = random_services(random);
  Supervisor supervisor(services.policy, services.services);
  ServicesWorld world(random, services, supervisor, totals.exercised, trace, fail_services, &totals);
  int exit_code = run_services(world, supervisor);
  world.end(exit_code);
  ++totals.histories;
  totals.events += static_cast<std::uint64_t>(world.events());
}

int run(std::uint64_t first, std::uint64_t count) {
  CommandTotals totals;
  for (std::uint64_t seed : kOnceFailed) {
    if (!judge_history(seed, totals, false)) return conclude(totals, 1);
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!judge_history(first + i, totals, false)) return conclude(totals, 1);
  }
  return conclude(totals, 0);
}

int run_services_histories(std::uint64_t first, std::uint64_t count) {
  ServicesTotals totals;
  for (std::uint64_t seed : kServicesOnceFailed) judge_services(seed, totals, false);
  for (std::uint64_t i = 0; i < count; ++i) judge_services(first + i, totals, false);
  return conclude(totals, 0);
}

int trace(std::uint64_t seed, bool services) {
  if (services) {
    ServicesTotals totals;
    judge_services(seed, totals, true);
  } else {
    CommandTotals totals;
    judge_history(seed, totals, true);
  }
  return 0;
}

}  // namespace
}  // namespace onit::sim

int main(int argc, char** argv) {
  std::uint64_t first = 1;
  std::uint64_t count = 100'000;
  bool services = false;
  onit::sim::watch_for_loops();
  for (int i = 1; i < argc; ++i) {
    std::string_view name = argv[i];
    if (name == "--services") {
      services = true;
      continue;
    }
    if (++i == argc) break;
    std::uint64_t value = std::strtoull(argv[i], nullptr, 10);
    if (name == "--histories") count = value;
    if (name == "--seed") first = value;
    if (name == "--trace") return onit::sim::trace(value, services);
  }
  return services ? onit::sim::run_services_histories(first, count) : onit::sim::run(first, count);
}
