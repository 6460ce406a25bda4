#include "app/launch.hpp"

#include <unistd.h>

#include <cstring>

#include "app/environment.hpp"
#include "app/identity.hpp"
#include "base/variable.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

bool needs_resolving(const Launch& launch) {
  return launch.user != nullptr || !launch.group_add.empty() || !launch.ulimits.empty() || launch.clear_env ||
         launch.secrets || !launch.env.empty() || !launch.env_files.empty();
}

}  // namespace

const char* find_search_path(const char* name, char* const* envp) {
  if (name[0] == '\0' || std::strchr(name, '/') != nullptr) return nullptr;
  const char* path = find_variable(envp, "PATH");
  return path ? path : kDefaultPath;
}

LimitSetting limit_setting(const Ulimit& limit) {
  auto value = [](std::uint64_t number) { return number == kUnlimited ? RLIM_INFINITY : static_cast<rlim_t>(number); };
  return {limit.resource, {value(limit.soft), value(limit.hard)}};
}

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
  exec_.search_path = launch.search_path ? find_search_path(launch.argv[0], envp) : nullptr;
  return {};
}

/// Sockets that a manager has given to onit are meant for the command: they carry the pid of whom they are for.
void PreparedLaunch::pass_activation_on(char** envp) {
  constexpr std::string_view kName = "LISTEN_PID";
  char* const* entry = find_entry(envp, kName);
  if (entry == nullptr || std::string_view{*entry}.substr(kName.size() + 1) != std::to_string(::getpid())) return;
  std::strcpy(listen_pid_.data(), *entry);
  envp[entry - envp] = listen_pid_.data();
  exec_.pid_digits[0] = listen_pid_.data() + kName.size() + 1;
}

Result<void, Complaint> PreparedLaunch::resolve_identity(const Launch& launch) {
  if (launch.user == nullptr && launch.group_add.empty()) return {};
  auto user = launch.user ? std::optional<std::string_view>{launch.user} : std::nullopt;
  auto found = look_up_identity(user, launch.group_add, kOptionNames, kFilePatience);
  if (!found.ok()) return found.error();
  identity_ = std::move(found.value().identity);
  groups_ = std::move(found.value().groups);
  if (found.value().changes_groups) exec_.groups = groups_;
  if (user) exec_.user = UserSwitch{identity_->uid, identity_->gid};
  return {};
}

Result<void, Complaint> PreparedLaunch::resolve_environment(const Launch& launch, char** own_environment) {
  bool named = identity_ && identity_->named;
  auto built = build_environment(launch, own_environment, named ? identity_->named : std::nullopt, warnings_);
  if (!built.ok()) return built.error();
  environment_ = built.value().entries();
  for (std::string& entry : environment_) envp_.push_back(entry.data());
  envp_.push_back(nullptr);
  return {};
}

void PreparedLaunch::resolve_limits(const Launch& launch) {
  for (const Ulimit& limit : launch.ulimits) limits_.push_back(limit_setting(limit));
  exec_.limits = limits_;
}

}  // namespace onit
