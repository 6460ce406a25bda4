#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace onit {

/// More paths than these are not found: whoever writes `/*/*` by mistake learns it soon.
inline constexpr std::size_t kMaxGlobPaths = 1024;

/// Whether a name matches a pattern of `*`, `?`, `[a-z]`, `[!a-z]` and a backslash in front of what is meant as it is.
/// A dot that begins the name has to be in the pattern. Source: glob(7).
bool matches_pattern(std::string_view name, std::string_view pattern);

/// The files that match a pattern, in the order of their bytes; one without any of the characters above is that file,
/// if there is one. A directory that cannot be read has no files. Not glob(3): in musl that one brings the accounts,
/// stdio and the tables of Unicode along, 25 KB. `steps` is how many paths and names may be looked at, for
/// `/*/../*` and so on asks for any number of them; it is what remains of them then. With 0 nothing is found.
std::vector<std::string> glob_paths(std::string_view pattern, std::size_t& steps);

}  // namespace onit
