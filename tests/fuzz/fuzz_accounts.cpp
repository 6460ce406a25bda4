#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "config/accounts.hpp"
#include "fuzz/checks.hpp"

// Four texts, divided by NUL bytes: user, added group, passwd, group.

namespace {

using namespace onit;

std::string_view take_part(std::string_view& text) {
  std::size_t end = std::min(text.find('\0'), text.size());
  std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

void check_account(const Account& account) {
  require(!account.name.empty() && account.name.find_first_of(":\n") == std::string::npos);
  require(account.name[0] != '+' && account.name[0] != '-');
  require(account.home.find_first_of(":\n") == std::string::npos);
  require(account.uid <= kMaxId && account.gid <= kMaxId);
}

void check_groups(const std::vector<std::uint32_t>& groups) {
  for (std::size_t i = 0; i < groups.size(); ++i) {
    require(groups[i] <= kMaxId);
    for (std::size_t j = 0; j < i; ++j) require(groups[i] != groups[j]);
  }
}

void check_identity(const Identity& who, std::string_view user, std::string_view passwd, std::string_view group) {
  require(who.uid <= kMaxId && who.gid <= kMaxId);
  require(!who.groups.empty() && who.groups[0] == who.gid);
  check_groups(who.groups);
  if (!who.named) return;
  check_account(*who.named);
  require(who.named->uid == who.uid);
  require(user.starts_with(who.named->name));

  // The same account without more ado: its groups are those that list it, and nothing else.
  auto alone = resolve_user(who.named->name, {}, passwd, group);
  require(alone.ok() && alone.value().gid == who.named->gid);
  auto listed = groups_of(group, who.named->name);
  for (std::uint32_t gid : alone.value().groups) {
    require(gid == who.named->gid || std::find(listed.begin(), listed.end(), gid) != listed.end());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest{reinterpret_cast<const char*>(data), size};
  std::string_view user = take_part(rest);
  std::string_view added = take_part(rest);
  std::string_view passwd = take_part(rest);
  std::string_view group = rest;

  if (auto account = find_account(passwd, user)) {
    require(account->name == user);
    check_account(*account);
    auto same_uid = find_account_by_uid(passwd, account->uid);
    require(same_uid && same_uid->uid == account->uid);
  }
  check_groups(groups_of(group, user));

  std::array<std::string_view, 1> group_add{added};
  auto identity = resolve_user(user, std::span{group_add.data(), added.empty() ? 0U : 1U}, passwd, group);
  if (identity.ok()) {
    check_identity(identity.value(), user, passwd, group);
  } else {
    require(!identity.error().text.empty());
  }
  return 0;
}
