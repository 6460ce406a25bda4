#pragma once

#include <span>
#include <string>
#include <vector>

#include "config/services_draft.hpp"

namespace onit {

/// Adds services that are complete, and whose dependencies are places among `specs`.
void add_services(std::vector<ServiceDraft>& drafts, std::vector<ServiceSpec> specs, Place place);

/// Makes one specification of all that was read: finds whom the dependencies mean, and leaves out services none of
/// whose profiles is active. What cannot be meant is a problem; then the result is of no use.
ServicesSpec join_services(ServicesDraft draft, std::span<const std::string> profiles, Problems& problems);

}  // namespace onit
