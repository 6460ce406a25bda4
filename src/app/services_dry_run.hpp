#pragma once

#include <string>

#include "core/service_spec.hpp"

namespace onit {

/// The services in the order of their start as JSON, indented, for --dry-run: what each runs, as whom and where, what
/// it waits for, and what becomes of it. Variables are replaced; env_files and secrets are not read.
std::string services_dry_run_text(const ServicesSpec& spec);

}  // namespace onit
