#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace onit {

enum class OptionId : std::uint8_t {
  forward,
  rewrite,
  stop_signal,
  stop_grace_period,
  on_exit,
  kill_after,
  drain,
  exit_code,
  map_exit,
  pdeathsig,
  user,
  group_add,
  chdir,
  umask,
  nice,
  oom_score_adj,
  ulimit,
  no_new_privs,
  env,
  env_file,
  clear_env,
  secrets,
  verbose,
  quiet,
  log_format,
  dry_run,
  as,
  link,
  help,
  version,
};

/// One option: what the parser, --help and the tests know of it. Arrays in place of pointers, so that nothing has to
/// be relocated at start.
struct Option {
  OptionId id;
  char short_name;    ///< '\0': none
  char name[20];      ///< the long name, without dashes
  char argument[16];  ///< what stands for its argument in --help; empty: it takes none
  char meaning[64];   ///< with the default
};

std::span<const Option> option_table();

/// The text of --help.
std::string help_text();

/// The line of --version.
std::string version_text();

}  // namespace onit
