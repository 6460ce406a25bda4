#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace onit {

enum class OptionId : std::uint8_t {
  file,
  service,
  profile,
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

/// A text of the table of options.
class OptionText {
 public:
  constexpr explicit OptionText(std::uint16_t at) : at_(at) {}

  const char* c_str() const;
  operator std::string_view() const { return c_str(); }
  bool empty() const { return at_ == 0; }

 private:
  std::uint16_t at_;  ///< see TextPool
};

/// One option: what the parser, --help and the tests know of it.
struct Option {
  OptionId id;
  char short_name;      ///< '\0': none
  OptionText name;      ///< the long name, without dashes
  OptionText argument;  ///< what stands for its argument in --help; empty: it takes none
  OptionText meaning;   ///< with the default
};

std::span<const Option> option_table();

/// The text of --help.
std::string help_text();

/// The line of --version.
std::string version_text();

}  // namespace onit
