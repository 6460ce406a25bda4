#include "core/command.hpp"

#include "base/panic.hpp"

namespace onit {
namespace {

/// What a person or a manager sends to have something end. Whoever is stopped must be continued to hear of it.
bool asks_to_end(int signal) { return signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM; }

Deadline after(Instant now, Millis delay) { return delay == Millis{0} ? Deadline{} : Deadline{now + delay}; }

/// One step in the making. A handler for each event, and under them the ways from one phase to another.
class Decision {
 public:
  Decision(const CommandPolicy& policy, const State& state, Instant now)
      : policy_(policy), now_(now), step_{state, {}} {}

  void on(Begin);
  void on(SpawnFailed);
  void on(CommandExited);
  void on(OrphanExited);
  void on(CommandStopped);
  void on(SignalArrived);
  void on(Resumed);
  void on(SuspendRefused);
  void on(DeadlinePassed);
  void on(OnlyDeadLeft);
  void on(NothingLeft);

  Step take() { return step_; }

 private:
  void command_gone(pid_t pid, ExitStatus status);
  void last_command_gone(pid_t pid, ExitStatus status);
  void cascade();
  Target target_of(int signal) const;
  void note_cascade(int signal) {
    if (signal == policy_.cascade.signal) step_.next.has_cascaded = true;
  }
  void deliver(int signal, bool terminates);
  void end_pause();
  void pass_on(int signal, bool terminates);
  void pass_on_to_rest(int signal, bool terminates);
  void hold_back(int signal);
  void end_drain(int reason = 0);
  void stop_rest(bool group_had_it, Deadline limit);
  void wait_for_rest(const State& before, Deadline limit);
  void kill_everything();
  void kill_rest();
  void kill_again();
  void finish(int code);

  /// The one way into a phase: phase, deadline and what belongs to them never go stale apart.
  void enter(Phase phase, Deadline deadline) {
    step_.next.phase = phase;
    step_.next.deadline = deadline;
    step_.next.end_signal = 0;
  }
  void act(Action action) { step_.actions.add(action); }
  void reap(pid_t pid) {
    if (pid != 0) act(Reap{pid});
  }
  void signal_and_reap(pid_t pid, int signal, Target target) {
    if (pid != 0) act(SignalCommand{signal, target});
    reap(pid);
  }
  void tell(What what, int signal = 0) { act(Tell{.what = what, .signal = signal}); }

  const CommandPolicy& policy_;
  Instant now_;
  Step step_;
};

void Decision::on(Begin) {
  if (step_.next.phase != Phase::idle) panic("began twice");
  step_.next.commands = policy_.commands;
  enter(policy_.commands == 0 ? Phase::pausing : Phase::running, {});
  act(Spawn{});
}

void Decision::on(SpawnFailed failure) {
  if (policy_.commands > 1) {
    // The others are there already; to them it is a command that ended at once.
    step_.next.commands -= failure.commands - 1;
    return command_gone(failure.pid, exited_with(failure.exit_code));
  }
  reap(failure.pid);
  act(ReclaimTerminal{});
  step_.next.exit_code = failure.exit_code;
  enter(Phase::done, {});
}

void Decision::on(CommandExited exit) { command_gone(exit.pid, exit.status); }

void Decision::command_gone(pid_t pid, ExitStatus status) {
  step_.next.tally.add_command(status);
  if (--step_.next.commands == 0) return last_command_gone(pid, status);
  reap(pid);
  cascade();
}

void Decision::last_command_gone(pid_t pid, ExitStatus status) {
  const State before = step_.next;
  act(ReclaimTerminal{});

  if (before.phase == Phase::killing || (policy_.on_exit == OnExit::stop && policy_.stop_grace_period == Millis{0})) {
    signal_and_reap(pid, SIGKILL, Target::group);
    kill_rest();
    return;
  }
  // Only a TERM that was passed on has started the clock of --kill-after; one that is held back has not.
  Deadline limit = before.phase == Phase::terminating ? before.deadline : Deadline{};
  switch (policy_.on_exit) {
    case OnExit::stop:
      // The group first, while it can be told from others; then whoever left the group.
      signal_and_reap(pid, policy_.stop_signal, Target::group);
      stop_rest(pid != 0, limit);
      return;
    case OnExit::wait:
      reap(pid);
      wait_for_rest(before, limit);
      if (!(policy_.cascade.spares_success && status.code() == 0)) cascade();
      return;
    case OnExit::notify:
      signal_and_reap(pid, policy_.stop_signal, policy_.forward);
      return finish(step_.next.tally.code(policy_.exit_code_from));
    case OnExit::leave:
      reap(pid);
      finish(step_.next.tally.code(policy_.exit_code_from));
      return;
  }
}

void Decision::on(OrphanExited exit) {
  step_.next.tally.add_other(exit.status);
  cascade();
}

void Decision::on(CommandStopped stop) {
  if (step_.next.phase == Phase::killing) return;  // it was stopped before the KILL came; now it ends
  bool wants_terminal = stop.signal == SIGTTIN || stop.signal == SIGTTOU;
  switch (stop.holder) {
    case TerminalHolder::no_terminal:
      return;
    case TerminalHolder::onit:
      if (wants_terminal) {
        act(LendTerminal{.on_demand = true});
        act(SignalCommand{SIGCONT, Target::group});
        return;
      }
      break;
    case TerminalHolder::command:
      act(ReclaimTerminal{});
      break;
    case TerminalHolder::other:
      break;
  }
  // A SIGSTOP in the background was meant for the command alone, and so will be the SIGCONT that follows it.
  if (stop.signal == SIGSTOP && stop.holder != TerminalHolder::command) return;
  // TSTP in place of STOP: the kernel ignores it where no shell could continue us, and we hear of that.
  act(Suspend{stop.signal == SIGSTOP ? SIGTSTP : stop.signal});
}

void Decision::on(Resumed) {
  act(LendTerminal{.on_demand = false});
  act(SignalCommand{SIGCONT, Target::group});
}

void Decision::on(SuspendRefused refused) {
  // An orphaned process group is never stopped from the terminal (setpgid(2)); the command would not have been either
  // had onit not stood between. A read that stopped it can only fail, hence HUP, as the kernel itself does.
  if (refused.signal != SIGTSTP) act(SignalCommand{SIGHUP, Target::group});
  on(Resumed{});
}

void Decision::on(SignalArrived arrived) {
  int signal = policy_.rewrites(arrived.signal);
  if (signal == SignalRewrites::kDrop) {
    tell(What::dropped, arrived.signal);
  } else {
    if (signal != arrived.signal) act(Tell{.what = What::rewritten, .signal = arrived.signal, .to = signal});
    bool is_cascade = policy_.cascade.signal != 0 && signal == policy_.cascade.signal;
    deliver(signal, arrived.signal == SIGTERM || signal == SIGTERM || is_cascade);
  }
  if (policy_.stops_self.has(arrived.signal) && step_.next.commands > 0) act(StopSelf{});
}

void Decision::deliver(int signal, bool terminates) {
  switch (step_.next.phase) {
    case Phase::pausing:
      if (asks_to_end(signal)) end_pause();
      return;
    case Phase::running:
      if (terminates && policy_.drain > Millis{0}) return hold_back(signal);
      return pass_on(signal, terminates);
    case Phase::draining:
      if (terminates) return end_drain(signal);
      return pass_on(signal, false);
    case Phase::terminating:
    case Phase::killing:
      return pass_on(signal, false);
    case Phase::stopping:
    case Phase::waiting:
      return pass_on_to_rest(signal, terminates);
    case Phase::clearing:
      return;
    case Phase::idle:
    case Phase::done:
      panic("a signal outside of the loop");
  }
}

void Decision::on(DeadlinePassed) {
  switch (step_.next.phase) {
    case Phase::draining:
      return end_drain();
    case Phase::terminating:
      tell(What::overrun);
      return kill_everything();
    case Phase::stopping:
    case Phase::waiting:
      tell(What::overrun);
      return kill_rest();
    case Phase::killing:
    case Phase::clearing:
      return kill_again();
    case Phase::idle:
    case Phase::pausing:
    case Phase::running:
    case Phase::done:
      panic("a deadline that nobody set");
  }
}

void Decision::on(OnlyDeadLeft) {
  // Thousands take a while to reap; that is not what giving up is for.
  step_.next.kill_attempts = 1;
}

void Decision::on(NothingLeft) {
  switch (step_.next.phase) {
    case Phase::pausing:
      return;  // there will be more
    case Phase::stopping:
    case Phase::waiting:
    case Phase::clearing:
      return finish(step_.next.tally.code(policy_.exit_code_from));
    case Phase::idle:
    case Phase::running:
    case Phase::draining:
    case Phase::terminating:
    case Phase::killing:
    case Phase::done:
      panic("the command vanished");
  }
}

/// A process has ended, and the others may have to follow it.
void Decision::cascade() {
  const Cascade& rule = policy_.cascade;
  if (rule.signal == 0) return;
  if (step_.next.phase == Phase::draining) end_drain();
  if (step_.next.has_cascaded && !rule.every_time) return;
  switch (step_.next.phase) {
    case Phase::running:
      tell(What::cascading, rule.signal);
      return pass_on(rule.signal, true);
    case Phase::terminating:
      tell(What::cascading, rule.signal);
      return pass_on(rule.signal, false);
    case Phase::waiting:
      tell(What::cascading, rule.signal);
      return pass_on_to_rest(rule.signal, true);
    case Phase::pausing:
    case Phase::killing:
    case Phase::stopping:
    case Phase::clearing:
      return;
    case Phase::idle:
    case Phase::draining:
    case Phase::done:
      panic("an end outside of the loop");
  }
}

Target Decision::target_of(int signal) const {
  return signal == policy_.cascade.signal ? policy_.cascade.target : policy_.forward;
}

void Decision::pass_on(int signal, bool terminates) {
  if (signal == SIGCONT) act(LendTerminal{.on_demand = false});
  act(SignalCommand{signal, target_of(signal)});
  note_cascade(signal);
  if (!terminates) return;
  enter(Phase::terminating, after(now_, policy_.kill_after));
  step_.next.end_signal = signal;
}

void Decision::pass_on_to_rest(int signal, bool terminates) {
  act(SignalRest{.signal = signal, .wake = asks_to_end(signal)});
  note_cascade(signal);
  if (!terminates || step_.next.phase != Phase::waiting || step_.next.deadline) return;
  enter(Phase::waiting, after(now_, policy_.kill_after));
}

void Decision::end_pause() {
  bool leaves = policy_.on_exit == OnExit::leave || policy_.on_exit == OnExit::notify;
  if (leaves) return finish(step_.next.tally.code(policy_.exit_code_from));
  act(SignalRest{.signal = policy_.stop_signal, .wake = true});
  enter(Phase::stopping, now_ + policy_.stop_grace_period);
}

void Decision::hold_back(int signal) {
  tell(What::draining, signal);
  enter(Phase::draining, now_ + policy_.drain);
  step_.next.end_signal = signal;
}

/// `reason` is the signal that ends it early, 0 if the time is over. What is held back goes out in any case.
void Decision::end_drain(int reason) {
  int signal = step_.next.end_signal;
  tell(What::drain_over, signal);
  pass_on(signal, true);
  if (reason != 0 && reason != signal) pass_on(reason, false);
}

void Decision::stop_rest(bool group_had_it, Deadline limit) {
  act(SignalRest{.signal = policy_.stop_signal, .except_group = group_had_it, .wake = true});
  enter(Phase::stopping, earlier(now_ + policy_.stop_grace_period, limit));
}

/// A request to end that came while the command ran was for all of it: who has not had the signal gets it now.
void Decision::wait_for_rest(const State& before, Deadline limit) {
  enter(Phase::waiting, limit);
  if (before.phase == Phase::draining) {
    pass_on_to_rest(before.end_signal, true);
  } else if (before.phase == Phase::terminating) {
    Target had_it = target_of(before.end_signal);
    if (had_it == Target::all) return;
    act(SignalRest{.signal = before.end_signal, .except_group = had_it == Target::group});
  }
}

void Decision::kill_everything() {
  act(SignalCommand{SIGKILL, Target::all});
  step_.next.kill_attempts = 1;
  enter(Phase::killing, now_ + kKillInterval);
}

void Decision::kill_rest() {
  act(SignalRest{.signal = SIGKILL});
  step_.next.kill_attempts = 1;
  enter(Phase::clearing, now_ + kKillInterval);
}

void Decision::kill_again() {
  bool command_alive = step_.next.phase == Phase::killing;
  if (step_.next.kill_attempts == kKillAttempts) {
    tell(What::unkillable);
    if (command_alive) {
      step_.next.tally.add_command(killed_by(SIGKILL));
      act(ReclaimTerminal{});
    }
    return finish(step_.next.tally.code(policy_.exit_code_from));
  }
  ++step_.next.kill_attempts;
  if (command_alive) {
    act(SignalCommand{SIGKILL, Target::all});
  } else {
    act(SignalRest{.signal = SIGKILL, .again = true});
  }
  step_.next.deadline = now_ + kKillInterval;
}

void Decision::finish(int code) {
  step_.next.exit_code = policy_.exit_code_map(code);
  act(Tell{.what = What::leaving, .code = step_.next.exit_code});
  enter(Phase::done, {});
}

}  // namespace

Step step(const CommandPolicy& policy, const State& state, const Event& event, Instant now) {
  Decision decision(policy, state, now);
  std::visit([&](const auto& happened) { decision.on(happened); }, event);
  return decision.take();
}

}  // namespace onit
