#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "base/value.hpp"
#include "core/plan.hpp"

namespace onit {

/// The values of options, besides those of base/value.hpp. Each Complaint is what follows `--name 'value': `.

Result<Ulimit, Complaint> ulimit_value(std::string_view text);

/// `FROM:TO` of --rewrite, entered into `rewrites`.
Result<void, Complaint> add_rewrite(SignalRewrites& rewrites, std::string_view text);

/// `N:M` of --map-exit, entered into `map`.
Result<void, Complaint> add_exit_code(ExitCodeMap& map, std::string_view text);

}  // namespace onit
