#include <doctest/doctest.h>

#include <string>

#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("run is different from onit in what it waits for and what it passes on") {
  CHECK(different_from_onit({"run", {"c"}}) ==
        "only HUP INT QUIT USR1 USR2 ALRM TERM WINCH; command's pdeathsig TERM; on exit wait; exit code max; "
        "failure 127 126 126 1; verbosity info; words run: [error] %t; dies as command no");
}

TEST_CASE("run's options") {
  const std::string cascade_int = "cascade INT to all once; command's pdeathsig INT";
  const Row rows[] = {
      {{"-q", "c"}, "verbosity warnings"},
      {{"-qq", "c"}, "verbosity errors"},
      {{"-q", "-q", "c"}, "verbosity errors"},
      {{"-qqq", "c"}, "verbosity errors"},
      {{"-s", "INT", "c"}, cascade_int},
      {{"-sINT", "c"}, cascade_int},
      {{"-s", "SIGINT", "c"}, cascade_int},
      {{"-s", "TERM", "c"}, "cascade TERM to all once"},
      {{"-s", "KILL", "c"}, "cascade KILL to all once; command's pdeathsig KILL"},
      {{"-s", "QUIT", "c"}, "cascade QUIT to all once; command's pdeathsig QUIT"},
      {{"-s", "HUP", "c"}, "cascade HUP to all once; command's pdeathsig HUP"},
      {{"-s", "USR1", "c"}, "cascade USR1 to all once; command's pdeathsig USR1"},
      {{"-s", "SIGUSR2", "c"}, "cascade USR2 to all once; command's pdeathsig USR2"},
      {{"-s", "TERM", "-s", "INT", "c"}, cascade_int},
      {{"-s", "TERM", "-t", "3", "c"}, "cascade TERM to all once; kill after 3000"},
      {{"-t3", "-sTERM", "c"}, "cascade TERM to all once; kill after 3000"},
      {{"-s", "TERM", "-t", "999999999", "c"}, "cascade TERM to all once; kill after 999999999000"},
      {{"-d", "-s", "TERM", "c"}, "cascade TERM to all once unless it succeeded"},
      {{"-qds", "TERM", "-t", "1", "c"},
       "cascade TERM to all once unless it succeeded; kill after 1000; "
       "verbosity warnings"},
      {{"-t", "3", "c"}, "warning -t without -s has no effect"},
      {{"-d", "c"}, "warning -d without -s has no effect"},
      {{"-d", "-t", "3", "c"}, "warning -t without -s has no effect; warning -d without -s has no effect"},
      {{"--", "c"}, ""},
      {{"c", "-q"}, "command [c] [-q]"},
      {{"-q", "c", "-s", "INT"}, "command [c] [-s] [INT]; verbosity warnings"},
      {{"--", "--", "c"}, "command [--] [c]"},
      {{"--", "-q"}, "command [-q]"},
      {{"c d"}, "command [c d]"},
      {{"c"}, "", {"TINI_KILL_PROCESS_GROUP=", "DUMB_INIT_SETSID=0", "CATATONIT_LOG=1"}},
  };
  check_rows("run", rows);
}

TEST_CASE("run's answers") {
  const Reply replies[] = {
      {{}, On::err, 1, "Usage: run "},
      {{"-h"}, On::err, 1, "Usage: run "},
      {{"-q"}, On::err, 1, "Usage: run "},
      {{"--"}, On::err, 1, "Usage: run "},
      {{"-qh", "c"}, On::err, 1, "Usage: run "},
      {{"-v"}, On::err, 1, "run (onit "},
      {{"-v", "-h"}, On::err, 1, "run (onit "},
      {{"-x", "c"}, On::err, 1, "run: [error] "},
      {{"--help"}, On::err, 1, "run: [error] "},
      {{"-g", "c"}, On::err, 1, "run: [error] "},
      {{"-s"}, On::err, 1, "run: [error] "},
      {{"-t"}, On::err, 1, "run: [error] "},
      {{"-s", "STOP", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "ALRM", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "15", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "int", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "SIGSIGINT", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "SIG", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "INT", "-t", "0", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "x", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "3s", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "-3", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "+3", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "1.5", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "1000000000", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "0000000001", "c"}, On::err, 1, "run: [error] -t"},
      {{"-t", "x", "c"}, On::err, 1, "run: [error] -t"},
  };
  check_replies("run", replies);
  CHECK(lines_in(read({"run", {"-v"}}).answer) == 1);
  for (const Strings& arguments : {Strings{"-x", "c"}, Strings{"-s", "x", "c"}, Strings{"-s"}}) {
    CHECK(lines_in(read({"run", arguments}).answer) == 1);
  }
}

}  // namespace
}  // namespace onit
