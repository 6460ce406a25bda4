#pragma once

#include <string>

#include "app/launch.hpp"
#include "core/plan.hpp"

namespace onit {

/// The resolved plan as JSON, indented, for --dry-run. The content of secrets is left out.
std::string dry_run_text(const Plan& plan, PreparedLaunch& launch);

}  // namespace onit
