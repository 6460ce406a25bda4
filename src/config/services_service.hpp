#pragma once

#include "config/services_draft.hpp"
#include "config/services_fields.hpp"

namespace onit {

/// The words of Condition, in its order.
inline constexpr char kConditions[] = "started|ready|healthy|completed|exited";

/// Reads `[services.NAME]`. `defaults` come from [log]. What is wrong is a problem; what is right is set.
ServiceDraft read_service(Reading& in, const toml::Entry& entry, const LogSpec& defaults);

}  // namespace onit
