// Random files of services.

#include <csignal>

#include "sim/services_world.hpp"

namespace onit::sim {
namespace {

constexpr Millis kGraces[] = {Millis{0}, Millis{50}, Millis{1'000}, Millis{1'000}, Millis{5'000}};
constexpr Millis kTimes[] = {Millis{50}, Millis{250}, Millis{1'000}, Millis{3'000}};

}  // namespace

ServicePolicy random_service(Random& random, const std::vector<ServicePolicy>& others, const std::vector<bool>& removed,
                             std::size_t count) {
  ServicePolicy policy;
  policy.type = random.chance(30) ? ServiceType::oneshot : ServiceType::simple;
  policy.autostart = random.chance(85);
  policy.essential = random.chance(12);
  if (random.chance(6)) {
    policy.schedule = random.pick({Overlap::skip, Overlap::queue, Overlap::replace});
    policy.essential = false;
  }
  bool is_simple = policy.type == ServiceType::simple;
  if (is_simple && random.chance(35)) {
    policy.ready = ReadinessPolicy{.is_probed = random.chance(50),
                                   .interval = random.pick({Millis{100}, Millis{250}, Millis{1'000}}),
                                   .attempt_timeout = random.pick({Millis{50}, Millis{1'000}}),
                                   .timeout = random.pick({Millis{0}, Millis{1'000}, Millis{3'000}})};
  }
  if (is_simple && random.chance(30)) {
    policy.health = HealthPolicy{.interval = random.pick(kTimes) + Millis{200},
                                 .timeout = random.pick({Millis{50}, Millis{1'000}}),
                                 .start_period = random.pick({Millis{0}, Millis{0}, Millis{3'000}}),
                                 .start_interval = random.pick({Millis{200}, Millis{500}}),
                                 .retries = 1 + random.below(3),
                                 .on_unhealthy = random.chance(60) ? OnUnhealthy::restart : OnUnhealthy::ignore};
  }
  if (is_simple && random.chance(15)) policy.watchdog = random.pick({Millis{500}, Millis{1'000}});
  if (!is_simple && random.chance(40)) policy.timeout = random.pick({Millis{50}, Millis{1'000}, Millis{3'000}});
  policy.restart =
      random.pick({RestartPolicy::no, RestartPolicy::on_failure, RestartPolicy::on_failure, RestartPolicy::always});
  policy.restart_delay = random.pick({Millis{0}, Millis{100}, Millis{100}, Millis{1'000}});
  policy.restart_max_delay = random.pick({Millis{100}, Millis{1'000}, Millis{30'000}});
  policy.restart_reset_after = random.pick({Millis{0}, Millis{1'000}, Millis{5'000}});
  policy.max_restarts = random.pick({0, 1, 2, 3, 5});
  policy.restart_window = random.pick({Millis{1'000}, Millis{10'000}, Millis{60'000}});
  if (policy.max_restarts == 0 && policy.restart_delay == Millis{0}) policy.restart_delay = Millis{100};
  policy.on_give_up = random.chance(10) ? OnGiveUp::shutdown : OnGiveUp::ignore;
  if (random.chance(10)) policy.success_exit_codes.set(3);
  policy.stop_signal = random.pick({SIGTERM, SIGTERM, SIGINT, SIGQUIT});
  policy.stop_grace_period = random.pick(kGraces);
  policy.has_pre_stop = random.chance(20);
  for (std::size_t id = 0; id < count; ++id) {
    const ServicePolicy& other = others[id];
    if (removed[id] || other.schedule || !random.chance(30)) continue;
    Condition condition =
        other.type == ServiceType::oneshot ? random.pick({Condition::completed, Condition::completed, Condition::exited,
                                                          Condition::started, Condition::ready})
        : other.health && random.chance(40) ? Condition::healthy
        : other.ready && random.chance(80)
            ? Condition::ready
            : random.pick({Condition::started, Condition::started, Condition::ready, Condition::exited});
    policy.depends_on.push_back({id, condition});
  }
  return policy;
}

SupervisorPolicy random_supervisor(Random& random, const std::vector<bool>& removed) {
  SupervisorPolicy policy;
  policy.stop_grace_period = random.pick({Millis{0}, Millis{50}, Millis{3'000}, Millis{9'000}, Millis{9'000}});
  policy.drain = random.pick({Millis{0}, Millis{0}, Millis{0}, Millis{50}, Millis{2'000}});
  policy.seed = random.next();
  auto somebody = [&]() -> std::optional<ServiceId> {
    auto id = static_cast<ServiceId>(random.below(static_cast<int>(removed.size())));
    return removed[id] ? std::nullopt : std::optional{id};
  };
  if (random.chance(15)) policy.exit_code_from = somebody();
  if (random.chance(20)) policy.main = somebody();
  return policy;
}

Services random_services(Random& random) {
  Services made;
  int count = 1 + random.below(random.chance(60) ? 4 : 8);
  std::vector<bool> removed(static_cast<std::size_t>(count), false);
  for (int i = 0; i < count; ++i) {
    made.services.push_back(random_service(random, made.services, removed, made.services.size()));
  }
  made.policy = random_supervisor(random, removed);
  return made;
}

}  // namespace onit::sim
