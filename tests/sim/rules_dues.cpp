// What is due when a deadline has passed, while onit waits, and at the end.

#include <algorithm>
#include <csignal>

#include "core/command.hpp"
#include "sim/rules.hpp"

namespace onit::sim {

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
    check(Rule::a_drained_signal_waits, sent_all({{*held_, false, target_of(*held_), false}}),
          "what was held back did not go out");
    begin_end(*held_);
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

bool Judge::may_wait() const {
  if (policy_.commands == 0) return pausing_ || (policy_.on_exit == OnExit::wait && !grace_end_ && kills_ == 0);
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
  bool given_up = gave_up_ && command_ == Command::alive;
  ExitStatus command = policy_.commands == 0 ? exited_with(0) : given_up ? killed_by(SIGKILL) : *command_status_;
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
      code = std::max(code, command.code());
      break;
  }
  return policy_.exit_code_map(code);
}

void Judge::see_end(int exit_code, bool anything_left, bool alive_after_kill, Instant now) {
  check(Rule::the_exit_code_is_the_documented_one, exit_code == documented_exit_code(), "another exit code");
  bool is_left = policy_.on_exit == OnExit::leave || policy_.on_exit == OnExit::notify;
  bool leaves = (command_ == Command::dead || policy_.commands == 0) && is_left && kills_ == 0;
  check(Rule::a_pause_ends_when_asked, !pausing_, "a pause ended by itself");
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
