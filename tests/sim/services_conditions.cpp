// Who may start, who never will, and what is shown of it where the documentation leaves that open.

#include <algorithm>

#include "sim/services_rules.hpp"

namespace onit::sim {

bool ServicesJudge::holds(const Dependency& dependency, bool strictly) const {
  const Book& d = books_[dependency.service];
  bool is_up = d.up && !d.stop_due && d.failing == Reason::none;
  bool rests =
      d.main == Main::none && (strictly ? d.wanted == Wanted::no && d.by_hand == Wanted::no : d.wanted != Wanted::yes);
  bool has_completed = rests && d.outcome == Outcome::succeeded && d.has_run;
  bool is_oneshot = d.policy.type == ServiceType::oneshot;
  switch (dependency.condition) {
    case Condition::started:
      if (d.main == Main::alive && !d.stop_due) return !strictly || (d.failing == Reason::none && !d.stop_began);
      return is_oneshot && has_completed;
    case Condition::ready:
      return is_up || (is_oneshot && has_completed);
    case Condition::healthy:
      return is_up && d.health == Health::healthy;
    case Condition::completed:
      return has_completed;
    case Condition::exited:
      return rests && d.has_run;
  }
  return false;
}

bool ServicesJudge::all_hold(const Book& b, bool strictly) const {
  return std::all_of(b.policy.depends_on.begin(), b.policy.depends_on.end(), [&](const Dependency& dependency) {
    if (strictly && soft_.test(dependency.service)) return false;
    return holds(dependency, strictly);
  });
}

/// Whether a dependency is down for good, and not in the way that it is waited for.
bool ServicesJudge::never_holds(const Dependency& dependency) const {
  const Book& d = books_[dependency.service];
  if (d.main != Main::none || d.wanted != Wanted::no || d.outcome_is_open || d.gone) return false;
  bool is_over = d.outcome == Outcome::failed || d.outcome == Outcome::succeeded;
  return is_over && d.by_hand == Wanted::no && !holds(dependency, false);
}

/// Whether that is left open: somebody has stopped it by hand, or it is open whether it starts again.
bool ServicesJudge::may_never_hold(const Dependency& dependency) const {
  const Book& d = books_[dependency.service];
  if (d.main != Main::none || d.wanted == Wanted::yes || holds(dependency, true)) return false;
  return d.by_hand != Wanted::no || d.wanted == Wanted::maybe || d.outcome_is_open || d.failed_for_other;
}

void ServicesJudge::spread_failures() {
  for (ServiceId id = 0; id < books_.size() && !is_ending_; ++id) {
    Book& b = book(id);
    if (b.main == Main::none && b.wanted == Wanted::no && b.failed_for_other && !b.gone) {
      // What kept it from starting may have changed.
      bool is_hopeless = std::any_of(b.policy.depends_on.begin(), b.policy.depends_on.end(),
                                     [&](const Dependency& dependency) { return never_holds(dependency); });
      if (!is_hopeless) b.wanted = Wanted::maybe;
      if (!is_hopeless) b.start = {Instant::min(), Instant::max()};
    }
    if (b.main != Main::none || b.wanted == Wanted::no) continue;
    const ServiceStatus& shown = judged_.status(id);
    // A scheduled one then waits for its next time.
    bool waits_for_schedule = shown.phase == ServicePhase::waiting && shown.reason == Reason::schedule;
    bool has_failed_for_other = shown.phase == ServicePhase::inactive && shown.reason == Reason::dependency_failed;
    bool is_shown_failed = shown.outcome == Outcome::failed && (has_failed_for_other || waits_for_schedule);
    for (const Dependency& dependency : b.policy.depends_on) {
      if (!never_holds(dependency) && !(is_shown_failed && may_never_hold(dependency))) continue;
      if (b.wanted == Wanted::maybe) {
        b.may_end_all = true;
        break;
      }
      // Only when the delay is over.
      bool is_shown = (shown.phase == ServicePhase::inactive && shown.outcome == Outcome::failed) || waits_for_schedule;
      if (b.automatic && (now_ < b.start.low || !is_shown)) break;
      b.automatic = false;
      check(ServiceRule::a_failure_reaches_the_dependents, true, "", id);
      b.outcome = Outcome::failed;
      b.failed_for_other = true;
      for (const Dependency& other : b.policy.depends_on) {
        b.exit_codes |= book(other.service).exit_codes;
      }
      if (!never_holds(dependency)) b.exit_codes.set(static_cast<std::size_t>(shown.exit_code));
      if (b.exit_codes.none() || b.exit_codes.test(0)) b.exit_codes.set(1);
      b.exit_codes.reset(0);
      b.has_started = true;
      end_for_good(id);
      break;
    }
  }
}

/// Where it is open how a service has ended, what is shown decides: its own code, 1 for a success after which it has
/// given up, or that of one that it needs.
void ServicesJudge::adopt_exit_code(Book& b, const ServiceStatus& shown) {
  auto code = static_cast<std::size_t>(shown.exit_code);
  bool has_given_up = code == 1 && b.exit_codes.test(0) && b.policy.max_restarts > 0;
  bool is_known = b.exit_codes.none() || b.exit_codes.test(code) || has_given_up || code == 1;
  for (const Dependency& dependency : b.policy.depends_on) {
    is_known = is_known || book(dependency.service).exit_codes.test(code);
  }
  std::string what = "a code is shown that it did not end with: " + std::to_string(code);
  check(ServiceRule::the_exit_code_is_the_documented_one, is_known, what.c_str(),
        static_cast<ServiceId>(&b - books_.data()));
  b.exit_codes.set(code);
}

/// Where the documentation leaves it open, what is shown decides.
void ServicesJudge::resolve() {
  for (ServiceId id = 0; id < books_.size() && id < judged_.count(); ++id) {
    Book& b = book(id);
    if (b.main != Main::none) continue;
    const ServiceStatus& shown = judged_.status(id);
    if (b.outcome_is_open) {
      b.outcome = shown.outcome;
      b.outcome_is_open = false;
    }
    bool waits = shown.phase == ServicePhase::waiting && shown.reason != Reason::schedule;
    if (b.wanted == Wanted::no && b.stopped_for_other && waits) b.wanted = Wanted::maybe;
    if (b.wanted == Wanted::maybe) {
      switch (shown.phase) {
        case ServicePhase::inactive:
        case ServicePhase::gone:
          b.wanted = Wanted::no;
          b.failed_for_other = shown.outcome == Outcome::failed && shown.reason == Reason::dependency_failed;
          b.outcome = shown.outcome;
          adopt_exit_code(b, shown);
          b.automatic = false;
          break;
        case ServicePhase::waiting:
          b.wanted = shown.reason == Reason::schedule ? Wanted::no : Wanted::yes;
          b.outcome = shown.outcome;
          adopt_exit_code(b, shown);
          b.automatic = false;
          break;
        case ServicePhase::backing_off:
          b.wanted = Wanted::yes;
          b.automatic = true;
          if (shown.deadline) b.start = {*shown.deadline, *shown.deadline};
          if (b.fewest_restarts == b.most_restarts) {
            ++b.most_restarts;
            b.restarted.push_back({Instant::min(), b.start.high});
            b.n_high = std::min(b.n_high + 1, 40);
          }
          break;
        case ServicePhase::spawning:
        case ServicePhase::starting:
        case ServicePhase::up:
        case ServicePhase::pre_stop:
        case ServicePhase::stopping:
        case ServicePhase::killing:
        case ServicePhase::clearing:
          break;
      }
    }
    if (b.wanted == Wanted::yes) b.by_hand = Wanted::no;
  }
}

}  // namespace onit::sim
