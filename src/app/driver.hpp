#pragma once

#include "app/world.hpp"
#include "core/policy.hpp"

namespace onit {

/// Runs one command from Begin to the end, and returns the exit code.
[[gnu::hot]] int run_command(World& world, const CommandPolicy& policy);

}  // namespace onit
