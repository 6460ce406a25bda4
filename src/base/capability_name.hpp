#pragma once

#include <optional>
#include <string_view>

namespace onit {

/// The number of a capability by its name, with or without `CAP_`, in any case: `NET_BIND_SERVICE`, `cap_chown`.
/// Source: capabilities(7), linux/capability.h.
std::optional<int> parse_capability(std::string_view name);

/// The name of a capability, from 0 on, without `CAP_`; empty behind the last that onit knows.
std::string_view capability_name(int capability);

}  // namespace onit
