// How a run of a service ends, and what follows.

#include <csignal>
#include <utility>

#include "base/panic.hpp"
#include "core/service.hpp"

namespace onit {

/// Ends a run that is spawning, starting or up.
void Service::end_run(Turn& turn, Reason reason, int signal) {
  bool is_executed = status_.phase != ServicePhase::spawning;
  ending_ = status_.reason = reason;
  end_probes(turn);
  credit_wellness(turn);
  bool is_patient = policy_.stop_grace_period > Millis{0};
  tell(turn, {.service = id_,
              .news = ServiceNews::stopping,
              .reason = reason,
              .other = status_.other,
              .code = is_patient ? signal : SIGKILL});
  if (!is_patient) return send_kill(turn);
  // Who does not even say that it is alive is not asked to prepare.
  if (policy_.has_pre_stop && is_executed && reason != Reason::watchdog) {
    enter(turn, ServicePhase::pre_stop, turn.now + policy_.stop_grace_period);
    turn.actions.push_back(RunPreStop{id_});
    return;
  }
  send_stop_signal(turn, signal);
}

void Service::on(const PreStopEnded&, Turn& turn) {
  if (status_.phase == ServicePhase::pre_stop) send_stop_signal(turn, policy_.stop_signal);
}

void Service::send_stop_signal(Turn& turn, int signal) {
  // What runs before the signal takes its time from the same grace period.
  bool has_deadline = status_.phase == ServicePhase::pre_stop;
  is_signalled_ = true;
  turn.actions.push_back(SignalService{id_, signal});
  // One that is stopped could not act on it.
  turn.actions.push_back(SignalService{id_, SIGCONT});
  enter(turn, ServicePhase::stopping, has_deadline ? status_.deadline : turn.now + policy_.stop_grace_period);
}

void Service::overrun(Turn& turn, Reason why) {
  has_overrun_ = true;
  end_probes(turn);
  if (status_.phase == ServicePhase::pre_stop) turn.actions.push_back(StopPreStop{id_});
  tell(turn, {.service = id_, .news = ServiceNews::killing, .reason = why});
  send_kill(turn);
}

void Service::send_kill(Turn& turn) {
  ++kill_attempts_;
  if (has_ended_) {
    turn.actions.push_back(SignalLeftovers{id_, SIGKILL});
    return enter(turn, ServicePhase::clearing, turn.now + kServiceKillInterval);
  }
  turn.actions.push_back(SignalService{id_, SIGKILL});
  enter(turn, ServicePhase::killing, turn.now + kServiceKillInterval);
}

/// The main process has ended; those whom it leaves behind follow it. Its group is asked while its number cannot be
/// anybody else's.
void Service::on(const ServiceExited& event, Turn& turn) {
  if (std::exchange(has_ended_, true)) return;
  status_.last_exit = event.status;
  status_.last_code = event.status.code();
  end_probes(turn);
  credit_wellness(turn);
  if (status_.phase == ServicePhase::pre_stop) turn.actions.push_back(StopPreStop{id_});
  tell(turn, {.service = id_, .news = ServiceNews::exited, .status = event.status});

  bool is_killed = kill_attempts_ > 0 || policy_.stop_grace_period == Millis{0};
  bool has_deadline = status_.phase == ServicePhase::pre_stop || status_.phase == ServicePhase::stopping;
  int signal = is_killed ? SIGKILL : policy_.stop_signal;
  // First of all: who is left is known only before the signal.
  bool is_unasked = ending_ == Reason::none && !is_asked_ && turn.rest == Reason::none;
  turn.actions.push_back(AwaitEmpty{id_, is_unasked});
  if (is_killed || !is_signalled_) turn.actions.push_back(SignalService{id_, signal});
  turn.actions.push_back(SignalLeftovers{id_, signal, true});
  kill_attempts_ = is_killed ? 1 : 0;
  enter(turn, ServicePhase::clearing,
        is_killed      ? turn.now + kServiceKillInterval
        : has_deadline ? status_.deadline
                       : turn.now + policy_.stop_grace_period);
}

void Service::on(const ServiceEmpty&, Turn& turn) {
  if (status_.phase == ServicePhase::clearing) settle(turn);
}

bool Service::is_success(ExitStatus status) const {
  return policy_.success_exit_codes[static_cast<std::size_t>(status.code()) % policy_.success_exit_codes.size()];
}

/// Whoever was asked to end has neither failed nor is started again by itself, whatever it ends with: also one that
/// does so before it was its turn.
bool Service::rest_if_asked(Turn& turn, int exit_code) {
  if (!is_asked_ && turn.rest == Reason::none) return false;
  if (ending_ == Reason::none) {
    ending_ = turn.rest;
    status_.other = id_;
  }
  rest(turn, Outcome::stopped, ending_, exit_code);
  return true;
}

/// Nothing is left of the run: what was it?
void Service::settle(Turn& turn) {
  int code = status_.last_exit->code();
  if (rest_if_asked(turn, code)) return;
  bool is_good = is_success(*status_.last_exit);
  Reason reason = ending_ == Reason::none ? Reason::exited : ending_;
  bool is_never_ready = policy_.type == ServiceType::simple && policy_.ready && !status_.ready;
  if (reason == Reason::exited && is_good && is_never_ready) reason = Reason::never_ready;
  if (reason == Reason::exited && is_good) return conclude(turn, Outcome::succeeded, reason, code);
  // The signal by which onit has ended what did not work is not what went wrong.
  bool is_own_signal = reason != Reason::exited && code == killed_by(policy_.stop_signal).code();
  conclude(turn, Outcome::failed, reason, is_good || is_own_signal ? 1 : code);
}

bool Service::may_restart(Outcome outcome, Reason reason) const {
  if (reason == Reason::unhealthy) return true;
  switch (policy_.restart) {
    case RestartPolicy::no:
      return false;
    case RestartPolicy::on_failure:
      return outcome == Outcome::failed;
    case RestartPolicy::always:
      return true;
  }
  panic("a service without restart policy");
}

/// A run has ended that nobody has asked to.
void Service::conclude(Turn& turn, Outcome outcome, Reason reason, int exit_code) {
  if (!may_restart(outcome, reason)) return rest(turn, outcome, reason, exit_code);
  auto delay = back_off_.next(policy_, turn.now, turn.jitter);
  if (!delay) return rest(turn, Outcome::failed, reason, exit_code == 0 ? 1 : exit_code, policy_.max_restarts);
  status_.ready = false;
  status_.health = Health::unknown;
  status_.outcome = outcome;
  status_.reason = reason;
  status_.exit_code = exit_code;
  enter(turn, ServicePhase::backing_off, turn.now + *delay);
  tell(turn, {.service = id_,
              .news = ServiceNews::backing_off,
              .reason = reason,
              .status = status_.last_exit.value_or(ExitStatus{}),
              .count = back_off_.consecutive(),
              .after = *delay});
}

/// The one way to rest.
void Service::rest(Turn& turn, Outcome outcome, Reason reason, int exit_code, int restarts_in_vain) {
  status_.ready = outcome == Outcome::succeeded && policy_.type == ServiceType::oneshot;
  status_.health = Health::unknown;
  status_.outcome = outcome;
  status_.reason = reason;
  status_.exit_code = exit_code;
  enter(turn, ServicePhase::inactive, {});
  ServiceNews news = outcome == Outcome::failed    ? ServiceNews::failed
                     : outcome == Outcome::stopped ? ServiceNews::stopped
                                                   : ServiceNews::completed;
  tell(turn, {.service = id_,
              .news = news,
              .reason = reason,
              .other = status_.other,
              .code = exit_code,
              .status = status_.last_exit.value_or(ExitStatus{}),
              .count = restarts_in_vain});
}

}  // namespace onit
