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
  // Who is being stopped is ready until it has ended, for those that depend on it; but it does not serve for long.
  bool is_ready = status.ready && (status.phase == ServicePhase::up || status.phase == ServicePhase::inactive);
  if (question == HealthQuestion::alive || is_ready) return true;
  // What was to be done is done.
  if (status.phase == ServicePhase::inactive && status.outcome == Outcome::succeeded) return true;
  bool comes_and_goes = view.supervisor.policy(id).schedule && !view.supervisor.is_held(id);
  return comes_and_goes && status.outcome != Outcome::failed;
}

}  // namespace

Verdict judge(const ServicesView& view, HealthQuestion question, bool anybody, std::optional<ServiceId> service) {
  if (service) return {is_good(view, *service, question), explain(view, *service)};
  bool is_about_now = question == HealthQuestion::ready;
  if (is_about_now && view.supervisor.is_ending()) return {false, "everything ends"};
  if (is_about_now && view.supervisor.is_draining()) return {false, "onit is about to end"};
  bool essential_only = has_essential(view);
  // Whoever lives without essential services decides himself when it is enough.
  if (!is_about_now && !essential_only) return {true, "alive"};
  Verdict verdict;
  std::size_t bad = 0;
  for (ServiceId id = 0; id < view.supervisor.count(); ++id) {
    bool counts = essential_only ? is_essential(view, id) : view.supervisor.is_wanted(id) && is_expected(view, id);
    if (!counts || is_good(view, id, question) || bad++ > 0) continue;
    verdict.is_good = false;
    verdict.text = anybody ? filled("% is %", view.services[id].spec.name, state_word(view, id)) : explain(view, id);
  }
  if (bad > 1) {
    const char* pattern = bad == 2 ? "; % more is not as it should be" : "; % more are not as they should be";
    verdict.text += filled(pattern, bad - 1);
  }
  if (bad == 0) verdict.text = is_about_now ? "ready" : "alive";
  return verdict;
}

}  // namespace onit
