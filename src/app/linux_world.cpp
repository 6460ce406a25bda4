#include "app/linux_world.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "app/diagnosis.hpp"
#include "os/clock.hpp"
#include "os/inherited.hpp"
#include "os/processes.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// How many exits, stops and continuations may come before a signal has its turn.
constexpr int kExitBudget = 1024;

/// How many signals may come before exits have theirs.
constexpr int kSignalBudget = 16;

/// How many processes are named that had to be killed.
constexpr int kMostNamed = 5;

pid_t own_group() { return ::getpgrp(); }

}  // namespace

LinuxWorld::LinuxWorld(ExecPlan& plan, const Reporter& reporter) : plan_(plan), reporter_(reporter) {
  find_strangers();
  find_place();
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
void LinuxWorld::find_place() {
  Standing standing = own_standing();
  if (standing != Standing::unknown) terminal_ = open_controlling_terminal();

  if (standing == Standing::member) {
    plan_.place = Place::own_group;
    bool is_interactive = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    plan_.in_foreground = is_interactive && foreground_group(terminal_) == own_group();
    is_lent_ = is_wanted_ = plan_.in_foreground;
  } else {
    plan_.place = Place::own_session;
    if (terminal_.valid()) release_terminal(terminal_);
  }
  plan_.terminal = terminal_.get();
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
    if (auto signal = wait_signal(timeout)) {
      if (auto event = on_signal(*signal)) return *event;
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
  if (is_event) return SignalArrived{signal.number};
  if (signal.about != command_) told_of_ = signal.about;
  return std::nullopt;
}

/// Looks at one thing that happened to a child; not everything is an event.
std::optional<Event> LinuxWorld::next_exit() {
  if (told_of_) {
    pid_t pid = *std::exchange(told_of_, std::nullopt);
    if (auto status = reap_child(pid)) return on_orphan_ended(pid, *status);
  }
  ChildChange change = peek_child();
  if (const auto* ended = std::get_if<ChildEnded>(&change)) {
    if (ended->pid == command_ && command_life_ != Life::reaped) return on_command_ended(ended->status);
    reap_child(ended->pid);
    return on_orphan_ended(ended->pid, ended->status);
  }
  if (const auto* stopped = std::get_if<ChildStopped>(&change)) return on_child_stopped(*stopped);
  if (const auto* continued = std::get_if<ChildContinued>(&change)) {
    reporter_.info(FMT_COMPILE("process {} was continued"), continued->pid);
    return std::nullopt;
  }
  look_for_exits_ = false;
  bool no_child = std::holds_alternative<NoChild>(change);
  if (command_life_ == Life::reaped && (no_child || nothing_left())) return NothingLeft{};
  return std::nullopt;
}

Event LinuxWorld::on_orphan_ended(pid_t pid, ExitStatus status) {
  bool exited = status.kind == ExitStatus::Kind::exited;
  reporter_.info(FMT_COMPILE("reaped orphan {}, {} {}"), pid, exited ? "exit code" : "killed by signal", status.value);
  auto end = strangers_.begin() + static_cast<std::ptrdiff_t>(stranger_count_);
  auto it = std::find(strangers_.begin(), end, pid);
  if (it != end) {
    *it = *(end - 1);
    --stranger_count_;
  }
  ++reaped_since_kill_;
  return OrphanExited{status};
}

Event LinuxWorld::on_command_ended(ExitStatus status) {
  command_life_ = Life::ended;
  if (auto failure = read_spawn_report(report_)) {
    Diagnosis diagnosis = diagnose(plan_, *failure);
    reporter_.error(FMT_COMPILE("{}"), std::string_view{diagnosis.text});
    return SpawnFailed{command_, diagnosis.exit_code};
  }
  if (status.kind == ExitStatus::Kind::exited) {
    reporter_.info(FMT_COMPILE("command {} ended with exit code {}"), command_, status.value);
  } else {
    reporter_.info(FMT_COMPILE("command {} was killed by {}"), command_, SignalName(status.value).view());
    death_ = status.value;
    died_in_foreground_ = terminal_holder() == TerminalHolder::command;
  }
  return CommandExited{command_, status};
}

std::optional<Event> LinuxWorld::on_child_stopped(const ChildStopped& stopped) {
  reporter_.info(FMT_COMPILE("process {} was stopped by {}"), stopped.pid, SignalName(stopped.signal).view());
  bool is_job = plan_.place == Place::own_group && stopped.pid == command_ && command_life_ == Life::alive;
  if (!is_job) return std::nullopt;
  return CommandStopped{stopped.signal, terminal_holder()};
}

TerminalHolder LinuxWorld::terminal_holder() const {
  pid_t holder = foreground_group(terminal_);
  if (holder < 0) return TerminalHolder::no_terminal;
  if (holder == own_group()) return TerminalHolder::onit;
  return holder == command_ ? TerminalHolder::command : TerminalHolder::other;
}

/// With children that are strangers, having children says nothing.
bool LinuxWorld::nothing_left() const {
  if (stranger_count_ == 0) return false;
  DescendantSearch search(strangers());
  return search.possible() && !search.next() && !search.gave_up();
}

void LinuxWorld::perform(const Action& action) {
  std::visit([this](const auto& order) { on(order); }, action);
}

void LinuxWorld::on(const Spawn&) {
  auto spawned = spawn(plan_);
  if (!spawned.ok()) {
    reporter_.error(FMT_COMPILE("cannot start '{}': {}: {}"), plan_.argv[0], spawned.error().call,
                    std::strerror(spawned.error().code));
    queued_ = SpawnFailed{0, kUsageExitCode};
    return;
  }
  command_ = spawned.value().pid;
  report_ = std::move(spawned.value().report);
  const int kept[] = {report_.get(), terminal_.get()};
  close_inherited_descriptors(std::span{kept}.first(terminal_.valid() ? 2 : 1));
  reporter_.info(FMT_COMPILE("started '{}' as process {}"), plan_.argv[0], command_);
}

void LinuxWorld::on(const SignalCommand& order) {
  if (reporter_.is_verbose() && command_life_ == Life::alive) tell_sending(order);
  if (order.target == Target::child) {
    if (::kill(command_, order.signal) != 0) report_failed_signal(order.signal, errno_error("kill"));
    return;
  }
  // The command gets it in any case, be it hidden from whoever looks at /proc.
  if (order.target == Target::all && signal_descendants({.signal = order.signal}).command) return;
  auto sent = signal_group(order.signal);
  if (!sent.ok()) report_failed_signal(order.signal, sent.error());
}

void LinuxWorld::tell_sending(const SignalCommand& order) const {
  reporter_.info(FMT_COMPILE("sending {} to the {}"), SignalName(order.signal).view(),
                 order.target == Target::child   ? "command"
                 : order.target == Target::group ? "command's process group"
                                                 : "command and all that came from it");
}

/// The group by its number, which the command's pid reserves until it is reaped; the command itself as long as it has
/// not come to make the group.
Result<void> LinuxWorld::signal_group(int signal) const {
  if (::kill(-command_, signal) == 0) return {};
  if (errno == ESRCH && ::kill(command_, signal) == 0) return {};
  return errno_error("kill");
}

void LinuxWorld::on(const SignalRest& order) {
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
    reporter_.warning(FMT_COMPILE("/proc cannot be read: what outlived the command cannot be found"));
  }
}

LinuxWorld::Reached LinuxWorld::signal_descendants(const SignalRest& order) {
  DescendantSearch search(strangers());
  Reached reached;
  reached.complete = search.possible() && !too_many_strangers_;
  if (!reached.complete) return reached;
  while (auto process = search.next()) {
    bool had_it = order.except_group && process->group() == command_;
    if (!had_it) {
      auto sent = process->send(order.signal);
      if (!sent.ok()) report_failed_signal(order.signal, sent.error());
    }
    if (order.wake && process->stopped()) [[maybe_unused]]
      auto woken = process->send(SIGCONT);
    if (process->pid() == command_) reached.command = true;
    ++(process->dead() ? reached.dead : reached.alive);
    bool is_killed = order.signal == SIGKILL && command_life_ == Life::reaped;
    if (is_killed && !order.again && !process->dead()) tell_killed(*process, reached.alive);
  }
  if (command_life_ == Life::reaped && order.signal != SIGKILL) {
    reporter_.info(FMT_COMPILE("sent {} to {} that outlived the command"), SignalName(order.signal).view(),
                   reached.alive);
  }
  return reached;
}

void LinuxWorld::tell_killed(const Process& process, int count) const {
  if (count <= kMostNamed) {
    reporter_.warning(FMT_COMPILE("killed '{}' (process {}), which outlived the command"), process.name(),
                      process.pid());
  } else if (count == kMostNamed + 1) {
    reporter_.warning(FMT_COMPILE("killed more that outlived the command"));
  }
}

void LinuxWorld::report_failed_signal(int signal, const Error& error) {
  if (error.code == ESRCH) return;  // it ended in the meantime
  if (error.code != EPERM || said_not_permitted_) return;
  said_not_permitted_ = true;
  reporter_.warning(FMT_COMPILE("cannot send {}: not permitted; the command runs as another user, "
                                "so onit needs capability KILL"),
                    SignalName(signal).view());
}

void LinuxWorld::on(const Reap& order) {
  reap_child(order.pid);
  command_life_ = Life::reaped;
}

void LinuxWorld::on(const LendTerminal& order) {
  if (plan_.place != Place::own_group || !terminal_.valid()) return;
  bool is_ours = foreground_group(terminal_) == own_group();
  if (order.on_demand) is_wanted_ = true;
  is_lent_ = is_wanted_ && is_ours;
  if (is_lent_) set_foreground_group(terminal_, command_);
}

void LinuxWorld::on(const ReclaimTerminal&) {
  switch (plan_.place) {
    case Place::own_session:
      // Its session ended with the command; what Ctrl-C says now is for what remains.
      if (terminal_.valid()) take_terminal(terminal_.get());
      return;
    case Place::own_group:
      if (!std::exchange(is_lent_, false)) return;
      // Unless the shell has taken it meanwhile, as it does when somebody stops onit itself.
      if (foreground_group(terminal_) != ::getpgid(::getppid())) set_foreground_group(terminal_, own_group());
      return;
  }
}

void LinuxWorld::on(const Suspend& order) {
  if (stop_own_group(order.signal)) {
    queued_ = Resumed{};
  } else {
    queued_ = SuspendRefused{order.signal};
  }
}

void LinuxWorld::die_as_command(int exit_code) const {
  bool is_job = plan_.place == Place::own_group && terminal_.valid() && ::getpid() != 1;
  if (!is_job || death_ == 0 || exit_code != killed_by(death_).code()) return;
  // Ctrl-C and Ctrl-\ are for all of a job: the others of onit's group have not had theirs.
  bool with_group = died_in_foreground_ && (death_ == SIGINT || death_ == SIGQUIT);
  die_by(death_, with_group);
}

void LinuxWorld::on(const Tell& order) {
  switch (order.notice) {
    case Notice::draining:
      reporter_.info(FMT_COMPILE("holding {} back while load balancers take notice"), SignalName(order.signal).view());
      return;
    case Notice::drain_over:
      reporter_.info(FMT_COMPILE("the drain is over"));
      return;
    case Notice::dropped:
      reporter_.info(FMT_COMPILE("dropped {}, as --rewrite says"), SignalName(order.signal).view());
      return;
    case Notice::overrun:
      reporter_.warning(FMT_COMPILE("the time to end is over, sending SIGKILL"));
      return;
    case Notice::unkillable:
      reporter_.warning(FMT_COMPILE("some process does not end even of SIGKILL; leaving it behind"));
      return;
  }
}

}  // namespace onit
