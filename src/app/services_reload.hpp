#pragma once

#include <optional>
#include <vector>

#include "app/service_runtime.hpp"
#include "core/service_event.hpp"
#include "core/service_spec.hpp"

namespace onit {

/// Whether all that a file says now could have numbers of their own: those of services that are gone stay theirs.
bool has_numbers_for(const std::vector<ServiceRuntime>& services, const ServicesSpec& now_said);

/// Compares what a file says now with what the running services were made of. A service keeps its number; a new one
/// gets the next; changed ones get their new definition as `next_spec`. `spec` becomes the new one of all.
Redefinition redefine(ServicesSpec& spec, std::vector<ServiceRuntime>& services, ServicesSpec now_said);

}  // namespace onit
