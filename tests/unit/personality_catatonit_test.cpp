#include <doctest/doctest.h>

#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("catatonit is different from onit in what it passes on and how it fails") {
  CHECK(different_from_onit({"catatonit", {"c"}}) ==
        "drops ILL TRAP ABRT BUS FPE SEGV CHLD TSTP TTIN TTOU SYS; like execvp yes; forward child; "
        "on exit leave; failure 1 1 1 1; words ERROR (catatonit:%P): %t; leaves directory yes; dies as command no");
}

TEST_CASE("catatonit's options") {
  const Row rows[] = {
      {{"-g", "c"}, "forward group"},
      {{"-gg", "c"}, "forward group"},
      {{"--", "c"}, ""},
      {{"-g", "--", "c"}, "forward group"},
      {{"c", "-g"}, "command [c] [-g]"},
      {{"--", "--", "-g"}, "command [--] [-g]"},
      {{"--", "-P"}, "command [-P]"},
      {{"c", "-P"}, "command [c] [-P]"},
      {{"-P"}, "only INT TERM; command none; commands 0"},
      {{"-P", "c", "d"}, "only INT TERM; command none; commands 0"},
      {{"-P", "--", "-g"}, "only INT TERM; command none; commands 0"},
      {{"-gP", "c"}, "only INT TERM; command none; commands 0"},
      {{"c"}, "verbosity debug", {"CATATONIT_DEBUG=1"}},
      {{"c"}, "verbosity debug", {"CATATONIT_DEBUG="}},
      {{"c"}, "verbosity debug", {"CATATONIT_DEBUG=0"}},
      {{"c"}, "", {"TINI_SUBREAPER=", "TINI_KILL_PROCESS_GROUP=", "DUMB_INIT_DEBUG=1", "DUMB_INIT_SETSID=0"}},
  };
  check_rows("catatonit", rows);
}

TEST_CASE("catatonit's answers") {
  const Reply replies[] = {
      {{"-h"}, On::err, 0, "Usage: catatonit "},
      {{"-L"}, On::out, 0, "This is onit"},
      {{"-V"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{"--version"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{"--vers"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{"-P", "-V"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{}, On::err, 1, "ERROR (catatonit:42): no program"},
      {{"--"}, On::err, 1, "ERROR (catatonit:42): no program"},
      {{"-g"}, On::err, 1, "ERROR (catatonit:42): no program"},
      {{"-x", "c"}, On::err, 1, "ERROR (catatonit:42): invalid option -- 'x'"},
      {{"-gx", "c"}, On::err, 1, "ERROR (catatonit:42): invalid option -- 'x'"},
      {{"--yolo", "c"}, On::err, 1, "ERROR (catatonit:42): unrecognized option '--yolo'"},
  };
  check_replies("catatonit", replies);
  for (const Strings& arguments : {Strings{}, Strings{"-x", "c"}, Strings{"--yolo"}}) {
    CHECK(lines_in(read({"catatonit", arguments}).answer) == 1);
  }
}

TEST_CASE("CATATONIT_LOG is an error by being there") {
  for (const char* variable : {"CATATONIT_LOG=1", "CATATONIT_LOG="}) {
    for (const Strings& arguments : {Strings{"c"}, Strings{"-V"}, Strings{"-P"}}) {
      Outcome outcome = read({"catatonit", arguments, {variable}});
      CHECK(outcome.answer.starts_with("ERROR (catatonit:42): "));
      CHECK(lines_in(outcome.answer) == 1);
      CHECK(outcome.on_stderr);
      CHECK(outcome.exit_code == 1);
    }
  }
}

}  // namespace
}  // namespace onit
