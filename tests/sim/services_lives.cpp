// How the judge follows a service through its runs.

#include <algorithm>

#include "sim/services_rules.hpp"

namespace onit::sim {

void ServicesJudge::become_up(ServiceId id) {
  Book& b = book(id);
  b.up = b.was_up = true;
  b.well_since = b.up_at = now_;
  b.patience_end.reset();
  if (b.policy.ready) b.due_news.set(index_of(ServiceNews::ready));
  if (b.watchdog > Millis{0}) b.bite = now_ + b.watchdog;
  if (b.policy.health) {
    b.looks[1].not_before = now_;
    b.looks[1].at_latest = now_ + std::max(b.policy.health->interval, b.policy.health->start_interval);
  }
}

/// It no longer counts as up; whether it was so for long enough decides on the delays to come.
void ServicesJudge::leave_up(Book& b) {
  credit_wellness(b);
  b.up = false;
  b.bite.reset();
}

void ServicesJudge::credit_wellness(Book& b) {
  if (b.was_up && b.health != Health::unhealthy) {
    Millis well = now_ - b.well_since;
    if (well >= b.policy.restart_reset_after) b.n_low = 0;
    if (well > b.policy.restart_reset_after && b.up) b.n_high = 0;
  }
}

void ServicesJudge::fail_run(ServiceId id, Reason reason) {
  Book& b = book(id);
  b.failing = reason;
  leave_up(b);
}

/// With which codes the run that has ended may count.
std::bitset<256> ServicesJudge::codes_of_run(const Book& b, bool success, bool asked) const {
  std::bitset<256> codes;
  auto code = static_cast<std::size_t>(b.status->code() & 255);
  bool is_failure = b.failing != Reason::none || !success;
  bool is_own_signal = b.failing != Reason::none && code == 128U + static_cast<unsigned>(b.policy.stop_signal);
  codes.set(is_failure && (success || code == 0 || is_own_signal) ? 1 : code);
  if (is_own_signal && (asked || b.may_stop || is_ending_)) codes.set(code);
  // Who was asked to end has not failed by obeying.
  if (success && (asked || b.may_stop || (is_failure && is_ending_))) codes.set(code);
  // Whether it has reached its limit of restarts counts no more, or still does.
  bool may_give_up = b.policy.restart == RestartPolicy::always && b.policy.max_restarts > 0;
  if ((asked || b.may_stop || is_ending_) && success && may_give_up) codes.set(1);
  return codes;
}

void ServicesJudge::end_run(ServiceId id) {
  Book& b = book(id);
  reopen_stops_for(id);
  bool always_restarts = b.failing == Reason::unhealthy;
  bool by_itself = !b.stop_began || b.says_stopping;
  bool asked = b.stop_due || (b.stop_began && b.may_stop && !b.says_stopping &&
                              (b.failing == Reason::none || b.failing == Reason::start_failed));
  bool success = b.status && b.status->kind == ExitStatus::Kind::exited &&
                 b.policy.success_exit_codes.test(static_cast<std::size_t>(b.status->code()));
  // Whoever was asked to end by name has stopped, also when it ended before it was its turn.
  bool is_own = b.own_end_asked || b.next_policy || b.to_go || (is_ending_ && !ends_now_);
  bool is_stopped = b.surely_asked || is_own;
  if (b.status) b.exit_codes = codes_of_run(b, success, asked);
  if (b.status && is_stopped) b.exit_codes = std::bitset<256>{}.set(static_cast<std::size_t>(b.status->code() & 255));
  if (is_stopped || (asked && !by_itself && b.failing == Reason::none)) {
    b.outcome = Outcome::stopped;
  } else {
    b.outcome = b.failing == Reason::none && success ? Outcome::succeeded : Outcome::failed;
  }
  b.outcome_is_open = asked || b.may_stop || is_ending_;
  if (b.policy.type == ServiceType::oneshot && now_ - b.spawned_at >= b.policy.restart_reset_after) b.n_low = 0;

  After after = b.after;
  if (after == After::as_policy_says && (asked || b.may_stop)) after = After::maybe;
  // It has come to an end by itself before it was its turn to be stopped.
  if (after == After::again && !is_own && (by_itself || b.failing != Reason::none)) after = After::maybe;
  Wanted queued = b.queued;
  bool was_essential = b.policy.essential || b.policy.on_give_up == OnGiveUp::shutdown;
  bool is_for_end = is_ending_ && !b.stop_due && !b.may_stop;
  Reason reason = b.stop_reason != Reason::none ? b.stop_reason : is_for_end ? Reason::shutdown : Reason::none;
  b = at_rest(b);
  b.stopped_now = is_stopped;
  b.stop_reason = reason;
  if (!b.gone && !is_ending_) follow_run(id, after, queued, always_restarts, was_essential);
}

/// What remains of a run when it is over.
ServicesJudge::Book ServicesJudge::at_rest(const Book& b) {
  Book fresh(b.next_policy ? *b.next_policy : b.policy);
  fresh.rests_now = true;
  fresh.told_failure = b.told_failure;
  fresh.told_failure_of_other = b.told_failure_of_other;
  fresh.gone = b.gone || b.to_go;
  fresh.by_hand = b.by_hand;
  fresh.outcome = b.outcome;
  fresh.outcome_is_open = b.outcome_is_open;
  fresh.has_run = b.has_run;
  fresh.has_started = b.has_started;
  fresh.last_exit = b.last_exit;
  fresh.exit_codes = b.exit_codes;
  fresh.fewest_restarts = b.fewest_restarts;
  fresh.most_restarts = b.most_restarts;
  fresh.n_low = b.n_low;
  fresh.n_high = b.n_high;
  fresh.restarted = b.restarted;
  fresh.health = b.health;
  fresh.due_news = b.due_news;
  fresh.told_news = b.told_news;
  fresh.last_told = b.last_told;
  return fresh;
}

void ServicesJudge::follow_run(ServiceId id, After after, Wanted queued, bool always_restarts, bool was_essential) {
  Book& b = book(id);
  switch (after) {
    case After::as_policy_says:
      follow_policy(id, always_restarts);
      if (queued == Wanted::yes && b.wanted == Wanted::no) {
        want_again(b, Wanted::yes);
      } else if (queued != Wanted::no) {
        b.wanted = Wanted::maybe;
      }
      break;
    case After::rest:
      b.by_hand = Wanted::yes;
      b.may_end_all = was_essential && b.outcome_is_open;
      break;
    case After::again:
      b.n_low = 0;
      want_again(b, b.policy.schedule ? Wanted::maybe : Wanted::yes);
      break;
    case After::maybe:
      b.n_low = 0;
      b.start = {Instant::min(), Instant::max()};
      b.wanted = Wanted::maybe;
      b.by_hand = Wanted::maybe;
      b.stopped_for_other = true;
      b.may_end_all = was_essential;
      break;
  }
}

bool ServicesJudge::within_limit(const Book& b, bool strictly) const {
  if (b.policy.max_restarts == 0) return true;
  Instant from = now_ - b.policy.restart_window;
  auto count = std::count_if(b.restarted.begin(), b.restarted.end(),
                             [&](const Between& at) { return strictly ? at.high >= from : at.low > from; });
  return count < b.policy.max_restarts;
}

void ServicesJudge::follow_policy(ServiceId id, bool always_restarts) {
  Book& b = book(id);
  bool restarts = b.outcome == Outcome::failed ? b.policy.restart != RestartPolicy::no || always_restarts
                                               : b.policy.restart == RestartPolicy::always;
  if (!restarts) return end_for_good(id);
  bool surely = within_limit(b, true);
  if (!surely && !within_limit(b, false)) {
    check(ServiceRule::gives_up_at_the_limit, true, "", id);
    if (b.outcome == Outcome::succeeded && b.exit_codes.test(0)) {
      b.exit_codes.reset();
      b.exit_codes.set(1);
    }
    b.outcome = Outcome::failed;
    return end_for_good(id);
  }
  auto delay = [&](int n) {
    Millis length = b.policy.restart_delay;
    for (int i = 0; i < n && length < b.policy.restart_max_delay; ++i) length *= 2;
    return std::min(length, b.policy.restart_max_delay);
  };
  b.start.low = now_ + delay(b.n_low) * 9 / 10;
  b.start.high = now_ + (delay(b.n_high) * 11 + Millis{9}) / 10;
  b.automatic = true;
  b.wanted = surely ? Wanted::yes : Wanted::maybe;
  b.may_end_all = !surely;
  // It may have given up, and have been started at once for another reason.
  if (!surely && b.outcome == Outcome::succeeded && b.exit_codes.test(0)) b.exit_codes.set(1);
  b.n_low = std::min(b.n_low + 1, 40);
  b.n_high = std::min(b.n_high + 1, 40);
  b.restarted.push_back({surely ? now_ : Instant::min(), now_ + delay(b.n_high) * 2});
  if (b.restarted.size() > 64) b.restarted.erase(b.restarted.begin());
  ++b.most_restarts;
}

void ServicesJudge::end_for_good(ServiceId id) {
  Book& b = book(id);
  b.wanted = Wanted::no;
  bool takes_all = b.policy.essential || (b.outcome == Outcome::failed && b.policy.on_give_up == OnGiveUp::shutdown);
  if (takes_all && !is_ending_) begin_end(id);
}

void ServicesJudge::look_failed(ServiceId id, ProbeKind kind) {
  Book& b = book(id);
  plan_look(b, kind, now_);
  if (kind == ProbeKind::ready || !b.up) return;
  const HealthPolicy& health = *b.policy.health;
  if (!b.was_healthy && now_ < b.up_at + health.start_period) return;
  ++b.failures;
  if (b.failures < health.retries || b.health == Health::unhealthy) return;
  credit_wellness(b);
  b.health = Health::unhealthy;
  b.due_news.set(index_of(ServiceNews::unhealthy));
  if (health.on_unhealthy == OnUnhealthy::restart) fail_run(id, Reason::unhealthy);
}

void ServicesJudge::look_succeeded(ServiceId id, ProbeKind kind) {
  Book& b = book(id);
  if (kind == ProbeKind::ready) {
    if (b.main == Main::alive && !b.was_up && b.failing == Reason::none && !b.stop_began) become_up(id);
    return;
  }
  if (b.up) {
    b.failures = 0;
    b.was_healthy = true;
    if (b.health == Health::unhealthy) b.well_since = now_;
    if (b.health != Health::healthy) b.due_news.set(index_of(ServiceNews::healthy));
    b.health = Health::healthy;
  }
  plan_look(b, kind, now_);
}

void ServicesJudge::plan_look(Book& b, ProbeKind kind, Instant ended) {
  Look& look = b.looks[static_cast<std::size_t>(kind)];
  if (kind == ProbeKind::ready) {
    look.not_before = ended + b.policy.ready->interval;
    look.at_latest = look.not_before;
    return;
  }
  const HealthPolicy& health = *b.policy.health;
  bool is_early = !b.was_healthy && ended < b.up_at + health.start_period;
  look.not_before = ended + (is_early ? health.start_interval : health.interval);
  look.at_latest = look.not_before;
}

}  // namespace onit::sim
