#pragma once

#include <span>

namespace onit {

/// Closes every descriptor but stderr and those in `kept`: whoever waits for the end of a pipe, a lock or a socket that
/// the command was given must not wait for onit too. Source: close_range(2).
void close_inherited_descriptors(std::span<const int> kept);

}  // namespace onit
