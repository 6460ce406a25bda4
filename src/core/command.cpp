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
  void pass_on(int signal, bool terminates);
  void pass_on_to_rest(int signal, bool terminates);
  void hold_back(int signal);
  void end_drain();
  void stop_rest(Deadline limit);
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
  void tell(Notice notice, int signal = 0) { act(Tell{notice, signal}); }

  const CommandPolicy& policy_;
  Instant now_;
  Step step_;
};

void Decision::on(Begin) {
  if (step_.next.phase != Phase::idle) panic("began twice");
  enter(Phase::running, {});
  act(Spawn{});
}

void Decision::on(SpawnFailed failure) {
  if (failure.pid != 0) act(Reap{failure.pid});
  act(ReclaimTerminal{});
  step_.next.exit_code = failure.exit_code;
  enter(Phase::done, {});
}

void Decision::on(CommandExited exit) {
  const State before = step_.next;
  step_.next.tally.add_command(exit.status);
  act(ReclaimTerminal{});

  if (before.phase == Phase::killing || (policy_.on_exit == OnExit::stop && policy_.stop_grace_period == Millis{0})) {
    act(SignalCommand{SIGKILL, Target::group});
    act(Reap{exit.pid});
    kill_rest();
    return;
  }
  // Only a TERM that was passed on has started the clock of --kill-after; one that is held back has not.
  Deadline limit = before.phase == Phase::terminating ? before.deadline : Deadline{};
  switch (policy_.on_exit) {
    case OnExit::stop:
      // The group first, while the command's pid reserves its number; then whoever left the group.
      act(SignalCommand{policy_.stop_signal, Target::group});
      act(Reap{exit.pid});
      stop_rest(limit);
      return;
    case OnExit::wait:
      act(Reap{exit.pid});
      wait_for_rest(before, limit);
      return;
    case OnExit::leave:
      act(Reap{exit.pid});
      finish(step_.next.tally.code(policy_.exit_code_from));
      return;
  }
}

void Decision::on(OrphanExited exit) { step_.next.tally.add_other(exit.status); }

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
  bool terminates = arrived.signal == SIGTERM || signal == SIGTERM;
  if (signal == SignalRewrites::kDrop) return tell(Notice::dropped, arrived.signal);

  switch (step_.next.phase) {
    case Phase::running:
      if (terminates && policy_.drain > Millis{0}) return hold_back(signal);
      return pass_on(signal, terminates);
    case Phase::draining:
      if (terminates) return end_drain();
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
      tell(Notice::overrun);
      return kill_everything();
    case Phase::stopping:
    case Phase::waiting:
      tell(Notice::overrun);
      return kill_rest();
    case Phase::killing:
    case Phase::clearing:
      return kill_again();
    case Phase::idle:
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

void Decision::pass_on(int signal, bool terminates) {
  if (signal == SIGCONT) act(LendTerminal{.on_demand = false});
  act(SignalCommand{signal, policy_.forward});
  if (!terminates) return;
  enter(Phase::terminating, after(now_, policy_.kill_after));
  step_.next.end_signal = signal;
}

void Decision::pass_on_to_rest(int signal, bool terminates) {
  act(SignalRest{.signal = signal, .wake = asks_to_end(signal)});
  if (!terminates || step_.next.phase != Phase::waiting || step_.next.deadline) return;
  enter(Phase::waiting, after(now_, policy_.kill_after));
}

void Decision::hold_back(int signal) {
  tell(Notice::draining, signal);
  enter(Phase::draining, now_ + policy_.drain);
  step_.next.end_signal = signal;
}

void Decision::end_drain() {
  int signal = step_.next.end_signal;
  tell(Notice::drain_over, signal);
  pass_on(signal, true);
}

void Decision::stop_rest(Deadline limit) {
  act(SignalRest{.signal = policy_.stop_signal, .except_group = true, .wake = true});
  enter(Phase::stopping, earlier(now_ + policy_.stop_grace_period, limit));
}

/// A request to end that came while the command ran was for all of it: who has not had the signal gets it now.
void Decision::wait_for_rest(const State& before, Deadline limit) {
  enter(Phase::waiting, limit);
  if (before.phase == Phase::draining) {
    pass_on_to_rest(before.end_signal, true);
  } else if (before.phase == Phase::terminating && policy_.forward != Target::all) {
    act(SignalRest{.signal = before.end_signal, .except_group = policy_.forward == Target::group});
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
    tell(Notice::unkillable);
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
  enter(Phase::done, {});
}

}  // namespace

Step step(const CommandPolicy& policy, const State& state, const Event& event, Instant now) {
  Decision decision(policy, state, now);
  std::visit([&](const auto& happened) { decision.on(happened); }, event);
  return decision.take();
}

}  // namespace onit
