// What must have been done by the end of a turn, before time passes, and at the end.

#include <algorithm>
#include <csignal>

#include "base/signal.hpp"
#include "sim/services_rules.hpp"

namespace onit::sim {
namespace {

constexpr Millis kKillInterval{100};
constexpr int kKillAttempts = 20;

bool is_for_application(int signal) {
  return signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGWINCH ||
         (signal >= kFirstRealTimeSignal && signal <= kLastSignal);
}

}  // namespace

void ServicesJudge::close_turn(const ServiceEvent& event) {
  for (ServiceId id = 0; id < books_.size(); ++id) {
    Book& b = book(id);
    check_news(id);
    check_end_of_run(id);
    bool is_asked = b.main != Main::none && (b.stop_due || is_ending_) && !is_needed(id);
    b.surely_asked = b.surely_asked || is_asked;
    if (b.ended_now)
      check(ServiceRule::what_is_left_is_cleared, b.awaits_empty, "an end, and nobody looks who is left", id);
    if (hurried_now_ && must_hurry_ && (b.main == Main::alive || b.main == Main::dead)) {
      check(ServiceRule::a_second_request_hurries, b.kills > 0, "not killed at the second request", id);
    }
  }
  if (const auto* signal = std::get_if<SignalArrived>(&event)) {
    check_signal_event(signal->signal);
  } else {
    check(ServiceRule::signals_of_onit, reopened_ == 0 && printed_ == 0 && reread_ == 0, "done without a signal");
  }
}

/// What happens to the service itself is told in the same turn.
void ServicesJudge::check_news(ServiceId id) {
  const Book& b = book(id);
  for (ServiceNews news :
       {ServiceNews::started, ServiceNews::ready, ServiceNews::exited, ServiceNews::healthy, ServiceNews::unhealthy}) {
    bool is_due = b.due_news.test(index_of(news));
    const char* what = is_due ? "what happened to it was not told" : "something is told that is not so";
    check(ServiceRule::news_are_true, b.told_news.test(index_of(news)) == is_due, what, id);
  }
  if (b.policy.stop_grace_period > Millis{0} && !b.next_policy) {
    bool is_due = b.due_news.test(index_of(ServiceNews::killing));
    check(ServiceRule::news_are_true, b.told_news.test(index_of(ServiceNews::killing)) == is_due,
          "that it is killed is not told, or is not so", id);
  }
}

/// How a run counts that has ended now.
void ServicesJudge::check_end_of_run(ServiceId id) {
  const Book& b = book(id);
  if (!b.rests_now) return;
  if (b.stopped_now) {
    bool is_told = b.told_news.test(index_of(ServiceNews::stopped)) && !b.told_failure &&
                   !b.told_news.test(index_of(ServiceNews::backing_off)) &&
                   !b.told_news.test(index_of(ServiceNews::completed));
    check(ServiceRule::restarts_follow_the_policy, is_told, "asked to end, but not told to have stopped", id);
  }
  if (b.told_failure_of_other) return;
  auto code = static_cast<std::size_t>(judged_.status(id).exit_code);
  check(ServiceRule::the_exit_code_is_the_documented_one, b.exit_codes.test(code),
        ("a code is shown that it did not end with: " + std::to_string(code)).c_str(), id);
}

/// Somebody who needs it to be up may still be there.
bool ServicesJudge::is_needed(ServiceId id) const {
  return std::any_of(books_.begin(), books_.end(),
                     [&](const Book& other) { return other.main != Main::none && needs_up(other, id); });
}

/// Where it is shown to be is what was told last of that.
void ServicesJudge::check_last_told(ServiceId id) {
  const Book& b = book(id);
  const ServiceStatus& shown = judged_.status(id);
  std::optional<ServiceNews> expected;
  if (shown.phase == ServicePhase::backing_off) expected = ServiceNews::backing_off;
  if (shown.phase == ServicePhase::gone) expected = ServiceNews::removed;
  if (b.main != Main::none) expected = ServiceNews::starting;
  if (shown.phase == ServicePhase::inactive) {
    if (shown.outcome == Outcome::failed) expected = ServiceNews::failed;
    if (shown.outcome == Outcome::succeeded) expected = ServiceNews::completed;
    if (shown.outcome == Outcome::stopped) expected = ServiceNews::stopped;
  }
  check(ServiceRule::news_are_true, !expected || b.last_told == expected, "what is shown was not told", id);
}

void ServicesJudge::check_signal_event(int signal) {
  bool has_main = policy_.main && books_[*policy_.main].main == Main::alive;
  bool is_open = policy_.main && books_[*policy_.main].main == Main::spawning;
  if (is_open) return;
  if (has_main && is_for_application(signal)) {
    bool is_passed_on = signalled_.size() == 1 && signalled_[0] == std::pair{*policy_.main, signal};
    check(ServiceRule::signals_of_the_application, is_passed_on && reopened_ + printed_ + reread_ == 0,
          "a signal of the application did not reach it once");
    return;
  }
  check(ServiceRule::signals_of_the_application, signalled_.empty(), "a signal reached one whom it is not for");
  bool expected = reopened_ == (signal == SIGUSR1 ? 1 : 0) && printed_ == (signal == SIGUSR2 ? 1 : 0) &&
                  (reread_ == (signal == SIGHUP ? 1 : 0) || (is_ending_ && reread_ == 0));
  check(ServiceRule::signals_of_onit, expected, "a signal of onit's own did not what it is for");
}

void ServicesJudge::see_wait(Deadline deadline, Instant now) {
  now_ = now;
  check(ServiceRule::no_busy_loop, !deadline || *deadline > now, "a deadline is passed over");
  for (ServiceId id = 0; id < books_.size(); ++id) check_dues(id);
  check_end_dues();
}

void ServicesJudge::check_dues(ServiceId id) {
  Book& b = book(id);
  check_shown(id);
  check_last_told(id);
  if (b.main == Main::none) {
    check(ServiceRule::what_is_shown_is_true, !b.pre_stop_runs, "pre_stop outlives its service", id);
    if (b.wanted != Wanted::yes || is_ending_) return;
    if (!all_hold(b, true)) {
      bool is_hopeless = std::any_of(b.policy.depends_on.begin(), b.policy.depends_on.end(),
                                     [&](const Dependency& dependency) { return never_holds(dependency); });
      bool waits = b.automatic && now_ < b.start.high;
      check(ServiceRule::a_failure_reaches_the_dependents, !is_hopeless || waits, "waits for what will never be", id);
      return;
    }
    if (b.automatic) {
      check(ServiceRule::back_off_is_kept, now_ < b.start.high, "not restarted when the delay is over", id);
    } else {
      check(ServiceRule::the_wanted_start_at_once, false, "not started though it may", id);
    }
    return;
  }
  ++exercised_[static_cast<std::size_t>(ServiceRule::the_wanted_start_at_once)];
  if (b.main != Main::spawning) check_run_dues(id);
  check_look_dues(id);
}

void ServicesJudge::check_run_dues(ServiceId id) {
  Book& b = book(id);
  bool everybody = is_ending_ && (now_ >= end_deadline_ || must_hurry_);
  if (everybody) {
    check(ServiceRule::everybody_is_killed_at_the_deadline, b.kills > 0, "alive after the deadline of all", id);
  }
  if (b.kills > 0) {
    bool goes_on = b.kills >= kKillAttempts || now_ < b.last_kill + kKillInterval;
    check(ServiceRule::kill_is_repeated, goes_on, "KILL is not repeated", id);
    check(ServiceRule::kill_is_repeated, b.kills <= kKillAttempts + 4, "KILL is repeated for ever", id);
    check(ServiceRule::pre_stop_comes_first, !b.pre_stop_runs, "pre_stop outlives KILL", id);
    return;
  }
  if (b.kill) check(ServiceRule::kill_when_time_is_over, now_ < b.kill->high, "alive after its grace period", id);
  if (b.main == Main::dead) {
    check(ServiceRule::what_is_left_is_cleared, b.leftovers_told, "leftovers were not asked to end", id);
    check(ServiceRule::pre_stop_comes_first, !b.pre_stop_runs, "pre_stop outlives its service", id);
    return;
  }
  if (b.failing != Reason::none) {
    check(ServiceRule::stopped_when_there_is_cause, b.stop_began.has_value(), "failed, but not stopped", id);
  } else if (b.stop_due || is_ending_) {
    check(ServiceRule::stopped_when_there_is_cause, is_needed(id) || b.stop_began, "not stopped though it must", id);
    bool is_slow = b.says_stopping && !is_needed(id);
    check(ServiceRule::stopped_when_there_is_cause, !is_slow || b.stop_signal_sent,
          "it has said that it ends, and is not asked to", id);
  }
  if (b.stop_began && !b.pre_stop_runs && !b.says_stopping) {
    check(ServiceRule::stopped_when_there_is_cause, b.stop_signal_sent, "no stop signal", id);
  }
  if (!b.was_up && b.patience_end && b.failing == Reason::none && !b.stop_began) {
    bool is_oneshot = b.policy.type == ServiceType::oneshot;
    check(is_oneshot ? ServiceRule::a_oneshot_ends_in_time : ServiceRule::readiness_is_waited_for_in_time,
          now_ < *b.patience_end, "out of patience, and nothing happens", id);
  }
  if (b.up && b.bite) {
    check(ServiceRule::the_watchdog_bites_in_time, now_ < *b.bite, "the watchdog does not bite", id);
  }
}

void ServicesJudge::check_look_dues(ServiceId id) {
  Book& b = book(id);
  for (ProbeKind kind : {ProbeKind::ready, ProbeKind::health}) {
    const Look& look = b.looks[static_cast<std::size_t>(kind)];
    bool is_of_use = b.main == Main::alive && b.failing == Reason::none &&
                     (kind == ProbeKind::ready ? !b.was_up && !b.stop_began : b.up);
    if (!is_of_use) {
      check(ServiceRule::probes_only_where_they_belong, !look.runs, "a look goes on that is of no use", id);
      continue;
    }
    if (look.runs) {
      Millis limit = kind == ProbeKind::ready ? b.policy.ready->attempt_timeout : b.policy.health->timeout;
      check(ServiceRule::a_look_ends_in_time, now_ < look.since + limit, "a look goes on for too long", id);
    } else if (look.at_latest) {
      check(ServiceRule::probes_keep_their_interval, now_ < *look.at_latest, "a look is left out", id);
    }
  }
}

void ServicesJudge::check_end_dues() {
  if (drain_end_) check(ServiceRule::a_drain_waits, now_ < *drain_end_, "the drain does not end");
  if (!all_rest()) return;
  if (is_ending_) {
    check(ServiceRule::strays_come_last, strays_asked_ || stray_kills_ > 0, "strays are not asked");
    bool is_over = now_ >= end_deadline_ || must_hurry_;
    check(ServiceRule::strays_come_last, !is_over || stray_kills_ > 0, "strays outlive the deadline");
    if (stray_kills_ > 0) {
      bool goes_on = stray_kills_ >= kKillAttempts || now_ < last_stray_kill_ + kKillInterval;
      check(ServiceRule::kill_is_repeated, goes_on, "KILL of strays is not repeated");
    }
    return;
  }
  if (std::any_of(books_.begin(), books_.end(), [](const Book& b) { return b.main != Main::none; })) return;
  bool something_left = std::any_of(books_.begin(), books_.end(), [](const Book& b) {
    return (b.wanted != Wanted::no && b.automatic) || b.wanted == Wanted::maybe || b.by_hand != Wanted::no ||
           (b.policy.schedule && !b.gone);
  });
  check(ServiceRule::nothing_to_run_ends_it, something_left, "nothing is left to run, and onit waits");
}

void ServicesJudge::check_shown(ServiceId id) {
  Book& b = book(id);
  const ServiceStatus& shown = judged_.status(id);
  ServicePhase phase = shown.phase;
  bool is_right = false;
  switch (b.main) {
    case Main::none:
      is_right = phase == ServicePhase::inactive || phase == ServicePhase::waiting || phase == ServicePhase::gone ||
                 phase == ServicePhase::backing_off;
      if (b.gone && !is_ending_) is_right = phase == ServicePhase::gone;
      if (phase == ServicePhase::gone && !b.gone && !b.to_go) is_right = false;
      if (phase == ServicePhase::backing_off) is_right = b.wanted == Wanted::yes && b.automatic;
      if (b.wanted == Wanted::yes && !is_ending_) is_right = is_right && phase != ServicePhase::inactive;
      if (b.wanted == Wanted::no && !b.policy.schedule) is_right = is_right && phase != ServicePhase::waiting;
      break;
    case Main::spawning:
      is_right = phase == ServicePhase::spawning || phase == ServicePhase::stopping || phase == ServicePhase::killing;
      break;
    case Main::alive:
      if (b.kills > 0) {
        is_right = phase == ServicePhase::killing;
      } else if (b.pre_stop_runs) {
        is_right = phase == ServicePhase::pre_stop;
      } else if (b.stop_began) {
        is_right = phase == ServicePhase::stopping;
      } else {
        is_right = phase == (b.was_up ? ServicePhase::up : ServicePhase::starting);
      }
      break;
    case Main::dead:
      is_right = phase == ServicePhase::clearing || phase == ServicePhase::killing;
      break;
  }
  if (is_right) {
    check(ServiceRule::what_is_shown_is_true, true, "", id);
  } else {
    std::string what = "the phase is not " + std::to_string(static_cast<int>(phase)) + ", as shown";
    check(ServiceRule::what_is_shown_is_true, false, what.c_str(), id);
  }
  check(ServiceRule::what_is_shown_is_true, shown.has_run == b.has_run, "whether it has run is not as shown", id);
  // One that had ended before it was stopped by hand may be waited for, or not any more; and a scheduled service has
  // failed for another one until its next time.
  bool is_for_other = shown.reason == Reason::dependency_failed && book(shown.other).by_hand != Wanted::no;
  bool is_open = is_for_other || (b.policy.schedule && shown.outcome == Outcome::failed);
  if (b.main == Main::none && !b.outcome_is_open && !is_open && !is_ending_ && b.has_started) {
    check(ServiceRule::restarts_follow_the_policy, shown.outcome == b.outcome,
          (std::string("the outcome is not as shown: ") + char('0' + int(shown.outcome)) + char('0' + int(b.outcome)))
              .c_str(),
          id);
  }
  if (b.main == Main::alive) {
    check(ServiceRule::what_is_shown_is_true, !b.up || shown.ready, "up, and not shown to be ready", id);
    check(ServiceRule::what_is_shown_is_true, !shown.ready || b.was_up, "not ready, but shown to be", id);
    if (b.up && b.policy.health) {
      check(ServiceRule::health_is_counted, shown.health == b.health, "the health is not as shown", id);
    }
  }
  if (b.last_exit) {
    bool is_same = shown.last_exit && shown.last_exit->code() == b.last_exit->code();
    check(ServiceRule::what_is_shown_is_true, is_same, "the last exit is not as shown", id);
  }
  check(ServiceRule::what_is_shown_is_true, shown.restarts >= b.fewest_restarts && shown.restarts <= b.most_restarts,
        "the number of restarts is not as shown", id);
  if (b.main != Main::none || b.wanted == Wanted::no || !b.automatic)
    b.fewest_restarts = b.most_restarts = shown.restarts;
}

std::bitset<256> ServicesJudge::possible_exit_codes() const {
  std::bitset<256> codes;
  if (asked_code_) codes.set(static_cast<std::size_t>(*asked_code_));
  if (maybe_code_) codes.set(static_cast<std::size_t>(*maybe_code_));
  if (policy_.exit_code_from) {
    const Book& from = books_[*policy_.exit_code_from];
    if (from.given_up) return codes.set(137);
    const ServiceStatus& shown = judged_.status(*policy_.exit_code_from);
    if (shown.reason == Reason::dependency_failed) codes.set(static_cast<std::size_t>(shown.exit_code));
    if (from.has_run) return codes | from.exit_codes;
    if (from.outcome == Outcome::failed) codes |= from.exit_codes;
  }
  if (ends_by_request_) {
    if (asked_code_) return codes;
    bool has_immortal = std::any_of(books_.begin(), books_.end(), [](const Book& b) { return b.given_up; });
    if (overran_ || maybe_overran_ || has_immortal) codes.set(137);
    if (!overran_ && !has_immortal) codes.set(0);
    return codes;
  }
  if (ended_by_) return codes | books_[*ended_by_].exit_codes;
  std::size_t lowest_possible = 0;  // the highest code is at least so high
  for (const Book& b : books_) {
    // Who was asked to end has not failed by obeying.
    bool may_not_count = b.outcome == Outcome::stopped || b.outcome_is_open;
    if (!b.has_started || b.exit_codes.none() || may_not_count) continue;
    std::size_t first = 0;
    while (!b.exit_codes.test(first)) ++first;
    lowest_possible = std::max(lowest_possible, first);
  }
  for (const Book& b : books_) {
    for (std::size_t code = lowest_possible; code < 256; ++code) {
      if (b.exit_codes.test(code)) codes.set(code);
    }
  }
  if (lowest_possible == 0) codes.set(0);
  return codes;
}

void ServicesJudge::see_end(int exit_code, bool immortals, Instant now) {
  now_ = now;
  check(ServiceRule::it_always_ends, is_ending_, "it ends, and nobody knows why");
  check(ServiceRule::it_always_ends, all_rest(), "it ends while a service is there");
  check(ServiceRule::strays_come_last, nothing_left_ || stray_kills_ >= kKillAttempts - 1,
        "it ends while strays are there");
  // The main process, then whom it has left behind, then strays: each is sent KILL twenty times, and that may be late.
  Instant latest = end_deadline_ + (immortals ? 3 * kKillAttempts * (kKillInterval + Millis{20}) : Millis{300});
  check(ServiceRule::it_always_ends, now <= latest, "it ends too late");
  bool is_documented =
      exit_code >= 0 && exit_code < 256 && possible_exit_codes().test(static_cast<std::size_t>(exit_code));
  std::string what = "exit code " + std::to_string(exit_code) + " is none of";
  for (std::size_t code = 0; code < 256 && !is_documented; ++code) {
    if (possible_exit_codes().test(code)) what += " " + std::to_string(code);
  }
  check(ServiceRule::the_exit_code_is_the_documented_one, is_documented, what.c_str());
}

}  // namespace onit::sim
