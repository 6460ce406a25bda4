#include "app/services.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>

#include "app/service_driver.hpp"
#include "app/services_world.hpp"
#include "app/termination_log.hpp"
#include "base/text.hpp"
#include "core/exit_code.hpp"
#include "os/clock.hpp"
#include "os/inherited.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// A thousand services need a few thousand descriptors: onit takes what it may have, and its services get what it had.
void raise_descriptor_limit(std::vector<LimitSetting>& as_they_were) {
  rlimit limit{};
  if (::prlimit(0, RLIMIT_NOFILE, nullptr, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  const rlimit raised{limit.rlim_max, limit.rlim_max};
  if (::prlimit(0, RLIMIT_NOFILE, &raised, nullptr) == 0) as_they_were.push_back({RLIMIT_NOFILE, limit});
}

std::vector<ServicePolicy> policies_of(const ServicesSpec& spec) {
  std::vector<ServicePolicy> policies;
  for (const ServiceSpec& service : spec.services) policies.push_back(service.policy);
  return policies;
}

}  // namespace

int run_services(const Plan& plan, ServicesSpec spec, const SignalSet& inherited_mask, Reporter& reporter) {
  ServicesSetup setup{.plan = plan, .mask = inherited_mask};
  setup.ignore_child_exits = stop_ignoring_child_exits();
  raise_descriptor_limit(setup.own_limits);
  constexpr std::array kKept = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
  close_inherited_descriptors(kKept);

  spec.policy.seed = static_cast<std::uint64_t>(::getpid()) * 1'000'003 +
                     static_cast<std::uint64_t>(monotonic_now().time_since_epoch().count());
  Supervisor supervisor(spec.policy, policies_of(spec));
  ServicesWorld world(setup, std::move(spec), reporter);
  // Through the same buffer as the output of services: no line is torn by another.
  reporter.redirect(
      {[](void* logs, int fd, std::string_view line) { static_cast<LogPump*>(logs)->say(fd, line); }, &world.logs()});
  auto opened = world.open();
  if (!opened.ok()) {
    reporter.redirect({});
    reporter.failure(opened.error().text);
    write_termination_log(opened.error().text);
    return kUsageExitCode;
  }
  world.show(supervisor);
  int exit_code = run_services(static_cast<ServiceWorld&>(world), supervisor);
  world.write_last_words();
  world.logs().end();
  std::uint64_t unwritten = world.logs().unwritten_lines();
  reporter.redirect({});
  if (unwritten > 0) {
    std::string text = filled("% lines of services are lost: nobody read them in time", unwritten);
    reporter.tell({.what = What::warning, .text = text});
  }
  exit_code = plan.policy.exit_code_map(exit_code);
  if (exit_code == 0 || world.epitaph().empty()) return exit_code;
  std::string epitaph = filled("exit code %: %", exit_code, world.epitaph());
  write_termination_log(epitaph);
  if (!world.has_said_why()) reporter.failure(epitaph);
  return exit_code;
}

}  // namespace onit
