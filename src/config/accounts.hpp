#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace onit {

/// The highest uid and gid: one more, (uid_t)-1, tells setresuid(2) to change nothing.
inline constexpr std::uint32_t kMaxId = UINT32_MAX - 1;

/// An entry of /etc/passwd.
struct Account {
  std::string name;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::string home;
};

// The functions below take the text of a whole /etc/passwd or /etc/group. The first entry that fits is the
// one, as in getpwnam(3). A line that is not an entry is passed over: too few fields, an empty name, a number
// that is not one or is above kMaxId, and the '+' and '-' lines of NIS. The last line needs no newline.
// Source: passwd(5), group(5).

std::optional<Account> find_account(std::string_view passwd, std::string_view name);
std::optional<Account> find_account_by_uid(std::string_view passwd, std::uint32_t uid);

/// The gid of a group.
std::optional<std::uint32_t> find_group(std::string_view group, std::string_view name);

/// The gids of the groups that list the user as a member, in the order of the file, each once.
std::vector<std::uint32_t> groups_of(std::string_view group, std::string_view user);

/// Who a process shall be.
struct Identity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  ///< for setgroups(2): gid first as in initgroups(3), no duplicates
  std::optional<Account> named;       ///< if the user was given by name: HOME, USER and LOGNAME follow from it
};

/// Resolves `U` or `U:G` and the names or numbers of more groups.
///
/// U and G are looked up as a name first, then taken as a number, also if they are all digits (chown(1)).
/// Without G the groups are those of the account; a number without an account has the group of the same
/// number and no other. With G it is only G. group_add comes on top of either. Nothing of the caller's own
/// groups is kept.
/// Errors: an empty U or G, a name that is not in the file, a number above kMaxId.
Result<Identity, Complaint> resolve_user(std::string_view spec, std::span<const std::string_view> group_add,
                                         std::string_view passwd, std::string_view group);

}  // namespace onit
