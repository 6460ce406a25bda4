#include "sim/rules.hpp"

#include <csignal>
#include <iterator>

#include "core/command.hpp"

namespace onit::sim {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

constexpr const char* kNames[] = {
    "the command is spawned once and first",
    "the command is signalled only while its pid is reserved",
    "what remains is signalled only after the command was reaped",
    "the command is reaped once, as soon as it has ended",
    "an orphan's exit is only counted",
    "a signal is passed on once, to its target, as rewritten",
    "a drained signal waits for the drain or for a second one",
    "a dropped signal stays dropped",
    "nobody is killed before the time is over",
    "everybody is killed when the time is over, and again while anybody is left",
    "what remains is asked to stop once",
    "leaving is immediate",
    "waiting does not stop what remains",
    "onit is done only when nothing is left, or nothing can be done",
    "the exit code is the documented one",
    "the terminal comes back when the command ends or stops",
    "a stop of the command is answered as a shell expects",
    "an end cascades to the others, once or every time, unless success is spared",
    "onit stops itself after the signals that say so, if there is a command",
    "one of several commands that ends changes nothing for the others by itself",
    "a pause lasts until somebody asks for its end",
    "it always ends in time",
};
static_assert(std::size(kNames) == static_cast<std::size_t>(Rule::count));

}  // namespace

const char* rule_name(Rule rule) { return kNames[static_cast<std::size_t>(rule)]; }

Judge::Judge(const CommandPolicy& policy, bool is_job, Exercised& exercised)
    : policy_(policy), is_job_(is_job), exercised_(exercised) {}

void Judge::check(Rule rule, bool holds, const char* what) {
  ++exercised_[static_cast<std::size_t>(rule)];
  if (!holds && !violation_) violation_ = {rule, what};
}

void Judge::note_actions(const std::vector<Action>& actions) {
  sent_.clear();
  reaped_.clear();
  suspend_.reset();
  spawns_ = lent_ = reclaimed_ = self_stops_ = 0;
  for (const Action& action : actions) {
    bool command_reaped = policy_.commands == 0 || (command_ == Command::dead && !to_reap_);
    std::visit(Overloaded{
                   [&](const Spawn&) { ++spawns_; },
                   [&](const SignalCommand& order) {
                     check(Rule::command_signalled_only_while_reserved, !command_reaped && command_ != Command::none,
                           "a signal to a command that is not there");
                     sent_.push_back({order.signal, false, order.target, false});
                   },
                   [&](const SignalRest& order) {
                     check(Rule::rest_signalled_only_after_the_command, command_reaped,
                           "a signal to the rest while the command is there");
                     sent_.push_back({order.signal, true, Target::all, order.except_group});
                   },
                   [&](const Reap& order) {
                     check(Rule::the_command_is_reaped_once, to_reap_ == order.pid, "reaped whom nobody saw dead");
                     if (to_reap_ == order.pid) to_reap_.reset();
                     reaped_.push_back(order.pid);
                   },
                   [&](const LendTerminal&) { ++lent_; },
                   [&](const ReclaimTerminal&) { ++reclaimed_; },
                   [&](const Suspend& order) { suspend_ = order.signal; },
                   [&](const StopSelf&) { ++self_stops_; },
                   [&](const Tell& order) { gave_up_ = gave_up_ || order.what == What::unkillable; },
               },
               action);
  }
}

void Judge::see(const Event& event, const std::vector<Action>& actions, Instant now) {
  now_ = now;
  // What the event makes true comes before the actions, which are judged by it.
  if (const auto* exit = std::get_if<CommandExited>(&event)) {
    to_reap_ = exit->pid;
    --commands_left_;
  } else if (const auto* failed = std::get_if<SpawnFailed>(&event)) {
    if (failed->pid != 0) to_reap_ = failed->pid;
    commands_left_ -= failed->commands;
  }
  bool is_end = std::holds_alternative<CommandExited>(event) || std::holds_alternative<SpawnFailed>(event);
  if (is_end && commands_left_ == 0) {
    command_ = Command::dead;
  } else if (std::holds_alternative<NothingLeft>(event)) {
    nothing_left_ = true;
  }
  note_actions(actions);
  check(Rule::the_command_is_reaped_once, !to_reap_, "an exit was not reaped at once");
  std::visit([this](const auto& happened) { judge(happened); }, event);
}

void Judge::judge(const Begin&) {
  check(Rule::spawned_once, spawns_ == 1 && sent_count() == 0, "no spawn at the beginning");
  commands_left_ = policy_.commands;
  pausing_ = policy_.commands == 0;
  if (!pausing_) command_ = Command::alive;
}

void Judge::judge(const SpawnFailed& failed) {
  if (policy_.commands > 1) return command_gone(exited_with(failed.exit_code), failed.pid != 0);
  check(Rule::spawned_once, spawns_ == 0 && sent_count() == 0, "something after a failed spawn");
  failed_with_ = failed.exit_code;
  nothing_left_ = true;
}

void Judge::judge(const CommandExited& exit) { command_gone(exit.status, true); }

void Judge::command_gone(ExitStatus status, bool was_there) {
  statuses_.push_back(status);
  command_status_ = status;
  if (commands_left_ == 0) return last_command_gone(status, was_there);
  check(Rule::one_of_several_only_ends, reclaimed_ == 0, "the terminal was taken back for one of several");
  bool cascades = policy_.cascade.signal != 0;
  check(cascades ? Rule::an_end_cascades : Rule::one_of_several_only_ends, sent_all(expected_cascade()),
        "one of several commands ended, and the others were not treated as they should");
}

void Judge::last_command_gone(ExitStatus status, bool was_there) {
  check(Rule::the_terminal_comes_back, reclaimed_ == 1, "the terminal was not taken back at the end");
  drain_end_.reset();
  bool was_killed = kills_ > 0;
  std::vector<Sent> expected;
  if (was_killed || (policy_.on_exit == OnExit::stop && policy_.stop_grace_period == Millis{0})) {
    if (was_there) expected.push_back({SIGKILL, false, Target::group, false});
    expected.push_back({SIGKILL, true, Target::all, false});
    check(Rule::kill_when_time_is_over, sent_all(expected), "KILL did not go to the group and to the rest");
    kills_ = 1;
    return;
  }
  switch (policy_.on_exit) {
    case OnExit::stop:
      if (was_there) expected.push_back({policy_.stop_signal, false, Target::group, false});
      expected.push_back({policy_.stop_signal, true, Target::all, was_there});
      check(Rule::the_rest_is_asked_once, sent_all(expected),
            "the stop signal did not go to the group and then to all others");
      grace_end_ = now_ + policy_.stop_grace_period;
      return;
    case OnExit::leave:
      check(Rule::leaving_is_immediate, sent_count() == 0, "a signal in leaving");
      return;
    case OnExit::notify:
      if (was_there) expected.push_back({policy_.stop_signal, false, policy_.forward, false});
      check(Rule::leaving_is_immediate, sent_all(expected), "the stop signal did not go out before onit left");
      return;
    case OnExit::wait: {
      if (held_) {
        expected.push_back({*held_, true, Target::all, false});
        begin_end(*held_);
      } else if (asked_to_end_ && target_of(end_signal_) != Target::all) {
        expected.push_back({end_signal_, true, Target::all, target_of(end_signal_) == Target::group});
      }
      if (!(policy_.cascade.spares_success && status.code() == 0)) {
        for (const Sent& sent : expected_cascade()) expected.push_back(sent);
      }
      check(policy_.cascade.signal != 0 ? Rule::an_end_cascades : Rule::waiting_does_not_stop_the_rest,
            sent_all(expected), "the rest was signalled though nobody asked, or twice, or not though somebody did");
      return;
    }
  }
}

Target Judge::target_of(int signal) const {
  return signal == policy_.cascade.signal ? policy_.cascade.target : policy_.forward;
}

void Judge::note_cascade(int signal) {
  if (signal == policy_.cascade.signal) has_cascaded_ = true;
}

/// What an end that nobody has asked for leads to, and the books about it.
std::vector<Judge::Sent> Judge::expected_cascade() {
  const Cascade& rule = policy_.cascade;
  bool is_over = kills_ > 0 || grace_end_ || pausing_ || policy_.commands == 0;
  if (rule.signal == 0 || is_over) return {};
  std::vector<Sent> expected;
  if (held_) {
    expected.push_back({*held_, false, target_of(*held_), false});
    begin_end(*held_);
  }
  if (has_cascaded_ && !rule.every_time) return expected;
  bool alive = command_ == Command::alive;
  expected.push_back({rule.signal, !alive, alive ? rule.target : Target::all, false});
  begin_end(rule.signal);
  return expected;
}

void Judge::judge(const OrphanExited& exit) {
  statuses_.push_back(exit.status);
  check(Rule::an_orphan_is_only_counted, reaped_.empty(), "an orphan was reaped as if it were the command");
  check(policy_.cascade.signal != 0 ? Rule::an_end_cascades : Rule::an_orphan_is_only_counted,
        sent_all(expected_cascade()), "an orphan's end had other consequences than documented");
}

void Judge::judge(const CommandStopped& stop) {
  if (stop.holder == TerminalHolder::no_terminal || !is_job_ || kills_ > 0) {
    check(Rule::a_stop_is_answered, !suspend_ && sent_count() == 0, "a stop without terminal was answered");
    return;
  }
  bool asks_terminal = stop.signal == SIGTTIN || stop.signal == SIGTTOU;
  if (asks_terminal && stop.holder == TerminalHolder::onit) {
    check(Rule::a_stop_is_answered,
          !suspend_ && lent_ == 1 && sent_count() == 1 && sent_exactly(SIGCONT, Target::group),
          "the command asked for the terminal and did not get it");
    return;
  }
  if (stop.signal == SIGSTOP && stop.holder != TerminalHolder::command) {
    check(Rule::a_stop_is_answered, !suspend_ && sent_count() == 0, "a SIGSTOP in the background stopped onit");
    return;
  }
  check(Rule::the_terminal_comes_back, reclaimed_ == (stop.holder == TerminalHolder::command ? 1 : 0),
        "onit stops and the command keeps the terminal");
  check(Rule::a_stop_is_answered, suspend_ == (stop.signal == SIGSTOP ? SIGTSTP : stop.signal),
        "onit did not stop with its command");
  suspended_since_ = now_;
}

void Judge::judge(const Resumed&) {
  check(Rule::a_stop_is_answered, lent_ == 1 && sent_count() == 1 && sent_exactly(SIGCONT, Target::group),
        "onit was continued and its command was not");
  suspended_for_ += now_ - suspended_since_;
}

void Judge::judge(const SuspendRefused& refused) {
  bool with_hangup = refused.signal != SIGTSTP;
  check(Rule::a_stop_is_answered,
        lent_ == 1 && sent_count() == (with_hangup ? 2 : 1) && (!with_hangup || sent_[0].signal == SIGHUP) &&
            sent_.back().signal == SIGCONT,
        "a stop that no shell can end was not undone");
}

bool Judge::sent_exactly(int signal, Target target) const {
  for (const Sent& sent : sent_) {
    if (sent.signal == signal && !sent.to_rest && sent.target == target) return true;
  }
  return false;
}

void Judge::judge(const SignalArrived& arrived) {
  bool stops = policy_.stops_self.has(arrived.signal) && commands_left_ > 0;
  check(Rule::onit_stops_with_its_command, self_stops_ == (stops ? 1 : 0), "onit stopped, or did not stop, itself");
  int signal = policy_.rewrites(arrived.signal);
  if (signal == SignalRewrites::kDrop) {
    check(Rule::a_dropped_signal_stays_dropped, sent_count() == 0, "a dropped signal was sent");
    return;
  }
  judge_signal(arrived.signal, signal);
}

void Judge::judge_signal(int received, int signal) {
  if (pausing_) return judge_signal_in_pause(signal);
  if (command_ == Command::alive) return judge_signal_while_alive(received, signal);
  if (kills_ > 0) {
    check(Rule::a_signal_is_passed_on_once, sent_count() == 0, "a signal to those who have KILL");
    return;
  }
  check(Rule::a_signal_is_passed_on_once, sent_all({{signal, true, Target::all, false}}),
        "a signal did not reach what remains");
  bool ends = received == SIGTERM || signal == SIGTERM || signal == policy_.cascade.signal;
  note_cascade(signal);
  if (ends && policy_.on_exit == OnExit::wait && policy_.commands > 0) begin_end(signal);
}

void Judge::judge_signal_in_pause(int signal) {
  bool ends = signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
  bool leaves = policy_.on_exit == OnExit::leave || policy_.on_exit == OnExit::notify;
  bool asks = ends && !leaves;
  check(Rule::a_pause_ends_when_asked,
        asks ? sent_all({{policy_.stop_signal, true, Target::all, false}}) : sent_count() == 0,
        "the pause did not end as asked, or ended though nobody asked");
  pausing_ = !ends;
  if (asks) grace_end_ = now_ + policy_.stop_grace_period;
}

void Judge::judge_signal_while_alive(int received, int signal) {
  bool ends = received == SIGTERM || signal == SIGTERM || signal == policy_.cascade.signal;
  bool first = ends && !held_ && !asked_to_end_;
  if (first && policy_.drain > Millis{0}) {
    check(Rule::a_drained_signal_waits, sent_count() == 0, "a signal was not held back");
    held_ = signal;
    drain_end_ = now_ + policy_.drain;
    return;
  }
  std::vector<Sent> expected;
  bool ends_drain = ends && held_;
  if (ends_drain) expected.push_back({*held_, false, target_of(*held_), false});
  if (!ends_drain || signal != *held_) expected.push_back({signal, false, target_of(signal), false});
  check(ends_drain ? Rule::a_drained_signal_waits : Rule::a_signal_is_passed_on_once, sent_all(expected),
        "a signal was not passed on, or not once");
  note_cascade(signal);
  if (ends_drain) begin_end(*held_);
  if (first) begin_end(signal);
}

/// The first request to end starts the clock of --kill-after.
void Judge::begin_end(int signal) {
  note_cascade(signal);
  held_.reset();
  drain_end_.reset();
  if (!asked_to_end_) end_signal_ = signal;
  asked_to_end_ = true;
  if (!kill_at_ && policy_.kill_after > Millis{0}) kill_at_ = now_ + policy_.kill_after;
}

void Judge::judge(const OnlyDeadLeft&) {
  check(Rule::done_only_when_nothing_is_left, sent_count() == 0, "a signal to the dead");
  if (kills_ == 0) return;  // a KILL that is no more than a signal passed on
  reaping_for_ += kills_ * kKillInterval;
  kills_ = 1;
}

void Judge::judge(const NothingLeft&) {
  check(Rule::done_only_when_nothing_is_left, sent_count() == 0, "a signal to nobody");
}

}  // namespace onit::sim
