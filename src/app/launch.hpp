#pragma once

#include <sys/types.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "config/accounts.hpp"
#include "core/plan.hpp"
#include "os/spawn.hpp"

namespace onit {

/// Where a command is looked for if its environment has no PATH. Source: the default of Docker and of login(1).
inline constexpr char kDefaultPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Where exec has to look for a program: null if its name is a path, or empty; otherwise PATH of the environment that
/// it gets, or kDefaultPath.
[[gnu::hot]] const char* find_search_path(const char* name, char* const* envp);

/// A limit as setrlimit(2) has it.
[[gnu::cold]] LimitSetting limit_setting(const Ulimit& limit);

/// A Launch with its names looked up and its files read: everything exec needs, and the memory that it is in.
class PreparedLaunch {
 public:
  PreparedLaunch() = default;
  PreparedLaunch(const PreparedLaunch&) = delete;
  PreparedLaunch& operator=(const PreparedLaunch&) = delete;

  /// Reads /etc/passwd, /etc/group, env files and secrets as far as they are asked for; with nothing asked for it
  /// touches no heap. `launch` and `own_environment`, of which an entry may be replaced, must outlive this. Errors:
  /// name the option and the reason.
  Result<void, Complaint> prepare(const Launch& launch, char** own_environment);

  /// The terminal and the signal mask are for the caller to fill in. It may be used as long as this lives.
  ExecPlan& exec() { return exec_; }
  const std::optional<Identity>& identity() const { return identity_; }
  /// What prepare() has found that is hardly meant.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  // Cold: a bare command needs none of them, and not their pages either (cmake/layout.ld).
  [[gnu::cold]] Result<void, Complaint> resolve_identity(const Launch& launch);
  [[gnu::cold]] Result<void, Complaint> resolve_environment(const Launch& launch, char** own_environment);
  [[gnu::cold]] void resolve_limits(const Launch& launch);
  /// LISTEN_PID says who the sockets in LISTEN_FDS are for. Source: sd_listen_fds(3).
  [[gnu::hot]] void pass_activation_on(char** envp);

  ExecPlan exec_{};
  std::optional<Identity> identity_;
  std::vector<gid_t> groups_;
  std::vector<LimitSetting> limits_;
  std::vector<std::string> environment_;
  std::vector<std::string> warnings_;
  std::vector<char*> envp_;
  std::array<char, sizeof "LISTEN_PID=" + kPidDigits> listen_pid_;
};

}  // namespace onit
