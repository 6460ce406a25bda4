#include "app/service_driver.hpp"

namespace onit {

int run_services(ServiceWorld& world, Supervisor& supervisor) {
  ServiceEvent event = Begin{};
  for (;;) {
    for (const ServiceAction& action : supervisor.apply(event, world.now())) world.perform(action);
    if (std::optional<int> exit_code = supervisor.exit_code()) return *exit_code;
    event = world.next(supervisor.deadline());
  }
}

}  // namespace onit
