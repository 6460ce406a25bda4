#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

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
  char* const* paths;                 ///< at least one, ending with a null pointer
  std::vector<const char*> profiles;  ///< those that are active
};

/// What is written about files of services, and printed on stdout.
enum class Document : std::uint8_t {
  schema,     ///< JSON Schema, for editors
  reference,  ///< Markdown, for the manual
};

/// What a command line asks for.
using Request = std::variant<Plan, Answer, Links, FilesToCheck, Document>;

}  // namespace onit
