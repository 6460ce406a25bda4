#include "app/service_health.hpp"

#include "app/explain.hpp"
#include "app/services_status.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

/// Whether it is to be as good as it can: scheduled ones come and go.
bool is_expected(const ServicesView& view, ServiceId id) {
  bool is_gone = view.supervisor.status(id).phase == ServicePhase::gone;
  bool is_asked_for = view.supervisor.is_wanted(id) || view.supervisor.is_held(id);
  return !is_gone && is_asked_for && !view.supervisor.policy(id).schedule;
}

bool is_essential(const ServicesView& view, ServiceId id) {
  return is_expected(view, id) && view.supervisor.policy(id).essential;
}

bool has_essential(const ServicesView& view) {
  for (ServiceId id = 0; id < view.supervisor.count(); ++id) {
    if (is_essential(view, id)) return true;
  }
  return false;
}

bool is_good(const ServicesView& view, ServiceId id, HealthQuestion question) {
  const ServiceStatus& status = view.supervisor.status(id);
  if (status.health == Health::unhealthy) return false;
  if (question == HealthQuestion::alive || status.ready) return true;
  bool comes_and_goes = view.supervisor.policy(id).schedule && !view.supervisor.is_held(id);
  return comes_and_goes && status.outcome != Outcome::failed;
}

}  // namespace

Verdict judge(const ServicesView& view, HealthQuestion question, std::optional<ServiceId> service) {
  if (service) return {is_good(view, *service, question), explain(view, *service)};
  bool is_about_now = question != HealthQuestion::alive;
  if (is_about_now && view.supervisor.is_ending()) return {false, "everything ends"};
  if (is_about_now && view.supervisor.is_draining()) return {false, "onit is about to end"};
  bool essential_only = has_essential(view);
  // Whoever lives without essential services decides himself when it is enough.
  if (question == HealthQuestion::alive && !essential_only) return {true, "alive"};
  Verdict verdict;
  std::size_t bad = 0;
  for (ServiceId id = 0; id < view.supervisor.count(); ++id) {
    bool counts = essential_only ? is_essential(view, id) : view.supervisor.is_wanted(id) && is_expected(view, id);
    if (!counts || is_good(view, id, question) || bad++ > 0) continue;
    // Anybody may ask the other questions, and what services write is not for everybody.
    bool is_open = question == HealthQuestion::healthy;
    verdict.is_good = false;
    verdict.text = is_open ? explain(view, id) : filled("% is %", {view.services[id].spec.name, state_word(view, id)});
  }
  if (bad > 1) {
    const char* pattern = bad == 2 ? "; % more is not as it should be" : "; % more are not as they should be";
    verdict.text += filled(pattern, {std::to_string(bad - 1)});
  }
  if (bad == 0) verdict.text = question == HealthQuestion::alive ? "alive" : "ready";
  return verdict;
}

}  // namespace onit
