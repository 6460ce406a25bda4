#include "app/driver.hpp"

#include "core/command.hpp"

namespace onit {

int run_command(World& world, const CommandPolicy& policy) {
  State state;
  Event event = Begin{};
  for (;;) {
    Step decided = step(policy, state, event, world.now());
    for (const Action& action : decided.actions) world.perform(action);
    state = decided.next;
    if (state.phase == Phase::done) return state.exit_code;
    event = world.next(state.deadline);
  }
}

}  // namespace onit
