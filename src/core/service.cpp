#include "core/service.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/panic.hpp"

namespace onit {
namespace {

Deadline after(Instant start, Millis patience) {
  return patience == Millis{0} ? Deadline{} : Deadline{start + patience};
}

}  // namespace

Service::Service(ServiceId id, ServicePolicy policy) : id_(id), policy_(std::move(policy)) {}

Deadline Service::deadline() const {
  return earlier(status_.deadline, earlier(ready_watch_.deadline(), health_watch_.deadline()));
}

bool Service::is_alive() const {
  switch (status_.phase) {
    case ServicePhase::spawning:
    case ServicePhase::starting:
    case ServicePhase::up:
    case ServicePhase::pre_stop:
    case ServicePhase::stopping:
    case ServicePhase::killing:
    case ServicePhase::clearing:
      return true;
    case ServicePhase::inactive:
    case ServicePhase::waiting:
    case ServicePhase::backing_off:
    case ServicePhase::gone:
      return false;
  }
  panic("a service in no phase");
}

/// The one way to another phase, so that its beginning and its deadline go with it.
void Service::enter(Turn& turn, ServicePhase phase, Deadline deadline) {
  status_.phase = phase;
  status_.since = turn.now;
  status_.deadline = deadline;
}

void Service::tell(Turn& turn, const TellService& news) { turn.actions.push_back(news); }

// --- What the supervisor decides ------------------------------------------------------------------------------------

void Service::wait(Turn& turn, Reason reason, const Dependency* missing) {
  bool is_known = status_.phase == ServicePhase::waiting && status_.reason == reason &&
                  (!missing || (status_.other == missing->service && status_.awaited == missing->condition));
  if (is_known) return;
  enter(turn, ServicePhase::waiting, {});
  status_.reason = reason;
  if (!missing) return;
  status_.other = missing->service;
  status_.awaited = missing->condition;
  tell(turn,
       {.service = id_, .news = ServiceNews::waiting, .other = missing->service, .condition = missing->condition});
}

void Service::start(Turn& turn, Reason reason) {
  ending_ = Reason::none;
  is_asked_ = has_ended_ = is_signalled_ = has_overrun_ = was_healthy_ = false;
  kill_attempts_ = health_failures_ = 0;
  started_at_ = turn.now;
  watchdog_ = policy_.watchdog;
  status_.ready = false;
  status_.health = Health::unknown;
  status_.outcome = Outcome::none;
  status_.reason = reason;
  enter(turn, ServicePhase::spawning, {});
  tell(turn, {.service = id_, .news = ServiceNews::starting, .reason = reason});
  turn.actions.push_back(SpawnService{id_});
}

void Service::fail_for(Turn& turn, ServiceId other, int exit_code) {
  status_.other = other;
  rest(turn, Outcome::failed, Reason::dependency_failed, exit_code);
}

void Service::stop(Turn& turn, Reason reason, ServiceId other) {
  is_asked_ = true;
  switch (status_.phase) {
    case ServicePhase::inactive:
    case ServicePhase::gone:
      return;
    case ServicePhase::waiting:
    case ServicePhase::backing_off:
      status_.other = other;
      rest(turn, Outcome::stopped, reason, status_.exit_code);
      return;
    case ServicePhase::spawning:
    case ServicePhase::starting:
    case ServicePhase::up:
      status_.other = other;
      end_run(turn, reason, policy_.stop_signal);
      return;
    case ServicePhase::stopping:
      if (ending_ != Reason::none) return;
      // It is about to end by itself, and may be slower than it thinks.
      ending_ = status_.reason = reason;
      status_.other = other;
      send_stop_signal(turn, policy_.stop_signal);
      return;
    case ServicePhase::pre_stop:
    case ServicePhase::killing:
    case ServicePhase::clearing:
      if (ending_ == Reason::none) ending_ = status_.reason = reason;
      return;
  }
  panic("a service in no phase");
}

void Service::kill(Turn& turn) {
  if (!is_alive() || kill_attempts_ > 0) return;
  if (ending_ == Reason::none) ending_ = status_.reason = Reason::shutdown;
  overrun(turn, Reason::shutdown);
}

void Service::redefine(ServicePolicy policy) {
  policy_ = std::move(policy);
  back_off_.forget();
  status_ = ServiceStatus{.last_exit = status_.last_exit,
                          .last_code = status_.last_code,
                          .exit_code = status_.exit_code,
                          .has_run = status_.has_run,
                          .restarts = status_.restarts,
                          .since = status_.since};
}

void Service::become_gone(Turn& turn) {
  enter(turn, ServicePhase::gone, {});
  tell(turn, {.service = id_, .news = ServiceNews::removed});
}

void Service::skip(Turn& turn) { tell(turn, {.service = id_, .news = ServiceNews::skipped}); }

// --- The start ------------------------------------------------------------------------------------------------------

void Service::on(const ServiceStarted&, Turn& turn) {
  status_.has_run = true;
  if (status_.phase != ServicePhase::spawning) return;
  tell(turn, {.service = id_, .news = ServiceNews::started});
  if (policy_.type == ServiceType::oneshot) {
    return enter(turn, ServicePhase::starting, after(started_at_, policy_.timeout));
  }
  if (!policy_.ready) return become_up(turn);
  enter(turn, ServicePhase::starting, after(started_at_, policy_.ready->timeout));
  if (policy_.ready->is_probed) look(turn, ProbeKind::ready);
}

void Service::on(const ServiceStartFailed& event, Turn& turn) {
  has_ended_ = true;
  status_.last_code = event.exit_code;
  if (!rest_if_asked(turn, event.exit_code)) conclude(turn, Outcome::failed, Reason::start_failed, event.exit_code);
}

void Service::become_up(Turn& turn) {
  if (ready_watch_.is_looking()) turn.actions.push_back(StopProbe{id_, ProbeKind::ready});
  ready_watch_.end();
  status_.ready = true;
  well_since_ = turn.now;
  enter(turn, ServicePhase::up, after(turn.now, watchdog_));
  if (policy_.ready) {
    auto taken = turn.now - started_at_;
    tell(turn, {.service = id_, .news = ServiceNews::ready, .after = taken});
  }
  if (policy_.health) {
    health_watch_.plan(turn.now + std::min(policy_.health->start_interval, policy_.health->interval));
  }
}

void Service::on(const ServiceReady&, Turn& turn) {
  bool is_awaited = status_.phase == ServicePhase::starting && policy_.type == ServiceType::simple;
  if (is_awaited) become_up(turn);
}

void Service::on(const ServiceNeverReady&, Turn& turn) {
  if (status_.phase == ServicePhase::starting) end_run(turn, Reason::never_ready, policy_.stop_signal);
}

// --- Probes, and what the service says of itself --------------------------------------------------------------------

void Service::look(Turn& turn, ProbeKind kind) {
  bool is_ready = kind == ProbeKind::ready;
  Millis patience = is_ready ? policy_.ready->attempt_timeout : policy_.health->timeout;
  (is_ready ? ready_watch_ : health_watch_).begin(turn.now + patience);
  turn.actions.push_back(RunProbe{id_, kind});
}

void Service::on(const ProbeEnded& event, Turn& turn) {
  ProbeWatch& watch = event.kind == ProbeKind::ready ? ready_watch_ : health_watch_;
  if (!watch.is_looking()) return;  // it was given up before
  watch.end();
  event.kind == ProbeKind::ready ? on_ready_probe(turn, event.outcome) : on_health_probe(turn, event.outcome);
}

void Service::on_ready_probe(Turn& turn, ProbeOutcome outcome) {
  if (outcome == ProbeOutcome::succeeded) return become_up(turn);
  ready_watch_.plan(turn.now + policy_.ready->interval);
}

void Service::on_health_probe(Turn& turn, ProbeOutcome outcome) {
  const HealthPolicy& policy = *policy_.health;
  if (outcome == ProbeOutcome::succeeded) {
    health_failures_ = 0;
    was_healthy_ = true;
    if (!well_since_) well_since_ = turn.now;
    if (std::exchange(status_.health, Health::healthy) != Health::healthy) {
      tell(turn, {.service = id_, .news = ServiceNews::healthy});
    }
    return health_watch_.plan(turn.now + policy.interval);
  }
  bool is_starting = !was_healthy_ && turn.now - status_.since < policy.start_period;
  health_watch_.plan(turn.now + (is_starting ? policy.start_interval : policy.interval));
  bool counts = outcome == ProbeOutcome::failed && !is_starting && status_.health != Health::unhealthy;
  if (!counts || ++health_failures_ < policy.retries) return;
  status_.health = Health::unhealthy;
  credit_wellness(turn);
  tell(turn, {.service = id_, .news = ServiceNews::unhealthy, .count = health_failures_});
  if (policy.on_unhealthy == OnUnhealthy::restart) end_run(turn, Reason::unhealthy, policy_.stop_signal);
}

void Service::end_probes(Turn& turn) {
  if (ready_watch_.is_looking()) turn.actions.push_back(StopProbe{id_, ProbeKind::ready});
  if (health_watch_.is_looking()) turn.actions.push_back(StopProbe{id_, ProbeKind::health});
  ready_watch_.end();
  health_watch_.end();
}

/// It is well no longer. If it was for long enough, what went wrong before is forgiven.
void Service::credit_wellness(Turn& turn) {
  if (well_since_ && turn.now - *well_since_ >= policy_.restart_reset_after) back_off_.reset();
  well_since_.reset();
}

void Service::on(const WatchdogFed&, Turn& turn) {
  if (status_.phase == ServicePhase::up) status_.deadline = after(turn.now, watchdog_);
}

void Service::on(const WatchdogTriggered&, Turn& turn) {
  bool runs = status_.phase == ServicePhase::starting || status_.phase == ServicePhase::up;
  if (runs && watchdog_ > Millis{0}) end_run(turn, Reason::watchdog, SIGABRT);
}

void Service::on(const WatchdogChanged& event, Turn& turn) {
  if (watchdog_ == Millis{0}) return;  // nobody has asked for a watchdog
  watchdog_ = event.interval;
  on(WatchdogFed{id_}, turn);
}

void Service::on(const TimeoutExtended& event, Turn& turn) {
  bool is_about_a_timeout = status_.phase == ServicePhase::starting || status_.phase == ServicePhase::pre_stop ||
                            status_.phase == ServicePhase::stopping;
  if (!is_about_a_timeout || !status_.deadline) return;
  status_.deadline = std::max(*status_.deadline, turn.now + event.by);
}

void Service::on(const ServiceStopping&, Turn& turn) {
  if (status_.phase != ServicePhase::up && status_.phase != ServicePhase::starting) return;
  end_probes(turn);
  credit_wellness(turn);
  enter(turn, ServicePhase::stopping, turn.now + policy_.stop_grace_period);
}

// --- Deadlines ------------------------------------------------------------------------------------------------------

void Service::on_deadline(Turn& turn) {
  if (status_.deadline && *status_.deadline <= turn.now) on_phase_deadline(turn);
  for (ProbeKind kind : {ProbeKind::ready, ProbeKind::health}) {
    ProbeWatch& watch = kind == ProbeKind::ready ? ready_watch_ : health_watch_;
    if (watch.is_overdue(turn.now)) {
      turn.actions.push_back(StopProbe{id_, kind});
      kind == ProbeKind::ready ? on_ready_probe(turn, ProbeOutcome::failed)
                               : on_health_probe(turn, ProbeOutcome::failed);
    } else if (watch.is_due(turn.now)) {
      look(turn, kind);
    }
  }
}

void Service::on_phase_deadline(Turn& turn) {
  bool may_kill_again = kill_attempts_ < kServiceKillAttempts;
  switch (status_.phase) {
    case ServicePhase::starting: {
      bool is_oneshot = policy_.type == ServiceType::oneshot;
      return end_run(turn, is_oneshot ? Reason::run_timeout : Reason::ready_timeout, policy_.stop_signal);
    }
    case ServicePhase::up:
      return end_run(turn, Reason::watchdog, SIGABRT);
    case ServicePhase::pre_stop:
      // What comes before the signal must not take its place.
      turn.actions.push_back(StopPreStop{id_});
      status_.deadline = turn.now + std::min(kAfterPreStop, policy_.stop_grace_period);
      return send_stop_signal(turn, policy_.stop_signal);
    case ServicePhase::stopping:
      return overrun(turn, Reason::none);
    case ServicePhase::killing:
      if (may_kill_again) return send_kill(turn);
      // Two of one service are worse than none: until this one ends there is no other.
      status_.deadline.reset();
      return tell(turn, {.service = id_, .news = ServiceNews::unkillable});
    case ServicePhase::clearing:
      if (kill_attempts_ == 0) return overrun(turn, Reason::none);
      if (may_kill_again) return send_kill(turn);
      tell(turn, {.service = id_, .news = ServiceNews::unkillable});
      return settle(turn);
    case ServicePhase::backing_off:
      ++status_.restarts;
      return enter(turn, ServicePhase::waiting, {});
    case ServicePhase::inactive:
    case ServicePhase::waiting:
    case ServicePhase::spawning:
    case ServicePhase::gone:
      panic("a phase without deadline came to its deadline");
  }
}

}  // namespace onit
