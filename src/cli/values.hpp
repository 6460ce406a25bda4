#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.hpp"
#include "core/plan.hpp"

namespace onit {

/// The values of options. Each Complaint is what follows `--name 'value': `.

Result<int, Complaint> signal_value(std::string_view text);
Result<Millis, Complaint> duration_value(std::string_view text);
Result<int, Complaint> integer_value(std::string_view text, int minimum, int maximum);
Result<std::uint32_t, Complaint> umask_value(std::string_view text);
Result<Ulimit, Complaint> ulimit_value(std::string_view text);

/// `FROM:TO` of --rewrite, entered into `rewrites`.
Result<void, Complaint> add_rewrite(SignalRewrites& rewrites, std::string_view text);

/// `N:M` of --map-exit, entered into `map`.
Result<void, Complaint> add_exit_code(ExitCodeMap& map, std::string_view text);

}  // namespace onit
