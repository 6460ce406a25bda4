#pragma once

#include <sys/types.h>

#include <string>
#include <variant>

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

/// Symbolic links to this binary, under the names of the tools that it stands in for.
struct Links {
  const char* directory;
  char* const* names;  ///< which of them, ending with a null pointer; none: all that are free
};

/// What a command line asks for.
using Request = std::variant<Plan, Answer, Links>;

}  // namespace onit
