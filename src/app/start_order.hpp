#pragma once

#include <span>
#include <vector>

#include "core/service_spec.hpp"

namespace onit {

/// The order in which services would start if each were ready at once: as in the file, but each behind those that it
/// depends on. There must be no cycle.
std::vector<ServiceId> start_order(std::span<const ServiceSpec> services);

}  // namespace onit
