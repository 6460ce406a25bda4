// What the judge makes of what happens.

#include <algorithm>
#include <csignal>

#include "sim/services_rules.hpp"

namespace onit::sim {

void ServicesJudge::note(const Begin&) {
  for (ServiceId id = 0; id < books_.size(); ++id) {
    if (!book(id).policy.autostart) continue;
    if (!book(id).policy.schedule) {
      want(id, Wanted::yes);
      continue;
    }
    for (const Dependency& dependency : book(id).policy.depends_on) {
      if (book(dependency.service).wanted == Wanted::no) want(dependency.service, Wanted::maybe);
    }
  }
}

void ServicesJudge::note(const ServiceStarted& event) {
  Book& b = book(event.service);
  b.main = Main::alive;
  if (!b.stop_began) b.due_news.set(index_of(ServiceNews::started));
  b.has_run = b.has_started = true;
  b.watchdog = b.policy.watchdog;
  if (b.policy.type == ServiceType::oneshot) {
    if (b.policy.timeout > Millis{0}) b.patience_end = b.spawned_at + b.policy.timeout;
    return;
  }
  if (!b.policy.ready) return become_up(event.service);
  if (b.policy.ready->timeout > Millis{0}) b.patience_end = b.spawned_at + b.policy.ready->timeout;
  b.looks[0].not_before = now_;
  if (b.policy.ready->is_probed) b.looks[0].at_latest = now_;
}

void ServicesJudge::note(const ServiceStartFailed& event) {
  Book& b = book(event.service);
  b.has_started = true;
  if (b.failing == Reason::none) b.failing = Reason::start_failed;
  b.exit_codes.reset();
  b.exit_codes.set(static_cast<std::size_t>(event.exit_code));
  end_run(event.service);
}

void ServicesJudge::note(const ServiceExited& event) {
  Book& b = book(event.service);
  b.main = Main::dead;
  b.status = event.status;
  b.last_exit = event.status;
  b.ended_now = true;
  b.due_news.set(index_of(ServiceNews::exited));
  b.pre_stop_ended = false;
  Instant grace_end = now_ + b.policy.stop_grace_period;
  if (b.kill) {
    b.kill = Between{std::min(b.kill->low, grace_end), std::max(b.kill->high, grace_end)};
  } else {
    b.kill = Between{grace_end, grace_end};
  }
  b.kills = std::min(b.kills, 1);
  b.given_up = false;
  bool unready = b.policy.type == ServiceType::simple && b.policy.ready && !b.was_up;
  if (unready && b.failing == Reason::none && (!b.stop_began || b.says_stopping)) b.failing = Reason::never_ready;
  leave_up(b);
}

void ServicesJudge::note(const ServiceEmpty& event) {
  // Whom KILL did not reach may end later.
  if (book(event.service).main == Main::dead) end_run(event.service);
}

void ServicesJudge::note(const ServiceReady& event) {
  Book& b = book(event.service);
  bool starts = b.main == Main::alive && !b.up && !b.was_up && b.failing == Reason::none && !b.stop_began;
  if (starts && b.policy.type == ServiceType::simple) become_up(event.service);
}

void ServicesJudge::note(const ServiceNeverReady& event) {
  Book& b = book(event.service);
  bool starts = b.main == Main::alive && !b.was_up && b.failing == Reason::none && !b.stop_began;
  if (starts && b.policy.ready) fail_run(event.service, Reason::never_ready);
}

void ServicesJudge::note(const ServiceStopping& event) {
  Book& b = book(event.service);
  if (b.main != Main::alive || b.stop_began || b.failing != Reason::none) return;
  b.says_stopping = true;
  b.stop_began = now_;
  b.kill = Between{now_ + b.policy.stop_grace_period, now_ + b.policy.stop_grace_period};
  leave_up(b);
}

void ServicesJudge::note(const TimeoutExtended& event) {
  Book& b = book(event.service);
  if (b.main != Main::alive) return;
  Instant until = now_ + event.by;
  if (b.stop_began && b.kills == 0 && b.kill) {
    b.kill = Between{std::min(b.kill->low, until), std::max(b.kill->high, until)};
  } else if (b.patience_end && !b.up && b.failing == Reason::none) {
    b.patience_end = std::max(*b.patience_end, until);
  }
}

void ServicesJudge::note(const WatchdogFed& event) {
  Book& b = book(event.service);
  if (b.up && b.watchdog > Millis{0}) b.bite = now_ + b.watchdog;
}

void ServicesJudge::note(const WatchdogTriggered& event) {
  Book& b = book(event.service);
  bool runs = b.main == Main::alive && b.failing == Reason::none && !b.stop_began;
  if (runs && b.watchdog > Millis{0}) fail_run(event.service, Reason::watchdog);
}

void ServicesJudge::note(const WatchdogChanged& event) {
  Book& b = book(event.service);
  if (b.main != Main::alive || b.watchdog == Millis{0}) return;
  b.watchdog = event.interval;
  if (!b.up) return;
  if (event.interval == Millis{0}) {
    b.bite.reset();
  } else {
    b.bite = now_ + event.interval;
  }
}

void ServicesJudge::note(const ProbeEnded& event) {
  Look& look = book(event.service).looks[static_cast<std::size_t>(event.kind)];
  if (!look.runs) return;
  look.runs = false;
  switch (event.outcome) {
    case ProbeOutcome::failed:
      return look_failed(event.service, event.kind);
    case ProbeOutcome::succeeded:
      return look_succeeded(event.service, event.kind);
    case ProbeOutcome::nothing:
      return plan_look(book(event.service), event.kind, now_);
  }
}

void ServicesJudge::note(const PreStopEnded& event) {
  Book& b = book(event.service);
  b.pre_stop_runs = false;
  b.pre_stop_ended = b.main == Main::alive;
}

void ServicesJudge::note(const ScheduleDue& event) {
  Book& b = book(event.service);
  if (b.gone || b.to_go || is_ending_ || !b.policy.schedule) return;
  if (b.main == Main::none) {
    bool is_open = !b.policy.autostart || b.wanted != Wanted::no || b.by_hand != Wanted::no;
    if (is_open) b.queued = Wanted::maybe;
    return want(event.service, is_open ? Wanted::maybe : Wanted::yes);
  }
  switch (*b.policy.schedule) {
    case Overlap::skip:
      return;
    case Overlap::queue:
      b.queued = Wanted::yes;
      return;
    case Overlap::replace:
      if (b.main == Main::dead || b.failing != Reason::none || b.stop_began || b.stop_due) {
        b.after = After::maybe;
        b.may_stop = true;
      } else {
        ask_stop(event.service, After::again);
      }
      return;
  }
}

void ServicesJudge::note(const SignalArrived& event) {
  arrived_ = event.signal;
  if (event.signal == SIGTERM || event.signal == SIGINT || event.signal == SIGQUIT) {
    request_end(true, event.signal, {});
  }
}

void ServicesJudge::note(const DeadlinePassed&) {
  if (drain_end_ && *drain_end_ <= now_ && !is_ending_) {
    ends_by_request_ = true;
    begin_end({});
  }
  for (ServiceId id = 0; id < books_.size(); ++id) {
    Book& b = book(id);
    if (b.main != Main::alive || b.failing != Reason::none) continue;
    if (!b.was_up && b.patience_end && *b.patience_end <= now_ && !b.stop_began) {
      fail_run(id,
               b.policy.ready && b.policy.type == ServiceType::simple ? Reason::ready_timeout : Reason::run_timeout);
      continue;
    }
    if (b.up && b.bite && *b.bite <= now_) {
      fail_run(id, Reason::watchdog);
      continue;
    }
    for (ProbeKind kind : {ProbeKind::ready, ProbeKind::health}) {
      Look& look = b.looks[static_cast<std::size_t>(kind)];
      Millis limit = kind == ProbeKind::ready ? b.policy.ready->attempt_timeout : b.policy.health->timeout;
      if (!look.runs || look.since + limit > now_) continue;
      look_failed(id, kind);
    }
  }
}

void ServicesJudge::note(const StartAsked& event) { want_again_by_hand(event.service); }

void ServicesJudge::note(const StopAsked& event) { ask_stop(event.service, After::rest); }

void ServicesJudge::note(const RestartAsked& event) {
  Book& b = book(event.service);
  if (b.gone || b.to_go || is_ending_) return;
  if (b.main == Main::none) {
    ask_stop(event.service, After::again);
    want_again_by_hand(event.service);
  } else {
    forget_failures(b);
    open_needs(event.service);
    reopen_stops();
    ask_stop(event.service, After::again);
  }
}

void ServicesJudge::note(const ShutdownAsked& event) { request_end(false, 0, event.exit_code); }

void ServicesJudge::note(const Redefined& event) {
  const Redefinition& changes = *event.changes;
  policy_ = changes.policy;
  if (is_ending_) {
    for (const Redefinition::Change& change : changes.changed) {
      if (change.service == books_.size()) books_.emplace_back(change.policy);
    }
    return;
  }
  for (ServiceId id : changes.removed) {
    Book& b = book(id);
    if (b.gone) continue;
    ask_stop(id, After::rest);
    b.by_hand = Wanted::no;
    b.to_go = b.main != Main::none;
    b.gone = !b.to_go;
  }
  for (const Redefinition::Change& change : changes.changed) {
    if (change.service == books_.size()) {
      books_.emplace_back(change.policy);
      continue;
    }
    Book& b = book(change.service);
    // Whether it is started because the file says so now is left open.
    if (!b.policy.autostart && change.policy.autostart && b.by_hand == Wanted::no) b.by_hand = Wanted::maybe;
    for (Between& restart : b.restarted) restart.low = Instant::min();
    if (b.main != Main::none) {
      bool was_to_rest = b.after == After::rest || b.after == After::maybe;
      b.next_policy = change.policy;
      ask_stop(change.service, was_to_rest ? After::maybe : After::again);
    } else {
      b.policy = change.policy;
      b.n_low = 0;
      b.gone = false;
      if (b.wanted == Wanted::yes && b.automatic) b.start.low = Instant::min();
      if (b.wanted == Wanted::no || b.automatic || b.policy.schedule) b.wanted = Wanted::maybe;
      b.automatic = false;
      b.outcome_is_open = true;
      ask_stop(change.service, After::maybe);
    }
  }
  for (const Redefinition::Change& change : changes.changed) {
    Book& b = book(change.service);
    if (!b.has_started && b.main == Main::none && b.wanted == Wanted::no && b.by_hand == Wanted::no &&
        b.policy.autostart && !b.policy.schedule) {
      want(change.service, Wanted::yes);
    }
  }
  // What others need now may start, though it failed before, or was stopped by hand.
  if (!changes.changed.empty()) {
    reopen_stops();
    for (Book& b : books_) {
      open_rest(b);
      bool may_start = b.main == Main::none && b.wanted == Wanted::no && !b.gone && b.outcome != Outcome::succeeded;
      if (may_start) b.wanted = Wanted::maybe;
      if (may_start) b.outcome_is_open = true;
    }
  }
  // A dependency that nobody had wanted may be wanted now.
  for (const Redefinition::Change& change : changes.changed) open_needs(change.service);
}

void ServicesJudge::note(const NothingLeft&) { nothing_left_ = true; }

}  // namespace onit::sim
