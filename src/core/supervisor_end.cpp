// What concerns all services together, and how everything ends.

#include <algorithm>
#include <csignal>
#include <utility>

#include "core/supervisor.hpp"

namespace onit {

// --- What concerns all ----------------------------------------------------------------------------------------------

void Supervisor::Tally::add(const Tally& other, int sign) {
  alive += sign * other.alive;
  stuck += sign * other.stuck;
  pending += sign * other.pending;
  held += sign * other.held;
  essential += sign * other.essential;
  essential_unready += sign * other.essential_unready;
  unready += sign * other.unready;
}

Supervisor::Tally Supervisor::share_of(const Member& member) {
  const Service& service = member.service;
  ServicePhase phase = service.status().phase;
  bool is_gone = phase == ServicePhase::gone;
  bool is_at_rest = phase == ServicePhase::inactive || is_gone;
  bool is_expected = member.is_wanted && !service.policy().schedule && !is_gone;
  bool is_essential = is_expected && service.policy().essential;
  bool is_ready = service.status().ready;
  return {.alive = service.is_alive(),
          .stuck = service.is_stuck(),
          .pending = !service.is_alive() && !is_at_rest,
          .held = member.is_held && !is_gone,
          .essential = is_essential,
          .essential_unready = is_essential && !is_ready,
          .unready = is_expected && !is_ready};
}

void Supervisor::take_stock(ServiceId id) {
  Member& member = members_[id];
  tally_.add(member.share, -1);
  member.share = share_of(member);
  tally_.add(member.share, 1);
  deadlines_[id] = member.service.deadline().value_or(kNever);
}

void Supervisor::tell(Turn& turn, const TellAll& news) { turn.actions.push_back(news); }

void Supervisor::tell_readiness(Turn& turn) {
  if (is_ready_told_ || is_ending()) return;
  if ((tally_.essential > 0 ? tally_.essential_unready : tally_.unready) > 0) return;
  is_ready_told_ = true;
  tell(turn, {.news = SupervisorNews::all_ready, .code = tally_.unready});
}

/// A service has come to an end of its own.
void Supervisor::on_final(Turn& turn, ServiceId id) {
  if (is_ending()) return;
  const Service& service = members_[id].service;
  const ServiceStatus& status = service.status();
  bool is_own_end = status.outcome == Outcome::succeeded || status.outcome == Outcome::failed;
  bool has_given_up = status.outcome == Outcome::failed && service.policy().on_give_up == OnGiveUp::shutdown;
  if (!is_own_end || !(service.policy().essential || has_given_up)) return;
  begin_end(turn, Cause::essential, {.news = SupervisorNews::essential_ended, .service = id}, status.exit_code);
}

/// What concerns all: nothing may be left to do.
void Supervisor::look_at_all(Turn& turn) {
  if (stage_ == Stage::strays || stage_ == Stage::killing_strays || exit_code_) return;
  if (is_ending()) {
    if (tally_.alive == tally_.stuck) end_strays(turn);
    return;
  }
  if (tally_.alive > 0 || tally_.pending > 0 || tally_.held > 0) return;
  int highest = 0;
  for (const Member& member : members_) {
    // Who was asked to end, because it is no longer in the file, has not failed by obeying.
    bool was_asked = member.service.status().outcome == Outcome::stopped;
    if (!was_asked) highest = std::max(highest, member.service.status().exit_code);
  }
  begin_end(turn, Cause::nothing_to_run, {.news = SupervisorNews::nothing_to_run}, highest);
}

// --- The end --------------------------------------------------------------------------------------------------------

void Supervisor::on_request_to_end(Turn& turn, int signal) {
  switch (stage_) {
    case Stage::running:
      if (signal == SIGTERM && policy_.drain > Millis{0}) {
        stage_ = Stage::draining;
        deadline_ = turn.now + policy_.drain;
        tell(turn, {.news = SupervisorNews::draining, .signal = signal});
        return;
      }
      return begin_end(turn, Cause::asked, {.news = SupervisorNews::shutting_down, .signal = signal}, 0);
    case Stage::draining:
      return begin_end(turn, Cause::asked, {.news = SupervisorNews::shutting_down, .signal = signal}, 0);
    case Stage::stopping:
    case Stage::strays:
      // The first request during an end that nobody asked for is no second one.
      if (!std::exchange(is_end_asked_, true)) return;
      if (stage_ == Stage::stopping) return hurry(turn, SupervisorNews::hurrying);
      has_overrun_ = true;
      return kill_strays(turn);
    case Stage::hurrying:
    case Stage::killing_strays:
      return;
  }
}

void Supervisor::begin_end(Turn& turn, Cause cause, const TellAll& news, int exit_code) {
  stage_ = Stage::stopping;
  cause_ = cause;
  cause_code_ = exit_code;
  is_end_asked_ = cause == Cause::asked;
  deadline_ = turn.now + policy_.stop_grace_period;
  // Who was killed before, when somebody stopped or restarted it, is no part of this.
  for (Member& member : members_) {
    if (!member.service.is_alive()) member.service.forget_overrun();
  }
  tell(turn, news);
  decide_who_must_stop();
}

/// No more patience, and no more order.
void Supervisor::hurry(Turn& turn, SupervisorNews news) {
  stage_ = Stage::hurrying;
  deadline_.reset();
  tell(turn, {.news = news});
  for (Member& member : members_) member.service.kill(turn);
  list_all();
}

void Supervisor::on_deadline(Turn& turn) {
  for (ServiceId id = 0; id < deadlines_.size(); ++id) {
    if (deadlines_[id] > turn.now) continue;
    turn.rest = rest_reason(members_[id]);
    members_[id].service.on_deadline(turn);
    list_neighbours(id);
  }
  if (!deadline_ || *deadline_ > turn.now) return;
  switch (stage_) {
    case Stage::draining:
      return begin_end(turn, Cause::asked, {.news = SupervisorNews::shutting_down, .signal = SIGTERM}, 0);
    case Stage::stopping:
      return hurry(turn, SupervisorNews::deadline_over);
    case Stage::strays:
      has_overrun_ = true;
      return kill_strays(turn);
    case Stage::killing_strays:
      return kill_strays(turn);
    case Stage::running:
    case Stage::hurrying:
      return;
  }
}

/// Every service is at rest. What has lost all marks of where it came from is still there.
void Supervisor::end_strays(Turn& turn) {
  for (const Member& member : members_) has_overrun_ = has_overrun_ || member.service.has_overrun();
  bool is_late = stage_ == Stage::hurrying || !deadline_ || *deadline_ <= turn.now;
  if (is_late) return kill_strays(turn);
  stage_ = Stage::strays;
  turn.actions.push_back(SignalStrays{SIGTERM});
}

void Supervisor::kill_strays(Turn& turn) {
  stage_ = Stage::killing_strays;
  if (kill_attempts_ == kServiceKillAttempts) {
    tell(turn, {.news = SupervisorNews::unkillable});
    return leave(turn);
  }
  ++kill_attempts_;
  deadline_ = turn.now + kServiceKillInterval;
  turn.actions.push_back(SignalStrays{SIGKILL});
}

void Supervisor::leave(Turn& turn) {
  deadline_.reset();
  exit_code_ = decide_exit_code();
  tell(turn, {.news = SupervisorNews::leaving, .code = *exit_code_});
}

int Supervisor::decide_exit_code() const {
  if (asked_code_) return *asked_code_;
  if (policy_.exit_code_from) {
    const ServiceStatus& from = status(*policy_.exit_code_from);
    if (members_[*policy_.exit_code_from].service.is_stuck()) return killed_by(SIGKILL).code();
    if (from.has_run || from.outcome == Outcome::failed) return from.exit_code;
  }
  switch (cause_) {
    case Cause::asked:
      return has_overrun_ ? killed_by(SIGKILL).code() : 0;
    case Cause::essential:
    case Cause::nothing_to_run:
      return cause_code_;
  }
  return 0;
}

}  // namespace onit
