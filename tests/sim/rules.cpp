#include "sim/rules.hpp"

#include <algorithm>
#include <csignal>
#include <iterator>

#include "core/command.hpp"

namespace onit::sim {
namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};

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
  spawns_ = lent_ = reclaimed_ = 0;
  for (const Action& action : actions) {
    bool command_reaped = command_ == Command::dead && !to_reap_;
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
                   [&](const Tell& order) { gave_up_ = gave_up_ || order.notice == Notice::unkillable; },
               },
               action);
  }
}

void Judge::see(const Event& event, const std::vector<Action>& actions, Instant now) {
  now_ = now;
  // What the event makes true comes before the actions, which are judged by it.
  if (const auto* exit = std::get_if<CommandExited>(&event)) {
    to_reap_ = exit->pid;
    command_ = Command::dead;
  } else if (const auto* failed = std::get_if<SpawnFailed>(&event)) {
    if (failed->pid != 0) to_reap_ = failed->pid;
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
  command_ = Command::alive;
}

void Judge::judge(const SpawnFailed& failed) {
  check(Rule::spawned_once, spawns_ == 0 && sent_count() == 0, "something after a failed spawn");
  failed_with_ = failed.exit_code;
  nothing_left_ = true;
}

void Judge::judge(const CommandExited& exit) {
  statuses_.push_back(exit.status);
  command_status_ = exit.status;
  check(Rule::the_terminal_comes_back, reclaimed_ == 1, "the terminal was not taken back at the end");
  drain_end_.reset();
  bool was_killed = kills_ > 0;
  if (was_killed || (policy_.on_exit == OnExit::stop && policy_.stop_grace_period == Millis{0})) {
    check(Rule::kill_when_time_is_over,
          sent_count() == 2 && sent_[0].signal == SIGKILL && !sent_[0].to_rest && sent_[0].target == Target::group &&
              sent_[1].signal == SIGKILL && sent_[1].to_rest && !sent_[1].except_group,
          "KILL did not go to the group and to the rest");
    kills_ = 1;
    return;
  }
  switch (policy_.on_exit) {
    case OnExit::stop:
      check(Rule::the_rest_is_asked_once,
            sent_count() == 2 && sent_[0].signal == policy_.stop_signal && sent_[0].target == Target::group &&
                !sent_[0].to_rest && sent_[1].signal == policy_.stop_signal && sent_[1].to_rest &&
                sent_[1].except_group,
            "the stop signal did not go to the group and then to all others");
      grace_end_ = now_ + policy_.stop_grace_period;
      return;
    case OnExit::leave:
      check(Rule::leaving_is_immediate, sent_count() == 0, "a signal in leaving");
      return;
    case OnExit::wait: {
      bool asked = asked_to_end_ && policy_.forward != Target::all;
      if (held_) {
        check(Rule::a_drained_signal_waits, sent_count() == 1 && sent_[0].signal == *held_ && sent_[0].to_rest,
              "what was held back did not reach the rest");
        asked_to_end_ = true;
        if (policy_.kill_after > Millis{0}) kill_at_ = now_ + policy_.kill_after;
      } else {
        check(Rule::waiting_does_not_stop_the_rest, sent_count() == (asked ? 1 : 0),
              "the rest was signalled though nobody asked, or not though somebody did");
        if (asked && sent_count() == 1) {
          check(Rule::waiting_does_not_stop_the_rest, sent_[0].except_group == (policy_.forward == Target::group),
                "who had the signal got it twice");
        }
      }
      return;
    }
  }
}

void Judge::judge(const OrphanExited& exit) {
  statuses_.push_back(exit.status);
  check(Rule::an_orphan_is_only_counted, reaped_.empty() && sent_count() == 0, "an orphan's end had consequences");
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
  int signal = policy_.rewrites(arrived.signal);
  if (signal == SignalRewrites::kDrop) {
    check(Rule::a_dropped_signal_stays_dropped, sent_count() == 0, "a dropped signal was sent");
    return;
  }
  if (command_ == Command::alive) return judge_signal_while_alive(arrived.signal, signal);
  if (kills_ > 0) {
    check(Rule::a_signal_is_passed_on_once, sent_count() == 0, "a signal to those who have KILL");
    return;
  }
  check(Rule::a_signal_is_passed_on_once,
        sent_count() == 1 && sent_[0].signal == signal && sent_[0].to_rest && !sent_[0].except_group,
        "a signal did not reach what remains");
  bool ends = arrived.signal == SIGTERM || signal == SIGTERM;
  if (ends && policy_.on_exit == OnExit::wait && !kill_at_ && policy_.kill_after > Millis{0}) {
    kill_at_ = now_ + policy_.kill_after;
  }
}

void Judge::judge_signal_while_alive(int received, int signal) {
  bool ends = received == SIGTERM || signal == SIGTERM;
  bool first = ends && !held_ && !asked_to_end_;
  if (first && policy_.drain > Millis{0}) {
    check(Rule::a_drained_signal_waits, sent_count() == 0, "a signal was not held back");
    held_ = signal;
    drain_end_ = now_ + policy_.drain;
    return;
  }
  if (ends && held_) {
    check(Rule::a_drained_signal_waits, true, "");
    expect_passed_on(*held_, true);
    return;
  }
  expect_passed_on(signal, first);
}

void Judge::expect_passed_on(int signal, bool ends_command) {
  check(Rule::a_signal_is_passed_on_once, sent_count() == 1 && sent_exactly(signal, policy_.forward),
        "a signal was not passed on, or not once");
  if (!ends_command) return;
  held_.reset();
  drain_end_.reset();
  asked_to_end_ = true;
  if (policy_.kill_after > Millis{0}) kill_at_ = now_ + policy_.kill_after;
}

void Judge::judge(const DeadlinePassed&) {
  if (command_ == Command::alive) {
    judge_deadline_while_alive();
  } else {
    judge_deadline_afterwards();
  }
}

void Judge::judge_deadline_while_alive() {
  if (held_) {
    check(Rule::a_drained_signal_waits, drain_end_ && now_ >= *drain_end_, "the drain ended early");
    expect_passed_on(*held_, true);
    return;
  }
  check(Rule::no_kill_before_its_time, kill_at_ && now_ >= *kill_at_, "a KILL that nobody asked for");
  if (gave_up_) {
    check(Rule::the_terminal_comes_back, reclaimed_ == 1, "the terminal stays with a command that cannot be killed");
    return;
  }
  check(Rule::kill_when_time_is_over, sent_count() == 1 && sent_exactly(SIGKILL, Target::all),
        "the time is over and not everybody was killed");
  ++kills_;
}

void Judge::judge_deadline_afterwards() {
  Deadline limit = earlier(grace_end_, kill_at_);
  check(Rule::no_kill_before_its_time, kills_ > 0 || (limit && now_ >= *limit), "a KILL before its time");
  if (gave_up_) return;
  check(Rule::kill_when_time_is_over,
        sent_count() == 1 && sent_[0].signal == SIGKILL && sent_[0].to_rest && !sent_[0].except_group,
        "the time is over and what remains was not killed");
  ++kills_;
}

void Judge::judge(const OnlyDeadLeft&) {
  check(Rule::done_only_when_nothing_is_left, sent_count() == 0, "a signal to the dead");
  reaping_for_ += kills_ * kKillInterval;
  kills_ = 1;
}

void Judge::judge(const NothingLeft&) {
  check(Rule::done_only_when_nothing_is_left, sent_count() == 0, "a signal to nobody");
}

bool Judge::may_wait() const {
  if (command_ == Command::alive) return !held_ && !kill_at_ && kills_ == 0;
  return policy_.on_exit == OnExit::wait && !kill_at_ && kills_ == 0;
}

void Judge::see_wait(Deadline deadline, Instant now) {
  check(Rule::it_always_ends, deadline.has_value() || may_wait(), "waits without a deadline though time is limited");
  check(Rule::it_always_ends, !deadline || *deadline > now, "waits for a time that is past");
  Deadline expected = command_ == Command::alive ? earlier(drain_end_, kill_at_) : earlier(grace_end_, kill_at_);
  if (kills_ == 0) check(Rule::kill_when_time_is_over, deadline == expected, "waits for another time than promised");
}

int Judge::documented_exit_code() const {
  if (failed_with_) return *failed_with_;
  ExitStatus command = command_status_ ? *command_status_ : killed_by(SIGKILL);
  int code = 0;
  switch (policy_.exit_code_from) {
    case ExitCodeFrom::main:
      code = command.code();
      break;
    case ExitCodeFrom::first:
      for (const ExitStatus& status : statuses_) {
        if (code == 0) code = status.code();
      }
      if (code == 0) code = command.code();
      break;
    case ExitCodeFrom::max:
      for (const ExitStatus& status : statuses_) code = std::max(code, status.code());
      if (!command_status_) code = std::max(code, command.code());
      break;
  }
  return policy_.exit_code_map(code);
}

void Judge::see_end(int exit_code, bool anything_left, bool alive_after_kill, Instant now) {
  check(Rule::the_exit_code_is_the_documented_one, exit_code == documented_exit_code(), "another exit code");
  bool leaves = command_ == Command::dead && policy_.on_exit == OnExit::leave && kills_ == 0;
  check(Rule::done_only_when_nothing_is_left, !anything_left || leaves || gave_up_ || failed_with_,
        "ended while something was left");
  if (gave_up_) {
    check(Rule::done_only_when_nothing_is_left, kills_ == kKillAttempts, "gave up early");
    check(Rule::done_only_when_nothing_is_left, alive_after_kill, "gave up on the dead");
  }
  Deadline limit = earlier(grace_end_, kill_at_);
  if (limit) {
    check(Rule::it_always_ends, now <= *limit + suspended_for_ + reaping_for_ + 2 * kKillAttempts * kKillInterval,
          "ended long after its time");
  }
}

}  // namespace onit::sim
