#include "core/conditions.hpp"

#include <algorithm>

#include "base/panic.hpp"

namespace onit {
namespace {

bool holds(Condition condition, const ServicePolicy& policy, const ServiceStatus& status) {
  bool is_up = status.phase == ServicePhase::up;
  bool is_at_rest = status.phase == ServicePhase::inactive;
  bool is_completed = is_at_rest && status.outcome == Outcome::succeeded;
  bool has_done_its_work = policy.type == ServiceType::oneshot && is_completed;
  switch (condition) {
    case Condition::started:
      return is_up || status.phase == ServicePhase::starting || has_done_its_work;
    case Condition::ready:
      return is_up || has_done_its_work;
    case Condition::healthy:
      return is_up && status.health == Health::healthy;
    case Condition::completed:
      return is_completed;
    case Condition::exited:
      return is_at_rest && status.has_run && status.outcome != Outcome::none;
  }
  panic("a dependency without condition");
}

}  // namespace

Prospect prospect_of(Condition condition, const ServicePolicy& policy, const ServiceStatus& status) {
  if (holds(condition, policy, status)) return Prospect::holds;
  bool has_ended = status.phase == ServicePhase::inactive &&
                   (status.outcome == Outcome::succeeded || status.outcome == Outcome::failed);
  return has_ended || status.phase == ServicePhase::gone ? Prospect::hopeless : Prospect::open;
}

bool is_about_being_up(Condition condition) { return condition <= Condition::healthy; }

bool needs_up(const ServicePolicy& policy, ServiceId other) {
  return std::ranges::any_of(policy.depends_on, [&](const Dependency& dependency) {
    return dependency.service == other && is_about_being_up(dependency.condition);
  });
}

}  // namespace onit
