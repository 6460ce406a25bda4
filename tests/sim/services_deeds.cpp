// What the judge makes of what is done.

#include <algorithm>
#include <csignal>

#include "sim/services_rules.hpp"

namespace onit::sim {

void ServicesJudge::take(const SpawnService& deed) {
  Book& b = book(deed.service);
  check(ServiceRule::one_instance, b.main == Main::none, "started while it is there", deed.service);
  check(ServiceRule::nothing_starts_at_the_end, !is_ending_ || ends_now_, "started though everything ends",
        deed.service);
  check(ServiceRule::conditions_hold_at_a_start, all_hold(b, false), "started before its conditions hold",
        deed.service);
  check(ServiceRule::only_the_wanted_start, (b.wanted != Wanted::no && !b.gone) || ends_now_, "nobody wants it",
        deed.service);
  // At once, and not after a delay, only one comes back that was to start again anyway.
  bool is_restart = b.automatic && b.wanted == Wanted::yes;
  if (is_restart) {
    check(ServiceRule::back_off_is_kept, now_ >= b.start.low, "restarted too soon", deed.service);
    if (!b.restarted.empty()) b.restarted.back().high = now_;
    ++b.fewest_restarts;
  } else {
    b.n_low = 0;
    for (Between& restart : b.restarted) restart.low = Instant::min();
  }
  b.spawned_at = now_;
  b.main = Main::spawning;
  b.stop_reason = Reason::none;
  b.may_stop = false;
  b.failed_for_other = b.stopped_for_other = false;
  b.wanted = Wanted::no;
  b.automatic = false;
  b.by_hand = Wanted::no;
  b.outcome = Outcome::none;
  b.outcome_is_open = false;
  b.health = Health::unknown;
}

void ServicesJudge::take(const SignalService& deed) {
  Book& b = book(deed.service);
  bool is_there = b.main == Main::spawning || b.main == Main::alive || b.ended_now;
  check(ServiceRule::signals_reach_who_is_there, is_there, "a signal to a process group that is not there",
        deed.service);
  if (deed.signal == SIGKILL) {
    b.group_asked = true;
    return take_kill(deed.service, false);
  }
  bool is_stop = deed.signal == b.policy.stop_signal || (b.next_policy && deed.signal == b.next_policy->stop_signal);
  if (deed.signal == arrived_ && !is_stop) {
    signalled_.emplace_back(deed.service, deed.signal);
    return;
  }
  b.group_asked = true;
  if (deed.signal == SIGABRT) {
    bool is_due = b.failing == Reason::watchdog;
    check(ServiceRule::the_watchdog_bites_in_time, is_due && !b.aborted, "ABRT though the watchdog was fed",
          deed.service);
    if (b.failing == Reason::none) fail_run(deed.service, Reason::watchdog);
    b.aborted = true;
    begin_stop(deed.service, false);
    b.stop_signal_sent = true;
    return;
  }
  if (deed.signal == SIGCONT && !is_stop) {
    check(ServiceRule::the_signal_is_the_right_one, b.stop_signal_sent, "continued though not asked to end",
          deed.service);
    return;
  }
  check(ServiceRule::the_signal_is_the_right_one, is_stop, "not its stop signal", deed.service);
  if (b.ended_now) return;
  check(ServiceRule::the_signal_is_the_right_one, !b.stop_signal_sent, "asked to end twice", deed.service);
  check(ServiceRule::the_watchdog_bites_in_time, b.failing != Reason::watchdog, "the watchdog bites with ABRT",
        deed.service);
  begin_stop(deed.service, false);
  b.stop_signal_sent = true;
}

void ServicesJudge::take(const SignalLeftovers& deed) {
  Book& b = book(deed.service);
  check(ServiceRule::signals_reach_who_is_there, b.main == Main::dead, "a signal to nobody's leftovers", deed.service);
  // Only at the end of the main process has its group just had the same.
  check(ServiceRule::signals_reach_who_is_there, deed.except_group == b.ended_now,
        "leftovers in its group are left out, or asked twice", deed.service);
  check(ServiceRule::what_is_left_is_cleared, !deed.except_group || b.group_asked,
        "leftovers in its group are never asked", deed.service);
  if (deed.signal == SIGKILL) return take_kill(deed.service, true);
  check(ServiceRule::the_signal_is_the_right_one, deed.signal == b.policy.stop_signal && !b.leftovers_told,
        "leftovers get another signal, or a second one", deed.service);
  b.leftovers_told = true;
}

void ServicesJudge::take(const AwaitEmpty& deed) {
  Book& b = book(deed.service);
  check(ServiceRule::what_is_left_is_cleared, b.main == Main::dead && !b.awaits_empty, "awaits what cannot come",
        deed.service);
  b.awaits_empty = true;
}

void ServicesJudge::take(const RunProbe& deed) {
  Book& b = book(deed.service);
  Look& look = b.looks[static_cast<std::size_t>(deed.kind)];
  bool belongs =
      b.main == Main::alive && b.failing == Reason::none &&
      (deed.kind == ProbeKind::ready ? b.policy.ready && b.policy.ready->is_probed && !b.was_up && !b.stop_began
                                     : b.policy.health && b.up);
  check(ServiceRule::probes_only_where_they_belong, belongs && !look.runs, "a look that is not to be", deed.service);
  check(ServiceRule::probes_keep_their_interval, now_ >= look.not_before, "a look too soon", deed.service);
  look.runs = true;
  look.since = now_;
  look.at_latest.reset();
}

void ServicesJudge::take(const StopProbe& deed) {
  Book& b = book(deed.service);
  Look& look = b.looks[static_cast<std::size_t>(deed.kind)];
  check(ServiceRule::probes_only_where_they_belong, look.runs, "the end of a look that there is not", deed.service);
  if (!look.runs) return;
  bool is_of_use = b.main == Main::alive && b.failing == Reason::none &&
                   (deed.kind == ProbeKind::ready ? !b.was_up && !b.stop_began : b.up);
  if (is_of_use && b.main == Main::alive) {
    // Before its time it may only end if the service is about to stop, which comes after this deed.
    bool about_to_stop = b.stop_due || b.may_stop || is_ending_;
    bool is_late =
        look.since + (deed.kind == ProbeKind::ready ? b.policy.ready->attempt_timeout : b.policy.health->timeout) <=
        now_;
    check(ServiceRule::a_look_ends_in_time, about_to_stop || is_late, "a look is ended before its time", deed.service);
  }
  look.runs = false;
}

void ServicesJudge::take(const RunPreStop& deed) {
  Book& b = book(deed.service);
  check(ServiceRule::pre_stop_comes_first,
        b.main == Main::alive && b.policy.has_pre_stop && !b.pre_stop_runs && !b.stop_signal_sent && b.kills == 0,
        "what runs before the stop comes at another time", deed.service);
  begin_stop(deed.service, true);
  b.pre_stop_runs = true;
}

void ServicesJudge::take(const StopPreStop& deed) {
  Book& b = book(deed.service);
  check(ServiceRule::pre_stop_comes_first, b.pre_stop_runs, "the end of what does not run", deed.service);
  b.pre_stop_runs = false;
  bool everybody = is_ending_ && (now_ >= end_deadline_ || must_hurry_);
  bool took_all_its_time = b.main == Main::alive && b.kill && now_ >= b.kill->low && !everybody;
  if (!took_all_its_time) return;
  Millis rest = std::min(Millis{2'000}, b.policy.stop_grace_period);
  b.kill = Between{now_ + rest, now_ + rest};
}

void ServicesJudge::take(const SignalStrays& deed) {
  check(ServiceRule::strays_come_last, is_ending_ && all_rest(), "strays are signalled while a service is there");
  if (deed.signal != SIGKILL) {
    check(ServiceRule::strays_come_last, deed.signal == SIGTERM && !strays_asked_, "strays are asked twice");
    strays_asked_ = true;
    return;
  }
  bool is_time = now_ >= end_deadline_ || must_hurry_;
  check(ServiceRule::strays_come_last, is_time, "strays are killed before the deadline");
  bool is_paced = stray_kills_ == 0 || now_ >= last_stray_kill_ + Millis{100} || hurried_now_;
  check(ServiceRule::kill_is_repeated, is_paced, "strays are killed too often");
  maybe_overran_ = true;
  ++stray_kills_;
  last_stray_kill_ = now_;
}

void ServicesJudge::take(const TellService& deed) {
  Book& b = book(deed.service);
  // One that was to start again after its end may at once be stopped again, wait, or fail for another one's sake.
  bool may_repeat = deed.news == ServiceNews::waiting || deed.news == ServiceNews::stopped ||
                    (deed.news == ServiceNews::failed && deed.reason == Reason::dependency_failed);
  bool is_new = !b.told_news.test(index_of(deed.news));
  check(ServiceRule::news_are_true, is_new || may_repeat, "told twice", deed.service);
  if (is_new) check_reason(deed);
  b.told_news.set(index_of(deed.news));
  bool says_where = deed.news == ServiceNews::starting || deed.news == ServiceNews::completed ||
                    deed.news == ServiceNews::stopped || deed.news == ServiceNews::backing_off ||
                    deed.news == ServiceNews::failed || deed.news == ServiceNews::removed;
  if (says_where) b.last_told = deed.news;
  if (deed.news != ServiceNews::unkillable) return;
  check(ServiceRule::kill_is_repeated, b.kills >= 19, "given up before KILL was repeated", deed.service);
  // Two of one service are worse than none: as long as its main process is there, there is no other.
  b.given_up = b.main == Main::alive || b.main == Main::spawning;
  if (b.main != Main::dead) return;
  end_run(deed.service);
  spread_failures();
}

void ServicesJudge::take(const TellAll& deed) {
  ends_now_ = ends_now_ && deed.news == SupervisorNews::draining;
  switch (deed.news) {
    case SupervisorNews::draining:
      check(ServiceRule::a_drain_waits, drain_end_.has_value() && !is_ending_, "a drain that nobody asked for");
      return;
    case SupervisorNews::shutting_down:
      check(ServiceRule::a_drain_waits, is_ending_, "an end that nobody asked for, or too soon");
      return;
    case SupervisorNews::essential_ended: {
      Book& b = book(deed.service);
      if (!is_ending_ && b.may_end_all) {
        adopt_exit_code(b, judged_.status(deed.service));
        begin_end(deed.service);
      }
      check(ServiceRule::its_end_is_everybodys, is_ending_, "an end that nobody's end has led to");
      return;
    }
    case SupervisorNews::nothing_to_run: {
      for (ServiceId id = 0; id < books_.size() && !is_ending_; ++id) {
        const Book& b = book(id);
        bool waits =
            b.policy.schedule && b.policy.autostart && !b.gone && judged_.status(id).phase == ServicePhase::waiting;
        bool rests =
            (b.main == Main::none || b.given_up) && b.wanted != Wanted::yes && b.by_hand != Wanted::yes && !waits;
        check(ServiceRule::nothing_to_run_ends_it, rests, "nothing is left to run, they say, but this is", id);
      }
      if (!is_ending_) ended_by_nothing_ = true;
      if (!is_ending_) begin_end({});
      return;
    }
    case SupervisorNews::unkillable:
      check(ServiceRule::kill_is_repeated, stray_kills_ >= 19, "strays are given up before KILL was repeated");
      return;
    case SupervisorNews::all_ready:
    case SupervisorNews::hurrying:
    case SupervisorNews::deadline_over:
    case SupervisorNews::leaving:
      return;
  }
}

void ServicesJudge::take(const ReopenLogs&) { ++reopened_; }
void ServicesJudge::take(const PrintStatus&) { ++printed_; }
void ServicesJudge::take(const ReadDefinitions&) { ++reread_; }

/// Why something is done, as it is told.
void ServicesJudge::check_reason(const TellService& deed) {
  Book& b = book(deed.service);
  bool everybody = is_ending_ && (now_ >= end_deadline_ || must_hurry_);
  bool is_shutdown = deed.reason == Reason::shutdown;
  if (deed.news == ServiceNews::killing) {
    bool is_true = is_shutdown ? everybody : b.kill && b.kill->low <= now_;
    check(ServiceRule::news_are_true, is_true, "it is not killed for the reason that is told", deed.service);
    b.surely_asked = b.surely_asked || is_shutdown;
  }
  if (deed.news == ServiceNews::failed && deed.reason != Reason::dependency_failed) b.told_failure = true;
  if (deed.news == ServiceNews::failed && deed.reason == Reason::dependency_failed) b.told_failure_of_other = true;
  if (deed.news != ServiceNews::stopping && deed.news != ServiceNews::stopped) return;
  // From a back-off it is stopped for a reason of its own.
  bool was_run = b.rests_now && !b.told_news.test(index_of(ServiceNews::backing_off));
  if (deed.news == ServiceNews::stopped && was_run) {
    bool is_possible = deed.reason != Reason::none && (!is_shutdown || is_ending_);
    check(ServiceRule::news_are_true, b.stop_reason == Reason::none ? is_possible : deed.reason == b.stop_reason,
          "it has stopped for another reason than is told", deed.service);
    return;
  }
  if (deed.news == ServiceNews::stopping) b.stop_reason = deed.reason;
  check(ServiceRule::news_are_true, !is_shutdown || is_ending_, "it is stopped for an end that there is not",
        deed.service);
  if (deed.news == ServiceNews::stopping && b.failing != Reason::none) {
    check(ServiceRule::news_are_true, deed.reason == b.failing, "it fails for another reason than is told",
          deed.service);
    return;
  }
  // Who is stopped in the very turn that brings the end may have been stopped before it.
  bool must_be_shutdown = is_ending_ && (ends_by_request_ || !ends_now_);
  check(ServiceRule::news_are_true, is_shutdown || !must_be_shutdown, "the end is not told as the reason of a stop",
        deed.service);
}

bool ServicesJudge::may_stop(const Book& b) const {
  return b.failing != Reason::none || b.stop_due || b.may_stop || is_ending_;
}

/// Whether everybody's time is over.
bool ServicesJudge::must_kill_now(const Book& b) const {
  bool everybody = is_ending_ && (now_ >= end_deadline_ || must_hurry_);
  return everybody || (b.kill && b.kill->low <= now_);
}

void ServicesJudge::begin_stop(ServiceId id, bool by_pre_stop) {
  Book& b = book(id);
  check(ServiceRule::stopped_only_with_a_cause, may_stop(b), "stopped, and nobody asked for it", id);
  bool everybody = is_ending_ && (now_ >= end_deadline_ || must_hurry_);
  if (b.failing == Reason::none && !everybody && !b.says_stopping) {
    for (const Book& other : books_) {
      check(ServiceRule::stops_in_order, other.main == Main::none || !needs_up(other, id),
            "stopped before one that needs it is down", id);
    }
    bool has_turn = b.policy.has_pre_stop && b.up && b.policy.stop_grace_period > Millis{0};
    if (has_turn) check(ServiceRule::pre_stop_comes_first, by_pre_stop, "no pre_stop before the stop signal", id);
  }
  if (b.says_stopping && !b.stop_signal_sent && b.kill) {
    b.kill->high = std::max(b.kill->high, now_ + b.policy.stop_grace_period);
  }
  if (!b.stop_began) {
    b.stop_began = now_;
    Instant end = now_ + b.policy.stop_grace_period;
    b.kill = Between{end, end};
    if (b.next_policy) {
      Instant other = now_ + b.next_policy->stop_grace_period;
      b.kill = Between{std::min(end, other), std::max(end, other)};
    }
  }
  leave_up(b);
}

void ServicesJudge::take_kill(ServiceId id, bool leftovers) {
  Book& b = book(id);
  if (!must_kill_now(b)) {
    bool has_no_grace =
        b.policy.stop_grace_period == Millis{0} || (b.next_policy && b.next_policy->stop_grace_period == Millis{0});
    check(ServiceRule::no_kill_before_its_time, has_no_grace, "killed before its time", id);
  }
  bool is_paced = b.kills == 0 || now_ >= b.last_kill + Millis{100} || hurried_now_ || b.ended_now || leftovers ||
                  (is_ending_ && now_ >= end_deadline_ && b.last_kill < end_deadline_);
  check(ServiceRule::kill_is_repeated, is_paced, "killed too often", id);
  if (!b.stop_began && !b.ended_now && !leftovers) begin_stop(id, false);
  bool is_main = b.main == Main::alive;
  bool is_overrun = b.kills == 0 && b.policy.stop_grace_period > Millis{0};
  if (is_overrun) b.due_news.set(index_of(ServiceNews::killing));
  if (is_ending_ && (is_overrun || (is_main && b.policy.stop_grace_period > Millis{0}))) overran_ = true;
  if (is_ending_) maybe_overran_ = true;
  if (!b.killed_now) ++b.kills;
  b.killed_now = true;
  b.last_kill = now_;
}

}  // namespace onit::sim
