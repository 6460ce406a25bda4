#include "config/accounts.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/parse.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

/// Splits a line at its first N - 1 colons; the last field is the rest. Nothing if there are fewer colons,
/// or if the name in front is none.
template <std::size_t N>
std::optional<std::array<std::string_view, N>> split_entry(std::string_view line) {
  if (line.empty() || line[0] == ':' || line[0] == '+' || line[0] == '-') return std::nullopt;
  std::array<std::string_view, N> fields;
  for (std::size_t i = 0; i + 1 < N; ++i) {
    if (line.find(':') == std::string_view::npos) return std::nullopt;
    fields[i] = take_until(line, ':');
  }
  fields[N - 1] = line;
  return fields;
}

std::optional<std::uint32_t> parse_id(std::string_view text) {
  auto number = parse_number(text, kMaxId);
  if (!number) return std::nullopt;
  return static_cast<std::uint32_t>(*number);
}

/// name:password:uid:gid:comment:home:shell
std::optional<Account> parse_account(std::string_view line) {
  auto fields = split_entry<7>(line);
  if (!fields) return std::nullopt;
  auto uid = parse_id((*fields)[2]);
  auto gid = parse_id((*fields)[3]);
  if (!uid || !gid) return std::nullopt;
  return Account{std::string{(*fields)[0]}, *uid, *gid, std::string{(*fields)[5]}};
}

struct Group {
  std::string_view name;
  std::uint32_t gid;
  std::string_view members;
};

/// name:password:gid:member,member
std::optional<Group> parse_group(std::string_view line) {
  auto fields = split_entry<4>(line);
  if (!fields) return std::nullopt;
  auto gid = parse_id((*fields)[2]);
  if (!gid) return std::nullopt;
  return Group{(*fields)[0], *gid, (*fields)[3]};
}

bool lists(std::string_view members, std::string_view user) {
  while (!members.empty()) {
    if (take_until(members, ',') == user) return true;
  }
  return false;
}

void add_once(std::vector<std::uint32_t>& groups, std::uint32_t gid) {
  if (std::ranges::find(groups, gid) == groups.end()) groups.push_back(gid);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Why `kind` ("user" or "group") `text` cannot be used.
Complaint unusable(std::string_view kind, std::string_view text, std::string_view file) {
  std::string who = filled("% '%' ", kind, text);
  if (is_number(text)) return Complaint{filled("%is too high: numbers go up to 4294967294", who)};
  return Complaint{filled("%is not in %: add it there or give a number", who, file)};
}

Result<std::uint32_t, Complaint> resolve_group(std::string_view text, std::string_view group) {
  if (auto gid = find_group(group, text)) return *gid;
  if (auto gid = parse_id(text)) return *gid;
  return unusable("group", text, "/etc/group");
}

/// The user with the groups that follow from the account alone.
Result<Identity, Complaint> resolve_login(std::string_view text, std::string_view passwd, std::string_view group) {
  auto named = find_account(passwd, text);
  auto account = named;
  if (!account) {
    auto uid = parse_id(text);
    if (!uid) return unusable("user", text, "/etc/passwd");
    account = find_account_by_uid(passwd, *uid);
    if (!account) return Identity{*uid, *uid, {*uid}, std::nullopt};
  }
  Identity identity{account->uid, account->gid, {account->gid}, std::move(named)};
  for (std::uint32_t gid : groups_of(group, account->name)) add_once(identity.groups, gid);
  return identity;
}

}  // namespace

std::optional<Account> find_account(std::string_view passwd, std::string_view name) {
  while (!passwd.empty()) {
    auto account = parse_account(take_until(passwd, '\n'));
    if (account && account->name == name) return account;
  }
  return std::nullopt;
}

std::optional<Account> find_account_by_uid(std::string_view passwd, std::uint32_t uid) {
  while (!passwd.empty()) {
    auto account = parse_account(take_until(passwd, '\n'));
    if (account && account->uid == uid) return account;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> find_group(std::string_view group, std::string_view name) {
  while (!group.empty()) {
    auto entry = parse_group(take_until(group, '\n'));
    if (entry && entry->name == name) return entry->gid;
  }
  return std::nullopt;
}

std::vector<std::uint32_t> groups_of(std::string_view group, std::string_view user) {
  std::vector<std::uint32_t> groups;
  while (!group.empty()) {
    auto entry = parse_group(take_until(group, '\n'));
    if (entry && lists(entry->members, user)) add_once(groups, entry->gid);
  }
  return groups;
}

Result<Identity, Complaint> resolve_user(std::string_view spec, std::span<const std::string_view> group_add,
                                         std::string_view passwd, std::string_view group) {
  bool has_group = spec.find(':') != std::string_view::npos;
  std::string_view group_spec = spec;
  std::string_view user_spec = take_until(group_spec, ':');
  if (user_spec.empty()) return Complaint{"the user is missing: write USER or USER:GROUP"};
  if (has_group && group_spec.empty()) {
    return Complaint{filled("user '%' has no group after the ':': add it or drop the ':'", spec)};
  }

  auto login = resolve_login(user_spec, passwd, group);
  if (!login.ok()) return login.error();
  Identity identity = std::move(login.value());
  if (has_group) {
    auto gid = resolve_group(group_spec, group);
    if (!gid.ok()) return gid.error();
    identity.gid = gid.value();
    identity.groups.clear();
    add_once(identity.groups, gid.value());
  }
  for (std::string_view added : group_add) {
    auto gid = resolve_group(added, group);
    if (!gid.ok()) return gid.error();
    add_once(identity.groups, gid.value());
  }
  return identity;
}

}  // namespace onit
