#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "core/policy.hpp"

namespace onit {

/// A resource limit as the user wrote it.
struct Ulimit {
  int resource;  ///< RLIMIT_*
  std::uint64_t soft;
  std::uint64_t hard;
};
inline constexpr std::uint64_t kUnlimited = UINT64_MAX;

/// How the command is started, as it was asked for: names are not looked up and files not read yet.
/// Pointers and views are into argv, which lives as long as the process.
struct Launch {
  char* const* argv = nullptr;  ///< the command and its arguments, ending with a null pointer

  const char* user = nullptr;  ///< U[:G]; null: stay who we are
  std::vector<std::string_view> group_add;
  const char* working_dir = nullptr;
  std::optional<std::uint32_t> umask;
  std::optional<int> nice;
  std::optional<int> oom_score_adj;
  std::vector<Ulimit> ulimits;
  bool no_new_privs = false;

  bool clear_env = false;
  std::vector<const char*> env_files;
  std::vector<std::string_view> env;  ///< K=V, or K to take over onit's own
  bool secrets = false;
};

/// Which of its own messages onit writes.
enum class Verbosity : std::uint8_t {
  errors,    ///< only why it could not do its work
  warnings,  ///< and what a person should look into
  info,      ///< and each thing it does
};

enum class LogFormat : std::uint8_t { text, json };

struct Messages {
  Verbosity verbosity = Verbosity::warnings;
  LogFormat format = LogFormat::text;
};

/// Everything onit was asked to do.
struct Plan {
  CommandPolicy policy;
  Launch launch;
  Messages messages;
  int parent_death_signal = 0;  ///< 0: none
  bool dry_run = false;
};

}  // namespace onit
