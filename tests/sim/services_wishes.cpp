// Who is to run, and who is to rest: what somebody asks for.

#include <algorithm>

#include "sim/services_rules.hpp"

namespace onit::sim {

/// It is to run, and so is what it depends on.
void ServicesJudge::want(ServiceId id, Wanted how) {
  Book& b = book(id);
  if (b.gone || b.to_go || is_ending_) return;
  if (b.main != Main::none) return;
  b.by_hand = how == Wanted::yes ? Wanted::no : Wanted::maybe;
  b.n_low = 0;
  for (Between& restart : b.restarted) restart.low = Instant::min();
  b.automatic = false;
  b.outcome_is_open = true;
  b.wanted = how;
  b.start = {now_, now_};
  for (const Dependency& dependency : b.policy.depends_on) {
    Book& other = book(dependency.service);
    bool rests_well = other.main != Main::none || other.outcome == Outcome::succeeded;
    if ((holds(dependency, true) && rests_well) || other.wanted == Wanted::yes) continue;
    if (other.main == Main::none) {
      bool is_first = !other.has_started && other.by_hand == Wanted::no && other.outcome == Outcome::none;
      want(dependency.service, is_first ? how : Wanted::maybe);
    }
    if (other.wanted == Wanted::maybe) b.wanted = Wanted::maybe;
    if (other.main != Main::none && (other.stop_due || other.after != After::as_policy_says)) {
      if (other.after == After::rest) other.after = After::maybe;
      b.wanted = Wanted::maybe;
    }
  }
}

/// It was wanted before, and so was what it depends on.
void ServicesJudge::want_again(Book& b, Wanted how) const {
  b.by_hand = Wanted::no;
  b.automatic = false;
  b.outcome_is_open = true;
  b.wanted = how;
  b.start = {now_, now_};
}

/// Whom it needs, directly or not, may be started for its sake.
void ServicesJudge::open_needs(ServiceId id) {
  const ServicePolicy& policy = book(id).next_policy ? *book(id).next_policy : book(id).policy;
  for (const Dependency& dependency : policy.depends_on) {
    Book& other = book(dependency.service);
    open_needs(dependency.service);
    open_rest(other);
    if (other.main == Main::none && other.by_hand == Wanted::yes) other.by_hand = Wanted::maybe;
    if (other.main != Main::none || other.wanted != Wanted::no || other.gone || other.to_go) continue;
    other.wanted = Wanted::maybe;
    other.outcome_is_open = true;
    other.start = {Instant::min(), Instant::max()};
  }
}

/// Whether it is to rest when it has stopped is open again, and so is whether it has to stop for that.
void ServicesJudge::open_rest(Book& b) {
  b.own_end_asked = false;
  if (b.main == Main::none || b.after != After::rest || b.to_go) return;
  b.after = After::maybe;
  b.stop_due = false;
  b.may_stop = true;
}

/// Somebody else than the policy has decided that it starts: delays and the limit of restarts begin anew.
void ServicesJudge::forget_failures(Book& b) {
  b.n_low = b.n_high = 0;
  b.restarted.clear();
}

void ServicesJudge::want_again_by_hand(ServiceId id) {
  Book& b = book(id);
  if (b.gone || b.to_go || is_ending_) return;
  reopen_stops();
  forget_failures(b);
  open_needs(id);
  if (b.policy.schedule) b.queued = Wanted::maybe;
  if (b.main != Main::none) {
    if (b.stop_due && b.failing == Reason::none && !b.says_stopping && b.main != Main::dead) {
      b.after = After::again;
    } else if (b.stop_due || b.failing != Reason::none || b.says_stopping || b.main == Main::dead || b.may_stop) {
      b.after = After::maybe;
    }
    return;
  }
  want(id, Wanted::yes);
}

void ServicesJudge::ask_stop(ServiceId id, After after) {
  Book& b = book(id);
  if (b.gone || b.to_go || is_ending_) return;
  b.queued = Wanted::no;
  if (b.main == Main::none) {
    if (after == After::rest) {
      b.by_hand = Wanted::yes;
      b.wanted = Wanted::no;
      if (b.automatic && !b.restarted.empty()) b.restarted.back().low = Instant::min();
      b.automatic = false;
      b.outcome_is_open = true;
    }
    // Whether those who run although it does not are stopped now is left open.
    for (ServiceId other = id; other < books_.size(); ++other) {
      for (const Dependency& dependency : book(other).policy.depends_on) {
        const Book& needed = book(dependency.service);
        if (dependency.service == id || needed.may_stop) book(other).may_stop = true;
      }
    }
    return;
  }
  bool was_failing = b.failing != Reason::none || b.says_stopping || b.main == Main::dead;
  b.stop_due = b.own_end_asked = true;
  if (after == After::rest) {
    b.after = After::rest;
  } else {
    b.after = was_failing && after == After::again && b.main == Main::dead ? After::maybe : after;
  }
}

/// Whether it is being stopped because somebody asked for that, and not because it has failed or says that it ends.
bool ServicesJudge::is_being_stopped(const Book& b) {
  return b.stop_began && b.failing == Reason::none && (!b.says_stopping || b.stop_signal_sent);
}

/// Somebody asked for the start of one that was about to be stopped: what has not begun yet may be left.
void ServicesJudge::reopen_stops() {
  for (Book& b : books_) {
    b.own_end_asked = false;
    if (!b.stop_due || is_being_stopped(b) || b.next_policy || b.to_go) continue;
    b.stop_due = false;
    b.may_stop = true;
    if (b.main != Main::dead) b.after = After::maybe;
  }
}

/// One that was to be stopped has ended by itself: those that were to be stopped for its sake may be left.
void ServicesJudge::reopen_stops_for(ServiceId id) {
  std::bitset<64> ended;
  ended.set(id);
  for (ServiceId other = id + 1; other < books_.size(); ++other) {
    Book& b = book(other);
    for (const Dependency& dependency : b.policy.depends_on) {
      if (ended.test(dependency.service) && needs_up(b, dependency.service)) ended.set(other);
    }
    if (!ended.test(other) || !b.stop_due || is_being_stopped(b) || b.main == Main::none) continue;
    b.stop_due = false;
    b.may_stop = true;
    if (b.main != Main::dead) b.after = After::maybe;
  }
}

bool ServicesJudge::needs_up(const Book& b, ServiceId other) const {
  return std::any_of(b.policy.depends_on.begin(), b.policy.depends_on.end(), [&](const Dependency& dependency) {
    return dependency.service == other && dependency.condition != Condition::completed &&
           dependency.condition != Condition::exited;
  });
}

/// Whoever needs one that has to stop has to stop too. Dependencies come before their dependents.
void ServicesJudge::spread_stops() {
  if (is_ending_) return;
  soft_.reset();
  for (ServiceId id = 0; id < books_.size(); ++id) {
    Book& b = book(id);
    if (b.stop_due || b.may_stop || b.by_hand != Wanted::no) soft_.set(id);
    for (const Dependency& dependency : b.policy.depends_on) {
      const Book& needed = book(dependency.service);
      if (!needs_up(b, dependency.service) || !soft_.test(dependency.service)) continue;
      soft_.set(id);
      if (b.main == Main::none || b.stop_due) continue;
      bool is_sure = b.main != Main::dead && needed.main != Main::none && needed.main != Main::dead && needed.stop_due;
      if (!is_sure) {
        b.may_stop = true;
        continue;
      }
      b.stop_due = true;
      bool comes_again = needed.after == After::again && b.failing == Reason::none && !b.says_stopping;
      if (b.after == After::as_policy_says) b.after = comes_again ? After::again : After::maybe;
    }
  }
}

}  // namespace onit::sim
