#pragma once

#include <string>
#include <vector>

namespace onit {

/// The last place, where anybody can listen.
inline constexpr char kSharedControlPlace[] = "/tmp/onit.sock";

/// Where the control socket may be, in the order in which onit opens it and onitctl looks for it: `first`, then
/// $XDG_RUNTIME_DIR/onit.sock, if that variable is an absolute path as it has to be, then kSharedControlPlace.
/// Source: XDG Base Directory Specification.
std::vector<std::string> control_places(const std::string& first, char* const* environment);

}  // namespace onit
