#include "app/linux_world.hpp"

#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <string>

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

Result<void> send_signal(pid_t to, int signal) {
  if (::kill(to, signal) == 0) return {};
  return errno_error("kill");
}

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
  bool is_alone = plan_.policy.commands == 1;  // several cannot all have the terminal, and a pause does not want it
  exec_.place = asked == Session::inherited ? Place::inherited
                : shares_terminal           ? Place::own_group
                                            : Place::own_session;
  // Elsewhere it belongs to another session, and stays with it.
  bool can_give = exec_.place == Place::own_session && standing == Standing::leader && is_alone;
  if (exec_.place == Place::own_group || can_give) terminal_ = open_controlling_terminal();
  exec_.terminal = terminal_.get();
  // A tool that makes a session in any case also takes a terminal that nobody has.
  bool may_take = asked == Session::own && is_alone && !terminal_.valid();
  if (may_take && ::isatty(STDIN_FILENO) == 1) exec_.terminal = STDIN_FILENO;
  if (!terminal_.valid()) return;

  if (exec_.place == Place::own_group) {
    bool is_interactive = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    exec_.in_foreground = is_interactive && foreground_group(terminal_) == own_group();
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
  if (unsettled_ == 0 && (no_child || nothing_left())) return NothingLeft{};
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
  bool is_job = exec_.place == Place::own_group && command != nullptr && !command->ended;
  if (!is_job) return std::nullopt;
  return CommandStopped{stopped.signal, terminal_holder()};
}

TerminalHolder LinuxWorld::terminal_holder() const {
  pid_t holder = foreground_group(terminal_);
  if (holder < 0) return TerminalHolder::no_terminal;
  if (holder == own_group()) return TerminalHolder::onit;
  return holder == first().pid ? TerminalHolder::command : TerminalHolder::other;
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
  const auto& commands = plan_.launch.side_by_side;
  if (plan_.launch.argv != nullptr) start(plan_.launch.argv);
  for (const auto& argv : commands) {
    if (!start(argv.data())) break;
  }

  std::array<int, kMostKept> kept;
  static_assert(kMostKept >= kMostCommands + 3);
  std::size_t count = 0;
  for (std::size_t i = 0; i < command_count_; ++i) kept[count++] = commands_[i].report.get();
  if (group_.valid()) kept[count++] = group_.descriptor();
  if (terminal_.valid()) kept[count++] = terminal_.get();
  const Messages& messages = plan_.messages;
  bool writes_to_stdout = messages.info_on_stdout && messages.verbosity > Verbosity::warnings;
  if (writes_to_stdout && messages.format == LogFormat::text) kept[count++] = STDOUT_FILENO;
  close_inherited_descriptors(std::span{kept}.first(count));
  if (plan_.leaves_directory) [[maybe_unused]]
    int changed = ::chdir("/");
}

bool LinuxWorld::start(char* const* argv) {
  exec_.argv = argv;
  auto spawned = spawn(exec_);
  if (!spawned.ok()) {
    const Error& error = spawned.error();
    reporter_.failure(std::string{"cannot start '"} + argv[0] + "': " + error.call + ": " + std::strerror(error.code));
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
  if (exec_.place == Place::own_session) reporter_.tell({.what = What::session_made});
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
  if (unsettled_ == 0 && order.signal != SIGKILL) {
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
  if (exec_.place != Place::own_group || !terminal_.valid()) return;
  bool is_ours = foreground_group(terminal_) == own_group();
  if (order.on_demand) is_wanted_ = true;
  is_lent_ = is_wanted_ && is_ours;
  if (is_lent_) set_foreground_group(terminal_, first().pid);
}

void LinuxWorld::on(const ReclaimTerminal&) {
  switch (exec_.place) {
    case Place::own_session:
      // Its session ended with the command; what Ctrl-C says now is for what remains.
      if (terminal_.valid()) take_terminal(terminal_.get());
      return;
    case Place::own_group:
      if (!std::exchange(is_lent_, false)) return;
      // Unless the shell has taken it meanwhile, as it does when somebody stops onit itself.
      if (foreground_group(terminal_) != ::getpgid(::getppid())) set_foreground_group(terminal_, own_group());
      return;
    case Place::inherited:
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
  bool is_job = exec_.place == Place::own_group && terminal_.valid() && ::getpid() != 1;
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
  if (fact.what == What::leaving && has_child()) fact.what = What::leaving_others;
  reporter_.tell(fact);
}

}  // namespace onit
