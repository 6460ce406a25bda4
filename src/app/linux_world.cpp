#include "app/linux_world.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "app/diagnosis.hpp"
#include "os/clock.hpp"
#include "os/processes.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// How many exits, stops and continuations may come before a signal has its turn.
constexpr int kExitBudget = 1024;

/// How often a pause that is to end looks whether it is alone by now: others than its children end unheard.
constexpr Millis kLookInterval{50};

/// How many signals may come before exits have theirs.
constexpr int kSignalBudget = 16;

int exit_code_of_exec(const FailureCodes& codes, int code) {
  return code == ENOENT ? codes.not_found : code == EACCES ? codes.denied : codes.other;
}

}  // namespace

LinuxWorld::LinuxWorld(const Plan& plan, ExecPlan& exec, const Reporter& reporter)
    : plan_(plan), exec_(exec), reporter_(reporter) {
  find_strangers();
  find_place(plan.launch.session);
}

void LinuxWorld::find_strangers() {
  if (!has_child()) return;
  look_for_exits_ = true;  // the SIGCHLD of one that has ended went to whoever was here before onit
  // PID 1 takes everybody with it when it ends; they are better asked to end first.
  if (::getpid() == 1) return;
  std::size_t count = list_children(strangers_);
  stranger_count_ = std::min(count, strangers_.size());
  too_many_strangers_ = count > strangers_.size();
}

/// A session of its own keeps the command apart from onit's terminal signals and makes it ignore Ctrl-Z, as it would
/// as PID 1 itself. That takes a session leader, who can give the terminal away. Otherwise the command becomes a job,
/// as a shell would do it.
void LinuxWorld::find_place(Session asked) {
  Standing standing = own_standing();
  bool shares_terminal = asked == Session::automatic && standing == Standing::member;
  bool is_single = plan_.policy.commands == 1;  // several cannot all have the terminal, and a pause does not want it
  exec_.place = asked == Session::inherited ? ChildPlace::inherited
                : shares_terminal           ? ChildPlace::own_group
                                            : ChildPlace::own_session;
  // Elsewhere it belongs to another session, and stays with it.
  bool can_give = exec_.place == ChildPlace::own_session && standing == Standing::leader && is_single;
  if (exec_.place == ChildPlace::own_group || can_give) terminal_ = open_controlling_terminal();
  exec_.terminal = terminal_.get();
  // A tool that makes a session in any case also takes a terminal that nobody has.
  bool may_take = asked == Session::own && is_single && !terminal_.valid();
  if (may_take && ::isatty(STDIN_FILENO) == 1) exec_.terminal = STDIN_FILENO;
  if (!terminal_.valid()) return;

  if (exec_.place == ChildPlace::own_group) {
    bool is_interactive = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    exec_.in_foreground = is_interactive && foreground_group(terminal_) == ::getpgrp();
    is_lent_ = is_wanted_ = exec_.in_foreground;
  } else {
    release_terminal(terminal_);
  }
}

Instant LinuxWorld::now() { return monotonic_now(); }

Event LinuxWorld::next(Deadline deadline) {
  if (auto event = next_queued()) return *event;
  for (;;) {
    while (look_for_exits_ && exits_in_turn_ < kExitBudget) {
      ++exits_in_turn_;
      if (auto event = next_exit()) return *event;
    }
    exits_in_turn_ = 0;

    std::optional<Millis> timeout;
    if (deadline) {
      timeout = std::max(Millis{0}, *deadline - now());
      if (*timeout == Millis{0}) return DeadlinePassed{};
    }
    if (look_for_exits_) timeout = Millis{0};
    if (waits_for_others_) timeout = std::min(timeout.value_or(kLookInterval), kLookInterval);
    if (auto signal = wait_signal(timeout)) {
      if (auto event = on_signal(*signal)) return *event;
    } else if (waits_for_others_) {
      look_for_exits_ = true;
    }
  }
}

/// What an action has led to. Signals that came while onit was stopped act before it goes on, as in any process.
std::optional<Event> LinuxWorld::next_queued() {
  bool resumes = queued_ && std::holds_alternative<Resumed>(*queued_);
  if (resumes && ++signals_before_resume_ < kSignalBudget) {
    if (auto signal = wait_signal(Millis{0})) {
      if (auto event = on_signal(*signal)) return event;
    }
  }
  signals_before_resume_ = 0;
  return std::exchange(queued_, std::nullopt);
}

/// A SIGCHLD of the kernel's says that exits are to be looked for; it is no event.
std::optional<Event> LinuxWorld::on_signal(const ReceivedSignal& signal) {
  bool is_event = signal.number != SIGCHLD || signal.sent;
  // A SIGCHLD comes behind all pending signals of lower numbers, of which there may always be one more.
  bool may_be_behind = is_event && ++signals_in_turn_ == kSignalBudget;
  if (may_be_behind || signal.number == SIGCHLD) {
    look_for_exits_ = true;
    signals_in_turn_ = 0;
  }
  if (is_event) {
    reporter_.tell({.what = What::received, .signal = signal.number});
    return SignalArrived{signal.number};
  }
  reporter_.tell({.what = What::child_news, .pid = signal.about, .signal = signal.number});
  if (!find_running(signal.about)) told_of_ = signal.about;
  return std::nullopt;
}

/// Looks at one thing that happened to a child; not everything is an event.
std::optional<Event> LinuxWorld::next_exit() {
  if (told_of_) {
    pid_t pid = *std::exchange(told_of_, std::nullopt);
    if (auto status = reap_child(pid)) return on_orphan_ended(pid, *status);
  }
  ChildChange change = group_.valid() ? take_child() : peek_child();
  if (const auto* ended = std::get_if<ChildEnded>(&change)) {
    if (Command* command = find_running(ended->pid)) return on_command_ended(*command, ended->status);
    if (!group_.valid()) reap_child(ended->pid);
    return on_orphan_ended(ended->pid, ended->status);
  }
  if (const auto* stopped = std::get_if<ChildStopped>(&change)) return on_child_stopped(*stopped);
  if (const auto* continued = std::get_if<ChildContinued>(&change)) {
    reporter_.tell({.what = What::continued, .pid = continued->pid});
    return std::nullopt;
  }
  look_for_exits_ = false;
  bool no_child = std::holds_alternative<NoChild>(change);
  bool is_last = waits_for_others_ ? is_alone() : no_child || nothing_left();
  if (unsettled_ == 0 && is_last) return NothingLeft{};
  return std::nullopt;
}

/// The command with this pid, unless the core is done with it.
LinuxWorld::Command* LinuxWorld::find_running(pid_t pid) {
  for (std::size_t i = 0; i < command_count_; ++i) {
    if (commands_[i].pid == pid) return &commands_[i];
  }
  return nullptr;
}

Event LinuxWorld::on_orphan_ended(pid_t pid, ExitStatus status) {
  reporter_.tell(status.kind == ExitStatus::Kind::exited
                     ? Fact{.what = What::orphan_exited, .pid = pid, .code = status.value}
                     : Fact{.what = What::orphan_killed, .pid = pid, .signal = status.value});
  auto end = strangers_.begin() + static_cast<std::ptrdiff_t>(stranger_count_);
  auto it = std::find(strangers_.begin(), end, pid);
  if (it != end) {
    *it = *(end - 1);
    --stranger_count_;
  }
  ++reaped_since_kill_;
  return OrphanExited{status};
}

Event LinuxWorld::on_command_ended(Command& command, ExitStatus status) {
  command.ended = true;
  if (auto report = read_spawn_report(command.report)) return on_spawn_failed(command, *report);
  if (status.kind == ExitStatus::Kind::exited) {
    reporter_.tell({.what = What::command_exited, .pid = command.pid, .code = status.value});
  } else {
    reporter_.tell({.what = What::command_killed, .pid = command.pid, .signal = status.value});
    death_ = status.value;
    died_in_foreground_ = terminal_holder() == TerminalHolder::command;
  }
  return CommandExited{command.pid, status};
}

/// To onit a command that could not be started is a failure of its own. A tool that it stands for has a child that told
/// why and exited, with a code that the tool has for that.
Event LinuxWorld::on_spawn_failed(const Command& command, const SpawnReport& report) {
  const std::optional<FailureCodes>& codes = plan_.failure_codes;
  if (codes && report.stage == SpawnStage::exec) {
    reporter_.tell({.what = What::exec_failed, .pid = command.pid, .code = report.code, .text = command.argv[0]});
    return on_child_failed(command, exit_code_of_exec(*codes, report.code));
  }
  ExecPlan exec = exec_;
  exec.argv = command.argv;
  Diagnosis diagnosis = diagnose(exec, report);
  reporter_.failure(diagnosis.text);
  if (codes) return on_child_failed(command, codes->setup);
  return SpawnFailed{command.pid, diagnosis.exit_code};
}

Event LinuxWorld::on_child_failed(const Command& command, int exit_code) {
  reporter_.tell({.what = What::command_exited, .pid = command.pid, .code = exit_code});
  return CommandExited{command.pid, exited_with(exit_code)};
}

std::optional<Event> LinuxWorld::on_child_stopped(const ChildStopped& stopped) {
  reporter_.tell({.what = What::stopped, .pid = stopped.pid, .signal = stopped.signal});
  const Command* command = find_running(stopped.pid);
  bool is_job = exec_.place == ChildPlace::own_group && command != nullptr && !command->ended;
  if (!is_job) return std::nullopt;
  return CommandStopped{stopped.signal, terminal_holder()};
}

TerminalHolder LinuxWorld::terminal_holder() const {
  pid_t holder = foreground_group(terminal_);
  if (holder < 0) return TerminalHolder::no_terminal;
  if (holder == ::getpgrp()) return TerminalHolder::onit;
  return holder == first().pid ? TerminalHolder::command : TerminalHolder::other;
}

/// Whether there is nobody else in the pid namespace. For PID 1.
bool LinuxWorld::is_alone() const { return ::kill(-1, 0) != 0 && errno == ESRCH; }

/// With children that are strangers, having children says nothing.
bool LinuxWorld::nothing_left() const {
  if (stranger_count_ == 0) return false;
  DescendantSearch search(strangers());
  return search.possible() && !search.next() && !search.gave_up();
}

}  // namespace onit
