#pragma once

#include <cstdint>
#include <optional>

namespace onit {

// What a process may do beyond what its user may. A set has a bit for each capability. All of these are for the time
// between fork and exec: they are async-signal-safe and set errno. Source: capabilities(7).

/// Gives up every capability that a change of user leaves: the kernel takes them only from a user 0, and never the
/// inheritable ones.
bool drop_capabilities() noexcept;

/// The first capability of the set that this process does not have, so that it cannot pass it on either; nothing if it
/// has all. What the kernel does not know is never had.
std::optional<unsigned> first_missing_capability(std::uint64_t set) noexcept;

/// Takes all others out of the bounding set, so that no program gives them back. Does nothing, and succeeds, if they
/// are not in it. Errors: EPERM without capability SETPCAP.
bool reduce_bounding_set(std::uint64_t kept) noexcept;

/// The next change of user leaves the permitted set as it is. Lasts until exec. Source: PR_SET_KEEPCAPS(2const).
bool keep_capabilities_over_user_change() noexcept;

/// Makes the permitted, effective and inheritable set this one. Errors: EPERM if one of it is not permitted.
bool set_capabilities(std::uint64_t set) noexcept;

/// Raises each of the set as ambient, so that it survives exec for a user other than 0 too. They must be permitted and
/// inheritable. The first one that could not be raised; nothing if all were. Source: PR_CAP_AMBIENT(2const).
std::optional<unsigned> raise_ambient_capabilities(std::uint64_t set) noexcept;

}  // namespace onit
