#pragma once

#include <cstdint>

#include "core/service_policy.hpp"
#include "core/service_status.hpp"

namespace onit {

/// Whether what a service waits for in another one is so.
enum class Prospect : std::uint8_t {
  holds,
  open,      ///< not yet
  hopeless,  ///< and it will not be, unless somebody asks for the other one
};

/// How things stand for a condition on a service with this policy and status.
Prospect prospect_of(Condition condition, const ServicePolicy& policy, const ServiceStatus& status);

/// Whether the condition is about the other one being there, and not about its end.
bool is_about_being_up(Condition condition);

/// Whether a service with this policy needs the other one to be up, as long as it runs.
bool needs_up(const ServicePolicy& policy, ServiceId other);

}  // namespace onit
