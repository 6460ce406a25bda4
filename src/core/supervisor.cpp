#include "core/supervisor.hpp"

#include <algorithm>
#include <csignal>
#include <utility>

#include "base/signal.hpp"
#include "core/conditions.hpp"

namespace onit {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// The signals that mean the application, if there is one (DESIGN: main), and not its init.
bool is_for_application(int signal) {
  return signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2 || signal == SIGWINCH ||
         signal >= kFirstRealTimeSignal;
}

}  // namespace

Supervisor::Supervisor(const SupervisorPolicy& policy, std::vector<ServicePolicy> services)
    : policy_(policy), jitter_(policy.seed) {
  members_.reserve(services.size());
  for (ServicePolicy& service : services) add(std::move(service));
  link_dependents();
}

void Supervisor::add(ServicePolicy policy) {
  members_.emplace_back(Service(members_.size(), std::move(policy)));
  deadlines_.push_back(kNever);
}

const std::vector<ServiceAction>& Supervisor::apply(const ServiceEvent& event, Instant now) {
  actions_.clear();
  Turn turn{now, actions_, jitter_};
  handle(event, turn);
  look_at_listed(turn);
  return actions_;
}

Deadline Supervisor::deadline() const {
  Instant soonest = deadlines_.empty() ? kNever : *std::ranges::min_element(deadlines_);
  return earlier(deadline_, soonest == kNever ? Deadline{} : soonest);
}

void Supervisor::handle(const ServiceEvent& event, Turn& turn) {
  std::visit(Overloaded{
                 [&](const Begin&) { on_begin(turn); },
                 [&](const SignalArrived& arrived) { on_signal(turn, arrived.signal); },
                 [&](const DeadlinePassed&) { on_deadline(turn); },
                 [&](const ScheduleDue& due) { on_schedule(turn, due.service); },
                 [&](const StartAsked& asked) { on_start_asked(asked.service); },
                 [&](const StopAsked& asked) { on_stop_asked(asked.service); },
                 [&](const RestartAsked& asked) { on_restart_asked(asked.service); },
                 [&](const ShutdownAsked& asked) {
                   if (asked.exit_code) asked_code_ = asked.exit_code;
                   on_request_to_end(turn, 0);
                 },
                 [&](const Redefined& redefined) { on_redefined(turn, *redefined.changes); },
                 [&](const NothingLeft&) {
                   if (stage_ == Stage::strays || stage_ == Stage::killing_strays) leave(turn);
                 },
                 [&](const auto& of_a_service) {
                   Member& member = members_[of_a_service.service];
                   turn.rest = rest_reason(member);
                   member.service.on(of_a_service, turn);
                   list_neighbours(of_a_service.service);
                 },
             },
             event);
}

void Supervisor::on_begin(Turn& turn) {
  for (ServiceId id = 0; id < members_.size(); ++id) {
    members_[id].service.appear(turn.now);
    if (members_[id].service.policy().autostart) want(id);
  }
  list_all();
}

void Supervisor::on_signal(Turn& turn, int signal) {
  if (signal == SIGTERM || signal == SIGINT || signal == SIGQUIT) return on_request_to_end(turn, signal);
  if (is_for_application(signal) && policy_.main && members_[*policy_.main].service.has_process()) {
    turn.actions.push_back(SignalService{*policy_.main, signal});
    return;
  }
  if (signal == SIGHUP) turn.actions.push_back(ReadDefinitions{});
  if (signal == SIGUSR1) turn.actions.push_back(ReopenLogs{});
  if (signal == SIGUSR2) turn.actions.push_back(PrintStatus{});
}

// --- What is wanted -------------------------------------------------------------------------------------------------

/// What it goes by from its next start on.
const ServicePolicy& Supervisor::policy_to_be(const Member& member) {
  return member.redefinition ? *member.redefinition : member.service.policy();
}

/// A service that is wanted wants those that it depends on. One that failed, or was stopped by hand, gets another
/// chance.
void Supervisor::want(ServiceId id) {
  Member& member = members_[id];
  if (member.is_removed) return;
  bool is_news = !member.is_wanted || member.service.status().outcome == Outcome::failed;
  member.is_wanted = true;
  member.is_held = false;
  if (!is_news) return;
  for (const Dependency& dependency : policy_to_be(member).depends_on) want(dependency.service);
  if (member.service.is_final() && member.service.status().outcome != Outcome::succeeded) member.starts_anew = true;
}

void Supervisor::on_start_asked(ServiceId id) {
  Member& member = members_[id];
  want(id);
  member.service.forget_failures();
  if (!member.service.is_alive()) member.starts_anew = true;
  if (member.service.policy().schedule) member.is_due = true;
  decide_who_must_stop();
}

void Supervisor::on_stop_asked(ServiceId id) {
  Member& member = members_[id];
  member.is_wanted = false;
  member.is_held = true;
  member.starts_anew = member.is_due = false;
  decide_who_must_stop();
}

void Supervisor::on_restart_asked(ServiceId id) {
  on_start_asked(id);
  members_[id].starts_anew = true;
  decide_who_must_stop();
}

void Supervisor::on_schedule(Turn& turn, ServiceId id) {
  Member& member = members_[id];
  const ServicePolicy& policy = member.service.policy();
  if (!policy.schedule || !member.is_wanted || is_ending()) return;
  if (member.service.is_alive()) {
    if (*policy.schedule == Overlap::skip) return member.service.skip(turn);
    if (*policy.schedule == Overlap::replace) member.starts_anew = true;
  }
  member.is_due = true;
  decide_who_must_stop();
}

void Supervisor::on_redefined(Turn& turn, const Redefinition& changes) {
  std::vector<ServiceId> added;
  for (const Redefinition::Change& change : changes.changed) {
    if (change.service == members_.size()) {
      add(change.policy);
      members_.back().service.appear(turn.now);
      added.push_back(change.service);
    } else {
      members_[change.service].redefinition = std::make_unique<ServicePolicy>(change.policy);
      // It was taken out of the file, and put back before it had stopped.
      if (std::exchange(members_[change.service].is_removed, false)) added.push_back(change.service);
    }
  }
  for (ServiceId id : changes.removed) members_[id].is_removed = true;
  policy_ = changes.policy;
  link_dependents();
  for (ServiceId id : added) {
    if (policy_to_be(members_[id]).autostart) want(id);
  }
  // Now, and not when the change takes place: whoever stops one by hand in between means it.
  for (const Redefinition::Change& change : changes.changed) {
    if (!members_[change.service].is_wanted) continue;
    for (const Dependency& dependency : change.policy.depends_on) want(dependency.service);
  }
  decide_who_must_stop();
}

void Supervisor::link_dependents() {
  for (Member& member : members_) member.dependents.clear();
  for (ServiceId id = 0; id < members_.size(); ++id) {
    if (members_[id].service.status().phase == ServicePhase::gone) continue;
    for (const Dependency& dependency : members_[id].service.policy().depends_on) {
      members_[dependency.service].dependents.push_back(id);
    }
  }
}

/// What was asked for concerns the service itself.
bool Supervisor::wants_rest(const Member& member) const {
  return is_ending() || !member.is_wanted || member.is_removed || member.starts_anew || member.redefinition != nullptr;
}

/// Why it is to rest for its own sake, and not only while another one does.
Reason Supervisor::rest_reason(const Member& member) const {
  if (!wants_rest(member)) return Reason::none;
  if (is_ending()) return Reason::shutdown;
  return member.is_removed ? Reason::removed : member.redefinition ? Reason::redefined : Reason::asked;
}

/// ... and whoever needs it to be up.
void Supervisor::decide_who_must_stop() {
  for (Member& member : members_) member.must_stop = false;
  std::vector<ServiceId> found;
  auto mark = [&](ServiceId id) {
    if (!std::exchange(members_[id].must_stop, true)) found.push_back(id);
  };
  for (ServiceId id = 0; id < members_.size(); ++id) {
    if (wants_rest(members_[id])) mark(id);
  }
  while (!found.empty()) {
    ServiceId id = found.back();
    found.pop_back();
    for (ServiceId dependent : members_[id].dependents) {
      if (needs_up(members_[dependent].service.policy(), id)) mark(dependent);
    }
  }
  list_all();
}

// --- The next step of each ------------------------------------------------------------------------------------------

void Supervisor::list(ServiceId id) {
  if (!std::exchange(members_[id].is_listed, true)) listed_.push_back(id);
}

/// What happens to a service concerns those that wait for it, and those that may stop when it has.
void Supervisor::list_neighbours(ServiceId id) {
  list(id);
  for (ServiceId dependent : members_[id].dependents) list(dependent);
  for (const Dependency& dependency : members_[id].service.policy().depends_on) list(dependency.service);
}

void Supervisor::list_all() {
  for (ServiceId id = 0; id < members_.size(); ++id) list(id);
}

void Supervisor::look_at_listed(Turn& turn) {
  bool is_change = !listed_.empty();
  while (!listed_.empty()) {
    // A step may list more.
    for (ServiceId id : std::exchange(listed_, {})) {
      members_[id].is_listed = false;
      look_at(turn, id);
      take_stock(id);
    }
    // Only when everybody has come to terms with what happened: an end that is somebody's is not nobody's.
    if (listed_.empty()) look_at_all(turn);
  }
  if (is_change) tell_readiness(turn);
}

void Supervisor::look_at(Turn& turn, ServiceId id) {
  const ServiceStatus& status = members_[id].service.status();
  ServicePhase before = status.phase;
  Outcome outcome_before = status.outcome;
  if (before == ServicePhase::gone) return;
  if (!members_[id].service.is_alive()) rest_or_change(turn, id);
  stop_in_order(turn, id);
  start_if_possible(turn, id);
  // One that cannot start for another one's sake fails without a change of phase.
  if (status.phase != before || status.outcome != outcome_before) list_neighbours(id);
}

/// At rest it takes on what has waited for that.
void Supervisor::rest_or_change(Turn& turn, ServiceId id) {
  Member& member = members_[id];
  bool is_over = member.service.status().phase == ServicePhase::inactive;
  if (is_over && member.service.is_final() && !wants_rest(member)) on_final(turn, id);
  bool is_change = member.is_removed || member.redefinition || member.starts_anew;
  if (!is_change || is_ending()) return;
  if (member.is_removed) {
    member.is_wanted = false;
    member.service.become_gone(turn);
  } else {
    bool is_new = member.redefinition != nullptr;
    ServicePolicy policy = is_new ? std::move(*member.redefinition) : member.service.policy();
    member.redefinition.reset();
    member.service.redefine(std::move(policy));
    if (member.service.policy().schedule && is_new) member.is_due = false;
  }
  member.starts_anew = false;
  link_dependents();
  decide_who_must_stop();
}

void Supervisor::stop_in_order(Turn& turn, ServiceId id) {
  Member& member = members_[id];
  if (!member.must_stop) return;
  bool is_alive = member.service.is_alive();
  if (is_alive && is_needed(id)) return;
  if (Reason own = rest_reason(member); own != Reason::none) return member.service.stop(turn, own, id);
  if (!is_alive) return;
  for (const Dependency& dependency : member.service.policy().depends_on) {
    bool is_it = members_[dependency.service].must_stop && is_about_being_up(dependency.condition);
    if (is_it) return member.service.stop(turn, Reason::dependency_stops, dependency.service);
  }
}

/// Somebody who needs it to be up may still be running.
bool Supervisor::is_needed(ServiceId id) const {
  const std::vector<ServiceId>& dependents = members_[id].dependents;
  return std::ranges::any_of(dependents, [&](ServiceId dependent) {
    const Service& service = members_[dependent].service;
    return service.is_alive() && needs_up(service.policy(), id);
  });
}

bool Supervisor::is_to_start(const Member& member) const {
  const ServiceStatus& status = member.service.status();
  if (!member.is_wanted || wants_rest(member)) return false;
  if (status.phase == ServicePhase::waiting) return true;
  if (status.phase != ServicePhase::inactive) return false;
  if (member.service.policy().schedule) return true;
  // What has failed for another one's sake has not failed itself.
  bool may_recover = status.outcome == Outcome::failed && status.reason == Reason::dependency_failed;
  return status.outcome == Outcome::none || status.outcome == Outcome::stopped || may_recover;
}

void Supervisor::start_if_possible(Turn& turn, ServiceId id) {
  Member& member = members_[id];
  if (!is_to_start(member)) return;
  const ServicePolicy& policy = member.service.policy();
  const ServiceStatus& status = member.service.status();
  bool is_restart = status.phase == ServicePhase::waiting && status.outcome != Outcome::none;
  if (policy.schedule && !member.is_due && !(is_restart && status.reason != Reason::schedule)) {
    return member.service.wait(turn, Reason::schedule, nullptr);
  }
  const Dependency* missing = nullptr;
  for (const Dependency& dependency : policy.depends_on) {
    const Member& other = members_[dependency.service];
    Prospect prospect = prospect_of(dependency.condition, other.service.policy(), other.service.status());
    bool is_about_to_change = other.starts_anew || other.redefinition;
    if (prospect == Prospect::hopeless && is_about_to_change) prospect = Prospect::open;
    if (prospect == Prospect::hopeless) {
      member.is_due = false;
      bool is_known = status.outcome == Outcome::failed && status.phase == ServicePhase::inactive;
      if (!is_known) member.service.fail_for(turn, dependency.service, std::max(1, other.service.status().exit_code));
      return;
    }
    if (prospect == Prospect::open && !missing) missing = &dependency;
  }
  if (missing || member.must_stop) {
    return member.service.wait(turn, Reason::none, missing);
  }
  member.is_due = false;
  member.service.start(turn, policy.schedule ? Reason::schedule : status.reason);
}

}  // namespace onit
