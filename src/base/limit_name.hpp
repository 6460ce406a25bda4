#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace onit {

/// The RLIMIT_* of a name such as `nofile`. The names are those of limits.conf(5), which Docker uses too.
std::optional<int> parse_limit_name(std::string_view name);

/// The name of an RLIMIT_* that parse_limit_name() knows.
std::string_view limit_name(int resource);

/// All names, with blanks between them.
std::string limit_names();

}  // namespace onit
