#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>

#include "app/driver.hpp"
#include "app/dry_run.hpp"
#include "app/launch.hpp"
#include "app/links.hpp"
#include "app/linux_world.hpp"
#include "app/reporter.hpp"
#include "base/variable.hpp"
#include "cli/command_line.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// Becomes the one that orphans are given to. PID 1 is that already. Source: prctl(2).
void become_reaper() {
  if (::getpid() != 1) ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

bool is_reaper() {
  int is_subreaper = 0;
  ::prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper, 0, 0, 0);
  return is_subreaper != 0 || ::getpid() == 1;
}

/// Asks for a signal at the parent's death; if that came first, nobody will send it but we ourselves.
void ask_for_parent_death_signal(int signal) {
  pid_t parent = ::getppid();
  ::prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0);
  if (::getppid() != parent) ::kill(::getpid(), signal);
}

/// Takes all entries of a variable out of the environment. Returns the value of the first; null if there was none.
char* take_variable(char** environment, std::string_view name) {
  char* value = nullptr;
  char** to = environment;
  for (char** from = environment; *from != nullptr; ++from) {
    bool is_it = is_entry_of(*from, name);
    if (!is_it) *to++ = *from;
    if (is_it && value == nullptr) value = *from + name.size() + 1;
  }
  *to = nullptr;
  return value;
}

bool print(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(fd, text.data(), text.size());
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

int execute(const Plan& plan, const SignalSet& inherited_mask, Reporter& reporter) {
  reporter.configure(plan.messages);
  for (const char* warning : plan.warnings) reporter.tell({.what = What::warning, .text = warning});
  PreparedLaunch launch;
  auto prepared = launch.prepare(plan.launch, environ);
  if (!prepared.ok()) {
    reporter.failure(prepared.error().text);
    return kUsageExitCode;
  }
  if (plan.dry_run) {
    set_signal_mask(inherited_mask);  // nothing to supervise: whoever reads slowly is waited for, or ended by a signal
    return print(STDOUT_FILENO, dry_run_text(plan, launch)) ? 0 : kUsageExitCode;
  }

  if (plan.adopts_orphans) {
    become_reaper();
  } else if (!is_reaper()) {
    reporter.tell({.what = What::cannot_adopt});
  }
  if (plan.parent_death_signal != 0) ask_for_parent_death_signal(plan.parent_death_signal);
  ExecPlan& exec = launch.exec();
  exec.mask = plan.launch.reset_signals ? SignalSet{} : inherited_mask;
  exec.ignore_child_exits = stop_ignoring_child_exits() && !plan.launch.reset_signals;
  LinuxWorld world(plan, exec, reporter);
  int exit_code = run_command(world, plan.policy);
  world.die_as_command(exit_code);
  return exit_code;
}

[[gnu::cold]] int answer(const Answer& answer) {
  return print(answer.on_stderr ? STDERR_FILENO : STDOUT_FILENO, answer.text) ? answer.exit_code : kUsageExitCode;
}

[[gnu::cold]] int lay(const Links& links, const Reporter& reporter) {
  auto laid = lay_links(links);
  if (laid.ok()) return 0;
  reporter.failure(laid.error().text);
  return kUsageExitCode;
}

int start(int argc, char** argv) {
  // First of all: from here on signals wait for us instead of acting.
  SignalSet inherited_mask = block_all_signals();
  Reporter reporter;
  char* more_options = take_variable(environ, "ONIT_OPTIONS");
  auto request = read_command_line({argc > 0 ? argv[0] : "onit", argc, argv, environ, ::getpid(), more_options});
  if (!request.ok()) {
    reporter.failure(request.error().text);
    return kUsageExitCode;
  }
  if (const auto* text = std::get_if<Answer>(&request.value())) {
    set_signal_mask(inherited_mask);
    return answer(*text);
  }
  if (const auto* links = std::get_if<Links>(&request.value())) return lay(*links, reporter);
  return execute(*std::get_if<Plan>(&request.value()), inherited_mask, reporter);
}

}  // namespace
}  // namespace onit

int main(int argc, char** argv) { ::_exit(onit::start(argc, argv)); }
