#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/value.hpp"
#include "core/fact.hpp"
#include "core/policy.hpp"

namespace onit {

/// A resource limit as the user wrote it.
struct Ulimit {
  int resource;        ///< RLIMIT_*
  std::uint64_t soft;  ///< or kUnlimited
  std::uint64_t hard;

  bool operator==(const Ulimit&) const = default;
};

/// Which session and process group the command gets.
enum class Session : std::uint8_t {
  automatic,  ///< a session if onit leads one, otherwise a group in onit's, as a job of a shell
  own,        ///< a session in any case
  inherited,  ///< onit's session and onit's group
};

/// How the command is started, as it was asked for: names are not looked up and files not read yet.
/// Pointers and views are into argv and the environment, which live as long as the process.
struct Launch {
  char* const* argv = nullptr;  ///< the command and its arguments, ending with a null pointer; null: none, or several
  std::vector<std::vector<char*>> side_by_side;  ///< if there are several commands: each like argv, the first included

  Session session = Session::automatic;
  bool search_path = true;      ///< look for a name without '/' in $PATH
  bool like_execvp = false;     ///< /bin/sh runs a file of unknown format, and a closed directory in $PATH is an error
  bool reset_signals = false;   ///< no blocked and no ignored signals, whatever onit was started with
  int parent_death_signal = 0;  ///< the command gets it when onit dies; 0: none

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

/// Which of its own messages onit writes: those of the level and all before it.
enum class Verbosity : std::uint8_t {
  errors,    ///< only why it could not do its work
  warnings,  ///< and what a person should look into
  info,      ///< and each thing it does
  debug,     ///< and each that happens to it
  trace,     ///< and what did not happen
};

enum class LogFormat : std::uint8_t { text, json };

/// How a fact is told. In the text `%p` stands for the process, `%P` for onit's own pid, `%s` for the number
/// and `%S` for the name of the signal, `%o` and `%O` for those of the other one, `%c` for the code, `%e` for it as an
/// error of the system, and `%t` for the text.
struct Phrase {
  Verbosity level;
  const char* text;  ///< null: an error or a warning is told in onit's own words, anything else not; empty: not told
};

/// How each fact is told.
using Phrasebook = Phrase (*)(What);

struct Messages {
  Verbosity verbosity = Verbosity::warnings;
  std::optional<LogFormat> format;  ///< nothing: as the file of services says, else text
  Phrasebook phrasebook = nullptr;  ///< null: onit's own; it is also that of json
  bool info_on_stdout = false;      ///< what is neither error nor warning goes to stdout
};

/// onit's exit code if a command could not be started.
struct FailureCodes {
  int not_found = 127;  ///< exec said ENOENT
  int denied = 126;     ///< EACCES
  int other = 126;      ///< anything else
  int setup = 125;      ///< it did not even come to exec
};

/// Where services come from if the command line asks for some. Pointers are into argv and the environment.
struct ServicesAsked {
  const char* file = nullptr;         ///< null: none
  bool is_file_named = true;          ///< otherwise it is the default: if it is not there, nothing was asked for
  std::vector<const char*> services;  ///< NAME=COMMAND, each of which service_from_words() can read
  std::vector<const char*> profiles;  ///< those that are active
};

/// Everything onit was asked to do.
struct Plan {
  CommandPolicy policy;
  Launch launch;                          ///< with services: of the one that is called main, if there is a command
  std::optional<ServicesAsked> services;  ///< nothing: there is just the command
  Messages messages;
  std::vector<const char*> warnings;          ///< about what onit was asked to do, to be told at the start
  std::optional<FailureCodes> failure_codes;  ///< nothing: onit's own, after a look at the file
  int parent_death_signal = 0;                ///< onit gets it when its parent dies; 0: none
  bool adopts_orphans = true;                 ///< it becomes a subreaper, unless it is PID 1
  bool leaves_directory = false;              ///< after the start of the command it changes to /
  bool dies_as_command = true;                ///< as a job of a shell it ends by the signal that killed the command
  bool dry_run = false;

  // Here they would be written out wherever a plan is moved.
  Plan();
  Plan(const Plan&);
  Plan(Plan&&) noexcept;
  Plan& operator=(const Plan&);
  Plan& operator=(Plan&&) noexcept;
  ~Plan();
};

}  // namespace onit
