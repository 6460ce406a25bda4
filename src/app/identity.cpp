#include "app/identity.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "base/text.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

constexpr std::size_t kLargestAccountFile = 64 * 1024 * 1024;

/// An image without the file has no accounts; one that cannot be read must not pass for that.
Result<std::string, Complaint> read_account_file(const char* path, const SettingNames& names, Millis patience) {
  auto text = read_file(path, kLargestAccountFile, patience);
  if (text.ok()) return std::move(text.value());
  if (text.error().code == ENOENT) return std::string{};
  return Complaint{filled("%: %: %", names.user, path, std::strerror(text.error().code))};
}

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups;
  int count = ::getgroups(0, nullptr);
  if (count > 0) groups.resize(static_cast<std::size_t>(count));
  if (count > 0) count = ::getgroups(count, groups.data());
  groups.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return groups;
}

bool are_among(const std::vector<gid_t>& some, const std::vector<gid_t>& all) {
  return std::ranges::all_of(some, [&](gid_t gid) { return std::ranges::find(all, gid) != all.end(); });
}

/// Whether all of it is so already, the groups in whatever order; the primary one counts as one of them, listed or not.
bool is_own_identity(const Identity& identity, std::vector<gid_t> groups) {
  if (::geteuid() != identity.uid || ::getegid() != identity.gid) return false;
  std::vector<gid_t> own = own_groups();
  own.push_back(identity.gid);
  groups.push_back(identity.gid);
  return are_among(own, groups) && are_among(groups, own);
}

}  // namespace

Result<NewIdentity, Complaint> look_up_identity(std::optional<std::string_view> user,
                                                std::span<const std::string_view> group_add, const SettingNames& names,
                                                Millis patience) {
  auto passwd = read_account_file("/etc/passwd", names, patience);
  if (!passwd.ok()) return passwd.error();
  auto group = read_account_file("/etc/group", names, patience);
  if (!group.ok()) return group.error();

  std::string same_user = filled("%:%", ::geteuid(), ::getegid());
  auto identity = resolve_user(user.value_or(same_user), group_add, passwd.value(), group.value());
  if (!identity.ok()) {
    return Complaint{filled("%: %", user ? names.user : names.group_add, identity.error().text)};
  }
  NewIdentity found{std::move(identity.value()), {}, false};
  found.groups = found.identity.groups;
  if (!user) {
    // group_add alone only adds.
    for (gid_t gid : own_groups()) {
      if (std::ranges::find(found.groups, gid) == found.groups.end()) found.groups.push_back(gid);
    }
  }
  // Groups that are so already are not asked for: that would need a privilege which nobody has to grant. To become who
  // one is needs none, and gives up what a change of user has to give up.
  found.changes_groups = !is_own_identity(found.identity, found.groups);
  return found;
}

}  // namespace onit
