#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "app/driver.hpp"
#include "app/dry_run.hpp"
#include "app/launch.hpp"
#include "app/linux_world.hpp"
#include "app/reporter.hpp"
#include "cli/option_table.hpp"
#include "cli/options.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// Becomes the one that orphans are given to. PID 1 is that already. Source: prctl(2).
void become_reaper() {
  if (::getpid() != 1) ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/// Asks for a signal at the parent's death; if that came first, nobody will send it but we ourselves.
void ask_for_parent_death_signal(int signal) {
  pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0);
  if (::getppid() != parent) ::kill(::getpid(), signal);
}

int print(std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written <= 0) return kUsageExitCode;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

int run_plan(const Plan& plan, const SignalSet& inherited_mask, Reporter& reporter) {
  reporter.configure(plan.messages);
  PreparedLaunch launch;
  auto prepared = launch.prepare(plan.launch, environ);
  if (!prepared.ok()) {
    reporter.error(FMT_COMPILE("{}"), std::string_view{prepared.error().text});
    return kUsageExitCode;
  }
  if (plan.dry_run) return print(dry_run_text(plan, launch));

  become_reaper();
  if (plan.parent_death_signal != 0) ask_for_parent_death_signal(plan.parent_death_signal);
  launch.exec().mask = inherited_mask;
  launch.exec().ignore_child_exits = stop_ignoring_child_exits();
  LinuxWorld world(launch.exec(), reporter);
  int exit_code = run_command(world, plan.policy);
  world.die_as_command(exit_code);
  return exit_code;
}

int start(int argc, char** argv) {
  // First of all: from here on signals wait for us instead of acting.
  SignalSet inherited_mask = block_all_signals();
  Reporter reporter(Messages{});
  auto request = parse_command_line(argc, argv);
  if (!request.ok()) {
    reporter.error(FMT_COMPILE("{}"), std::string_view{request.error().text});
    return kUsageExitCode;
  }
  if (std::holds_alternative<ShowHelp>(request.value())) return print(help_text());
  if (std::holds_alternative<ShowVersion>(request.value())) return print(version_text());
  return run_plan(*std::get_if<Plan>(&request.value()), inherited_mask, reporter);
}

}  // namespace
}  // namespace onit

int main(int argc, char** argv) { ::_exit(onit::start(argc, argv)); }
