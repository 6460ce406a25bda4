#pragma once

#include "app/world.hpp"
#include "core/supervisor.hpp"

namespace onit {

/// Runs all services from Begin to the end, and returns the exit code.
int run_services(ServiceWorld& world, Supervisor& supervisor);

}  // namespace onit
