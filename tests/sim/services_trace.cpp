// What --trace prints of a history of services.

#include <cstdio>

#include "sim/services_world.hpp"

namespace onit::sim {

void ServicesWorld::say(const char* what, std::size_t service, int number) {
  if (!trace_) return;
  std::printf("%8lld ms  %s service %zu, %d\n", static_cast<long long>(now_.time_since_epoch().count()), what, service,
              number);
}

void ServicesWorld::show_policies() const {
  if (!trace_) return;
  const SupervisorPolicy& all = services_.policy;
  std::printf("all: grace %d, drain %d, exit code from %d, main %d\n", static_cast<int>(all.stop_grace_period.count()),
              static_cast<int>(all.drain.count()), all.exit_code_from ? static_cast<int>(*all.exit_code_from) : -1,
              all.main ? static_cast<int>(*all.main) : -1);
  for (ServiceId id = 0; id < services_.services.size(); ++id) {
    const ServicePolicy& p = services_.services[id];
    std::printf(
        "service %zu:%s%s%s%s%s%s%s%s, restart %d (%d in %d ms, %d to %d ms, reset %d ms), grace %d, timeout %d", id,
        removed_[id] ? " removed" : "", p.type == ServiceType::oneshot ? " oneshot" : "", p.autostart ? "" : " by hand",
        p.essential ? " essential" : "", p.schedule ? " scheduled" : "",
        p.ready ? p.ready->is_probed ? " probed" : " ready" : "", p.health ? " health" : "",
        p.has_pre_stop ? " pre_stop" : "", static_cast<int>(p.restart), p.max_restarts,
        static_cast<int>(p.restart_window.count()), static_cast<int>(p.restart_delay.count()),
        static_cast<int>(p.restart_max_delay.count()), static_cast<int>(p.restart_reset_after.count()),
        static_cast<int>(p.stop_grace_period.count()),
        static_cast<int>((p.ready ? p.ready->timeout : p.timeout).count()));
    for (const Dependency& d : p.depends_on) {
      static constexpr const char* kConditions[] = {"started", "ready", "healthy", "completed", "exited"};
      std::printf(", %zu %s", d.service, kConditions[static_cast<std::size_t>(d.condition)]);
    }
    std::printf("\n");
  }
}

void ServicesWorld::say_news(const TellService& deed) const {
  static constexpr const char* kNews[] = {"waiting",     "starting",  "started",  "ready",   "completed", "exited",
                                          "healthy",     "unhealthy", "stopping", "killing", "stopped",   "unkillable",
                                          "backing off", "failed",    "skipped",  "removed"};
  if (!trace_) return;
  std::printf("               %s: service %zu, reason %d, other %zu, code %d, count %d, after %lld\n",
              kNews[static_cast<std::size_t>(deed.news)], deed.service, static_cast<int>(deed.reason), deed.other,
              deed.code, deed.count, static_cast<long long>(deed.after.count()));
}

void ServicesWorld::show_event(const ServiceEvent& event) {
  if (!trace_) return;
  std::visit(
      [&](const auto& happened) {
        static constexpr const char* kEvents[] = {
            "begin",       "started",        "start failed", "exited",    "empty",       "ready",
            "never",       "stopping",       "extended",     "fed",       "triggered",   "watchdog changed",
            "looked",      "pre_stop",       "schedule",     "signal",    "deadline",    "ask to start",
            "ask to stop", "ask to restart", "ask to end",   "redefined", "nothing left"};
        const char* name = kEvents[event.index()];
        if constexpr (requires { happened.status; }) {
          say(name, happened.service, happened.status.code());
        } else if constexpr (requires { happened.succeeded; }) {
          say(name, happened.service, happened.succeeded);
        } else if constexpr (requires { happened.service; }) {
          say(name, happened.service, 0);
        } else if constexpr (requires { happened.signal; }) {
          say("signal", 0, happened.signal);
        } else {
          say(name, 0);
        }
      },
      event);
}

}  // namespace onit::sim
