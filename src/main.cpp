#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "app/driver.hpp"
#include "app/dry_run.hpp"
#include "app/import_file.hpp"
#include "app/launch.hpp"
#include "app/links.hpp"
#include "app/linux_world.hpp"
#include "app/reporter.hpp"
#include "app/services.hpp"
#include "app/services_dry_run.hpp"
#include "app/services_files.hpp"
#include "app/termination_log.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "cli/command_line.hpp"
#include "client/onitctl.hpp"
#include "client/output.hpp"
#include "config/services_schema.hpp"
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

/// Prints what was asked for. Returns the exit code: `good`, unless nobody can have it.
[[gnu::cold]] int print(std::string_view text, const Reporter& reporter, int good = 0) {
  if (print_all(STDOUT_FILENO, text)) return good;
  reporter.failure(concat("stdout: ", std::strerror(errno)));
  return kUsageExitCode;
}

int execute(const Plan& plan, const SignalSet& inherited_mask, Reporter& reporter) {
  reporter.configure(plan.messages);
  for (const char* warning : plan.warnings) reporter.tell({.what = What::warning, .text = warning});
  PreparedLaunch launch;
  auto prepared = launch.prepare(plan.launch, environ);
  for (const std::string& warning : launch.warnings()) reporter.tell({.what = What::warning, .text = warning});
  if (!prepared.ok()) {
    reporter.failure(prepared.error().text);
    return kUsageExitCode;
  }
  if (plan.dry_run) {
    set_signal_mask(inherited_mask);  // nothing to supervise: whoever reads slowly is waited for, or ended by a signal
    return print(dry_run_text(plan, launch), reporter);
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

[[gnu::cold]] int supervise(const Plan& plan, const SignalSet& inherited_mask, Reporter& reporter) {
  reporter.configure(plan.messages);
  ServicesRead read = load_services(plan, environ);
  if (read.problems.empty()) reporter.set_default_format(read.spec.message_format);
  for (const std::string& warning : read.warnings) reporter.tell({.what = What::warning, .text = warning});
  std::string all;
  for (const std::string& problem : read.problems) {
    reporter.failure(problem);
    all.append(problem).append("\n");
  }
  if (!read.problems.empty()) {
    if (!plan.dry_run) write_termination_log(all);
    return kUsageExitCode;
  }
  if (plan.dry_run) {
    set_signal_mask(inherited_mask);
    return print(services_dry_run_text(read.spec), reporter);
  }
  become_reaper();
  if (plan.parent_death_signal != 0) ask_for_parent_death_signal(plan.parent_death_signal);
  return run_services(plan, std::move(read.spec), inherited_mask, reporter);
}

[[gnu::cold]] int answer(const Answer& answer, const Reporter& reporter) {
  if (!answer.on_stderr) return print(answer.text, reporter, answer.exit_code);
  return print_all(STDERR_FILENO, answer.text) ? answer.exit_code : kUsageExitCode;
}

[[gnu::cold]] int lay(const Links& links, const Reporter& reporter) {
  auto laid = lay_links(links);
  if (laid.ok()) return 0;
  reporter.failure(laid.error().text);
  return kUsageExitCode;
}

[[gnu::cold]] int check(const FilesToCheck& files, const Reporter& reporter) {
  CheckReport report = check_files(files, environ);
  bool is_told = print(report.good, reporter) == 0 && print_all(STDERR_FILENO, report.bad);
  return is_told && report.problems == 0 ? 0 : kUsageExitCode;
}

[[gnu::cold]] int import(const FileToImport& file, const Reporter& reporter) {
  auto text = import_file(file);
  if (text.ok()) return print(text.value(), reporter);
  print_all(STDERR_FILENO, text.error().text);
  print_all(STDERR_FILENO, "\n");
  return kUsageExitCode;
}

/// What is asked for besides running something: whoever reads slowly is waited for, or ended by a signal.
[[gnu::cold]] int perform(const Request& request, const SignalSet& inherited_mask, const Reporter& reporter) {
  if (const auto* links = std::get_if<Links>(&request)) return lay(*links, reporter);
  set_signal_mask(inherited_mask);
  if (const auto* text = std::get_if<Answer>(&request)) return answer(*text, reporter);
  if (const auto* files = std::get_if<FilesToCheck>(&request)) return check(*files, reporter);
  if (const auto* command = std::get_if<ControlCommand>(&request)) return run_onitctl(*command, environ);
  if (const auto* file = std::get_if<FileToImport>(&request)) return import(*file, reporter);
  return print(services_schema(), reporter);
}

int start(int argc, char** argv) {
  // First of all: from here on signals wait for us instead of acting.
  SignalSet inherited_mask = block_all_signals();
  // Without one it would be abort(), which says nothing, and is no way out of PID 1.
  std::set_new_handler([] { panic("no memory left"); });
  Reporter reporter;
  char* more_options = take_variable(environ, "ONIT_OPTIONS");
  auto request = read_command_line({argc > 0 ? argv[0] : "onit", argc, argv, environ, ::getpid(), more_options});
  if (!request.ok()) {
    reporter.failure(request.error().text);
    return kUsageExitCode;
  }
  const auto* plan = std::get_if<Plan>(&request.value());
  if (plan == nullptr) return perform(request.value(), inherited_mask, reporter);
  return plan->services ? supervise(*plan, inherited_mask, reporter) : execute(*plan, inherited_mask, reporter);
}

}  // namespace
}  // namespace onit

int main(int argc, char** argv) { ::_exit(onit::start(argc, argv)); }
