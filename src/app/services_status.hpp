#pragma once

#include <string>
#include <vector>

#include "app/service_runtime.hpp"
#include "core/supervisor.hpp"

namespace onit {

/// A word for a phase, as the status shows it.
const char* phase_name(const ServiceStatus& status);

/// A line for each service: state, ready, health, pid, how long, restarts, last exit, reason.
std::string status_text(const Supervisor& supervisor, const std::vector<ServiceRuntime>& services, Instant now);

}  // namespace onit
