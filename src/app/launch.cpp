#include "app/launch.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "app/environment.hpp"
#include "base/variable.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

constexpr std::size_t kLargestAccountFile = 64 * 1024 * 1024;

/// An image without the file has no accounts; one that cannot be read must not pass for that.
Result<std::string, Complaint> read_account_file(const char* path) {
  auto text = read_file(path, kLargestAccountFile);
  if (text.ok()) return std::move(text.value());
  if (text.error().code == ENOENT) return std::string{};
  return Complaint{std::string{"--user: "} + path + ": " + std::strerror(text.error().code)};
}

std::vector<gid_t> own_groups() {
  std::vector<gid_t> groups;
  int count = ::getgroups(0, nullptr);
  if (count > 0) groups.resize(static_cast<std::size_t>(count));
  if (count > 0) count = ::getgroups(count, groups.data());
  groups.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return groups;
}

/// Whether all of it is so already, the groups in whatever order; the primary one counts as one of them, listed or not.
bool is_own_identity(const Identity& identity, std::vector<gid_t> groups) {
  if (::geteuid() != identity.uid || ::getegid() != identity.gid) return false;
  std::vector<gid_t> own = own_groups();
  own.push_back(identity.gid);
  groups.push_back(identity.gid);
  for (auto* set : {&own, &groups}) {
    std::sort(set->begin(), set->end());
    set->erase(std::unique(set->begin(), set->end()), set->end());
  }
  return own == groups;
}

bool needs_resolving(const Launch& launch) {
  return launch.user != nullptr || !launch.group_add.empty() || !launch.ulimits.empty() || launch.clear_env ||
         launch.secrets || !launch.env.empty() || !launch.env_files.empty();
}

const char* find_path(char* const* envp) {
  const char* path = find_variable(envp, "PATH");
  return path ? path : kDefaultPath;
}

}  // namespace

[[gnu::hot]] Result<void, Complaint> PreparedLaunch::prepare(const Launch& launch, char** own_environment) {
  exec_.argv = launch.argv;
  exec_.terminal = -1;
  exec_.nice = launch.nice;
  exec_.oom_score_adj = launch.oom_score_adj;
  exec_.working_dir = launch.working_dir;
  exec_.umask = launch.umask;
  exec_.no_new_privs = launch.no_new_privs;
  exec_.reset_signals = launch.reset_signals;
  exec_.parent_death_signal = launch.parent_death_signal;
  char** envp = own_environment;
  if (needs_resolving(launch)) {
    resolve_limits(launch);
    auto resolved = resolve_identity(launch);
    if (!resolved.ok()) return resolved;
    resolved = resolve_environment(launch, own_environment);
    if (!resolved.ok()) return resolved;
    envp = envp_.data();
  }
  exec_.envp = envp;
  if (launch.argv == nullptr) return {};  // several commands cannot all have what follows
  pass_activation_on(envp);
  exec_.like_execvp = launch.like_execvp;
  bool is_path = launch.argv[0][0] == '\0' || std::strchr(launch.argv[0], '/') != nullptr;
  exec_.search_path = is_path || !launch.search_path ? nullptr : find_path(envp);
  return {};
}

/// Sockets that a manager has given to onit are meant for the command: they carry the pid of whom they are for.
void PreparedLaunch::pass_activation_on(char** envp) {
  constexpr std::string_view kName = "LISTEN_PID";
  char* const* entry = find_entry(envp, kName);
  if (entry == nullptr || std::string_view{*entry}.substr(kName.size() + 1) != std::to_string(::getpid())) return;
  std::strcpy(listen_pid_.data(), *entry);
  envp[entry - envp] = listen_pid_.data();
  exec_.pid_digits = listen_pid_.data() + kName.size() + 1;
}

Result<void, Complaint> PreparedLaunch::resolve_identity(const Launch& launch) {
  if (launch.user == nullptr && launch.group_add.empty()) return {};
  auto passwd = read_account_file("/etc/passwd");
  if (!passwd.ok()) return passwd.error();
  auto group = read_account_file("/etc/group");
  if (!group.ok()) return group.error();

  std::string same_user = std::to_string(::geteuid()) + ":" + std::to_string(::getegid());
  std::string_view who = launch.user ? std::string_view{launch.user} : std::string_view{same_user};
  auto identity = resolve_user(who, launch.group_add, passwd.value(), group.value());
  if (!identity.ok()) return Complaint{(launch.user ? "--user: " : "--group-add: ") + identity.error().text};
  identity_ = std::move(identity.value());
  groups_ = identity_->groups;
  if (launch.user == nullptr) {
    // --group-add alone only adds.
    for (gid_t gid : own_groups()) {
      if (std::find(groups_.begin(), groups_.end(), gid) == groups_.end()) groups_.push_back(gid);
    }
  }
  // Groups that are so already are not asked for: that would need a privilege which nobody has to grant. To become who
  // one is needs none, and gives up what a change of user has to give up.
  if (!is_own_identity(*identity_, groups_)) exec_.groups = groups_;
  if (launch.user != nullptr) exec_.user = UserSwitch{identity_->uid, identity_->gid};
  return {};
}

Result<void, Complaint> PreparedLaunch::resolve_environment(const Launch& launch, char** own_environment) {
  bool named = identity_ && identity_->named;
  auto built = build_environment(launch, own_environment, named ? identity_->named : std::nullopt);
  if (!built.ok()) return built.error();
  environment_ = built.value().entries();
  for (std::string& entry : environment_) envp_.push_back(entry.data());
  envp_.push_back(nullptr);
  return {};
}

void PreparedLaunch::resolve_limits(const Launch& launch) {
  for (const Ulimit& limit : launch.ulimits) {
    auto value = [](std::uint64_t number) {
      return number == kUnlimited ? RLIM_INFINITY : static_cast<rlim_t>(number);
    };
    limits_.push_back({limit.resource, {value(limit.soft), value(limit.hard)}});
  }
  exec_.limits = limits_;
}

}  // namespace onit
