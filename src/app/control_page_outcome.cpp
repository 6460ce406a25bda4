#include "app/control_pages.hpp"
#include "app/control_routes.hpp"
#include "app/explain.hpp"
#include "base/text.hpp"
#include "control/http_status.hpp"
#include "core/conditions.hpp"

namespace onit {
namespace {

/// Nothing of it runs, nor is going to.
bool is_at_rest(const ServiceStatus& status) {
  return status.phase == ServicePhase::inactive || status.phase == ServicePhase::gone;
}

/// Somebody who asked for its start wants to know when it cannot come: it waits for one that was stopped by hand.
bool waits_for_held(const ServicesView& view, ServiceId id) {
  while (const Dependency* missing = missing_dependency(view, id)) {
    id = missing->service;
    if (view.supervisor.is_held(id)) return true;
  }
  return false;
}

/// How things stand for a condition on a service of which nothing more is to be expected than what its status says.
Prospect prospect(const ServicesView& view, const Reply& reply, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  const ServicePolicy& policy = view.supervisor.policy(id);
  if (reply.awaits_rest) {
    bool is_stuck = status.phase == ServicePhase::killing && !status.deadline;
    return is_at_rest(status) ? Prospect::holds : is_stuck ? Prospect::hopeless : Prospect::open;
  }
  bool is_over_for_now = policy.schedule && status.phase == ServicePhase::waiting && status.reason == Reason::schedule;
  if (reply.is_order && is_over_for_now) {
    return status.outcome == Outcome::succeeded ? Prospect::holds : Prospect::hopeless;
  }
  Prospect prospect = prospect_of(reply.awaited, policy, status);
  if (prospect != Prospect::open) return prospect;
  if (reply.awaited == Condition::healthy && !policy.health) return Prospect::hopeless;
  bool is_unasked = is_at_rest(status) && !view.supervisor.is_wanted(id);
  bool is_in_vain = view.supervisor.is_ending() || is_unasked || (reply.is_order && waits_for_held(view, id));
  return is_in_vain ? Prospect::hopeless : Prospect::open;
}

/// Why it never will be so.
std::string obstacle(const ServicesView& view, const Reply& reply, ServiceId id) {
  if (view.supervisor.is_ending()) return "everything ends";
  bool has_no_check = reply.awaited == Condition::healthy && !view.supervisor.policy(id).health;
  if (has_no_check && !reply.awaits_rest) return filled("% has no healthcheck", view.services[id].spec.name);
  return explain(view, id);
}

}  // namespace

Progress outcome_piece(const ServicesView& view, Reply& reply, std::string&) {
  ServiceId id = reply.services[0];
  // Until what was asked for has begun, its status is that of the run before.
  if (!view.supervisor.is_settled(id) && !view.supervisor.is_ending()) return Progress::idle;
  switch (prospect(view, reply, id)) {
    case Prospect::open:
      return Progress::idle;
    case Prospect::holds:
      reply.text = reply.as_text ? concat(explain(view, id), "\n") : service_page(view, id, false);
      return Progress::done;
    case Prospect::hopeless:
      answer_with(reply, kHttpConflict, obstacle(view, reply, id));
      return Progress::done;
  }
  return Progress::done;
}

}  // namespace onit
