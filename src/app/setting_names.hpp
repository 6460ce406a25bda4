#pragma once

namespace onit {

/// What the settings of a process are called where they were made, for messages about them.
struct SettingNames {
  const char* user;
  const char* group_add;
  const char* capabilities;
  const char* env_file;
  const char* secrets;
  const char* working_dir;
  const char* ulimit;  ///< with what separates it from the resource
  const char* nice;
  const char* oom_score_adj;
  const char* no_new_privs;
};

/// On the command line.
inline constexpr SettingNames kOptionNames{
    .user = "--user",
    .group_add = "--group-add",
    .capabilities = "capabilities",
    .env_file = "--env-file",
    .secrets = "--secrets",
    .working_dir = "--chdir",
    .ulimit = "--ulimit ",
    .nice = "--nice",
    .oom_score_adj = "--oom-score-adj",
    .no_new_privs = "--no-new-privs",
};

/// In a file of services.
inline constexpr SettingNames kKeyNames{
    .user = "user",
    .group_add = "group_add",
    .capabilities = "capabilities",
    .env_file = "env_file",
    .secrets = "secrets",
    .working_dir = "working_dir",
    .ulimit = "ulimits.",
    .nice = "nice",
    .oom_score_adj = "oom_score_adj",
    .no_new_privs = "no_new_privs",
};

}  // namespace onit
