#include <unistd.h>

#include <csignal>
#include <cstring>
#include <string>

#include "app/linux_world.hpp"
#include "base/text.hpp"
#include "os/inherited.hpp"
#include "os/processes.hpp"
#include "os/signals.hpp"

// What the core asks for, done to real processes.

namespace onit {
namespace {

/// How many processes are named that had to be killed.
constexpr int kMostNamed = 5;

Result<void> send_signal(pid_t to, int signal) {
  if (::kill(to, signal) == 0) return {};
  return errno_error("kill");
}

}  // namespace

void LinuxWorld::perform(const Action& action) {
  std::visit([this](const auto& order) { on(order); }, action);
}

void LinuxWorld::on(const Spawn&) {
  const auto& commands = plan_.launch.side_by_side;
  if (plan_.launch.argv != nullptr) start(plan_.launch.argv);
  for (const auto& argv : commands) {
    if (!start(argv.data())) break;
  }

  std::array<int, kMostCommands + 3> kept;
  std::size_t count = 0;
  for (std::size_t i = 0; i < command_count_; ++i) kept[count++] = commands_[i].report.get();
  if (group_.valid()) kept[count++] = group_.descriptor();
  if (terminal_.valid()) kept[count++] = terminal_.get();
  if (reporter_.writes_to_stdout()) kept[count++] = STDOUT_FILENO;
  close_inherited_descriptors(std::span{kept}.first(count));
  if (plan_.leaves_directory) [[maybe_unused]]
    int changed = ::chdir("/");
}

bool LinuxWorld::start(char* const* argv) {
  exec_.argv = argv;
  auto spawned = spawn(exec_);
  if (!spawned.ok()) {
    reporter_.failure(filled("cannot start '%': %", argv[0], complaint_about(spawned.error()).text));
    int missing = plan_.policy.commands - static_cast<int>(command_count_);
    look_for_exits_ = true;  // there may be nobody to wait for
    queued_ = SpawnFailed{0, plan_.failure_codes ? plan_.failure_codes->setup : kUsageExitCode, missing};
    return false;
  }
  commands_[command_count_++] = {spawned.value().pid, false, argv, std::move(spawned.value().report)};
  // For several it would take as many descriptors, which are theirs to use.
  if (plan_.policy.commands == 1) group_ = ProcessGroup(spawned.value().pid);
  ++unsettled_;
  reporter_.tell({.what = What::started, .pid = spawned.value().pid, .text = argv[0]});
  if (exec_.place == ChildPlace::own_session) reporter_.tell({.what = What::session_made});
  return true;
}

void LinuxWorld::on(const SignalCommand& order) {
  Reached reached;
  if (order.target == Target::all) reached = signal_descendants({.signal = order.signal});
  for (std::size_t i = 0; i < command_count_; ++i) {
    // Each command gets it in any case, be it hidden from whoever looks at /proc; one that was reaped is not there.
    bool is_reaped = commands_[i].ended && group_.valid();
    bool had_it = (reached.commands >> i & 1) != 0 || (is_reaped && reached.complete);
    if (commands_[i].pid != 0) signal_command(commands_[i], order, had_it);
  }
}

/// The group by its number as long as the command's pid reserves that; the command itself as long as it has not come to
/// make the group.
void LinuxWorld::signal_command(const Command& command, const SignalCommand& order, bool had_it) {
  constexpr std::string_view kWhoGetsIt[] = {"command", "command's process group", "command and all that came from it"};
  reporter_.tell({.what = command.ended ? What::told_at_end : What::passed_on,
                  .pid = command.pid,
                  .signal = order.signal,
                  .text = kWhoGetsIt[static_cast<std::size_t>(order.target)]});
  if (had_it) return;
  bool is_reaped = command.ended && group_.valid();
  if (order.target != Target::child) {
    auto sent = is_reaped ? group_.send(order.signal) : send_signal(-command.pid, order.signal);
    if (sent.ok()) return;
    if (sent.error().code != ESRCH) return report_failed_signal(order.signal, sent.error());
  }
  if (is_reaped) return;
  auto sent = send_signal(command.pid, order.signal);
  if (!sent.ok()) report_failed_signal(order.signal, sent.error());
}

void LinuxWorld::on(const SignalRest& order) {
  look_for_exits_ = true;  // there may be nobody
  // With the pause process of a pod its containers end, which are not its children. KILL they get by its own end.
  waits_for_others_ = plan_.policy.commands == 0 && ::getpid() == 1 && order.signal != SIGKILL;
  if (!has_child()) return;
  Reached reached = signal_descendants(order);
  if (order.signal == SIGKILL) {
    bool gets_ahead = std::exchange(reaped_since_kill_, 0) > 0;
    if (reached.complete && reached.alive == 0 && reached.dead > 0 && gets_ahead) queued_ = OnlyDeadLeft{};
  }
  bool has_not_helped = order.signal == SIGKILL && order.again;
  if (reached.complete && !has_not_helped) return;
  // PID 1 reaches everybody in its namespace at once, hidden or not, however fast they fork; who came from elsewhere
  // ends with PID 1 anyway. Others cannot name safely whom they do not see.
  if (::getpid() == 1) {
    ::kill(-1, order.signal);
  } else if (!reached.complete && !std::exchange(said_no_proc_, true)) {
    reporter_.tell({.what = What::rest_unknown});
  }
}

LinuxWorld::Reached LinuxWorld::signal_descendants(const SignalRest& order) {
  DescendantSearch search(strangers());
  Reached reached;
  reached.complete = search.possible() && !too_many_strangers_;
  if (!reached.complete) return reached;
  while (auto process = search.next()) {
    bool had_it = order.except_group && process->group() == last_group_;
    if (!had_it) {
      auto sent = process->send(order.signal);
      if (!sent.ok()) report_failed_signal(order.signal, sent.error());
    }
    if (order.wake && process->stopped()) [[maybe_unused]]
      auto woken = process->send(SIGCONT);
    if (const Command* command = find_running(process->pid()))
      reached.commands |= std::uint32_t{1} << (command - commands_.data());
    ++(process->dead() ? reached.dead : reached.alive);
    bool is_killed = order.signal == SIGKILL && unsettled_ == 0;
    if (is_killed && !order.again && !process->dead()) tell_killed(*process, reached.alive);
  }
  if (unsettled_ == 0 && reached.alive > 0 && order.signal != SIGKILL) {
    reporter_.tell({.what = What::sent_to_rest, .signal = order.signal, .code = reached.alive});
  }
  return reached;
}

void LinuxWorld::tell_killed(const Process& process, int count) const {
  if (count <= kMostNamed) {
    reporter_.tell({.what = What::rest_killed, .pid = process.pid(), .text = process.name()});
  } else if (count == kMostNamed + 1) {
    reporter_.tell({.what = What::more_killed});
  }
}

void LinuxWorld::report_failed_signal(int signal, const Error& error) {
  if (error.code == ESRCH) return;  // it ended in the meantime
  if (error.code != EPERM || said_not_permitted_) return;
  said_not_permitted_ = true;
  reporter_.tell({.what = What::not_permitted, .signal = signal});
}

void LinuxWorld::on(const Reap& order) {
  if (!group_.valid()) reap_child(order.pid);
  --unsettled_;
  if (Command* command = find_running(order.pid)) {
    last_group_ = command->pid;
    command->pid = 0;
  }
}

void LinuxWorld::on(const LendTerminal& order) {
  if (exec_.place != ChildPlace::own_group || !terminal_.valid()) return;
  bool is_ours = foreground_group(terminal_) == ::getpgrp();
  if (order.on_demand) is_wanted_ = true;
  is_lent_ = is_wanted_ && is_ours;
  if (is_lent_) set_foreground_group(terminal_, first().pid);
}

void LinuxWorld::on(const ReclaimTerminal&) {
  switch (exec_.place) {
    case ChildPlace::own_session:
      // Its session ended with the command; what Ctrl-C says now is for what remains.
      if (terminal_.valid()) take_terminal(terminal_.get());
      return;
    case ChildPlace::own_group:
      if (!std::exchange(is_lent_, false)) return;
      // Unless the shell has taken it meanwhile, as it does when somebody stops onit itself.
      if (foreground_group(terminal_) != ::getpgid(::getppid())) set_foreground_group(terminal_, ::getpgrp());
      return;
    case ChildPlace::inherited:
      return;
  }
}

void LinuxWorld::on(const Suspend& order) {
  reporter_.tell({.what = What::suspending});
  if (stop_own_group(order.signal)) {
    queued_ = Resumed{};
  } else {
    queued_ = SuspendRefused{order.signal};
  }
}

void LinuxWorld::die_as_command(int exit_code) const {
  bool is_job = exec_.place == ChildPlace::own_group && terminal_.valid() && ::getpid() != 1;
  if (!plan_.dies_as_command || !is_job || death_ == 0 || exit_code != killed_by(death_).code()) return;
  // Ctrl-C and Ctrl-\ are for all of a job: the others of onit's group have not had theirs.
  bool with_group = died_in_foreground_ && (death_ == SIGINT || death_ == SIGQUIT);
  die_by(death_, with_group);
}

void LinuxWorld::on(const StopSelf&) {
  reporter_.tell({.what = What::suspending});
  stop_self();
}

void LinuxWorld::on(const Tell& order) {
  Fact fact{.what = order.what, .signal = order.signal, .to = order.to, .code = order.code};
  if (fact.what == What::leaving && reporter_.tells(fact.what) && has_child()) fact.what = What::leaving_others;
  reporter_.tell(fact);
}

}  // namespace onit
