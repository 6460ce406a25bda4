#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "core/import_format.hpp"
#include "core/plan.hpp"

namespace onit {

/// How onit was started.
struct Invocation {
  const char* name;  ///< argv[0], or what --as stands for
  int argc;
  char* const* argv;
  char* const* environment;
  pid_t pid;
  char* more_options = nullptr;  ///< what $ONIT_OPTIONS was; its words are made where it stands
};

/// Nothing to run, only something to say.
struct Answer {
  std::string text;
  bool on_stderr;
  int exit_code;
};

/// Symbolic links to this binary, under the names that it can be called by.
struct Links {
  const char* directory;
  char* const* names;  ///< which of them, ending with a null pointer; none: all that are free
};

/// Files of services, to be checked and not run.
struct FilesToCheck {
  std::vector<const char*> paths;     ///< at least one
  std::vector<const char*> profiles;  ///< those that are active
};

/// The JSON Schema of a file of services is printed on stdout, for editors.
struct SchemaAsked {};

/// A file of another tool, to be written as a file of services on stdout.
struct FileToImport {
  const char* path;  ///< `-`: stdin
  ImportFormat format;
};

/// What onitctl can do: first what a running onit is asked for, then what needs none.
enum class VerbId : std::uint8_t {
  status,
  start,
  stop,
  restart,
  signal,
  logs,
  events,
  health,
  wait,
  explain,
  tree,
  analyze,
  metrics,
  reload,
  shutdown,
  check,
  schema,
  import,
};

/// Whether a running onit is asked.
constexpr bool needs_onit(VerbId id) { return id < VerbId::check; }

/// A verb that asks onit, with what was said to it; what a verb does not know is as it is here.
struct ControlCommand {
  VerbId verb = VerbId::status;
  const char* socket = nullptr;         ///< where onit listens; null: it is looked for
  std::vector<const char*> services{};  ///< by name
  bool json = false;
  bool follow = false;              ///< logs, events
  bool wait = false;                ///< start, stop, restart: for the outcome
  bool watch = false;               ///< status
  bool live = false;                ///< health: not whether it is ready
  std::optional<int> lines{};       ///< logs: the last ones
  bool timestamps = false;          ///< logs
  std::optional<int> exit_code{};   ///< shutdown
  int signal = 0;                   ///< signal
  const char* word = nullptr;       ///< analyze: blame, critical-chain or plot; wait: the condition
  std::optional<Millis> timeout{};  ///< for all of it
};

/// What a command line asks for.
using Request = std::variant<Plan, Answer, Links, FilesToCheck, SchemaAsked, FileToImport, ControlCommand>;

}  // namespace onit
