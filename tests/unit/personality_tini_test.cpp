#include <doctest/doctest.h>

#include <string>

#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("tini is different from onit in what it does not do, and says so in its own words") {
  CHECK(different_from_onit({"tini", {"c"}}) ==
        "drops ILL TRAP ABRT BUS FPE SEGV CHLD TTIN TTOU SYS; like execvp yes; forward child; on exit leave; "
        "failure 127 126 1 1; info on stdout yes; words [FATAL tini (%P)] %t; adopts orphans no; dies as command no");
}

TEST_CASE("tini's options") {
  const Row rows[] = {
      {{"-g", "c"}, "forward group"},
      {{"-s", "c"}, "adopts orphans yes"},
      {{"-w", "c"}, "warns of orphans yes"},
      {{"-v", "c"}, "verbosity info"},
      {{"-v", "-v", "c"}, "verbosity debug"},
      {{"-vv", "c"}, "verbosity debug"},
      {{"-vvv", "c"}, "verbosity trace"},
      {{"-vvvv", "c"}, "verbosity trace"},
      {{"-p", "SIGKILL", "c"}, "pdeathsig KILL"},
      {{"-pSIGUSR1", "c"}, "pdeathsig USR1"},
      {{"-p", "SIGTERM", "-p", "SIGHUP", "c"}, "pdeathsig HUP"},
      {{"-e", "0", "c"}, ""},
      {{"-e2", "c"}, "map 2:0"},
      {{"-e", "143", "-e", "255", "c"}, "map 143:0 255:0"},
      {{"-gvse7", "c"}, "forward group; map 7:0; verbosity info; adopts orphans yes"},
      {{"--", "c"}, ""},
      {{"-g", "--", "c"}, "forward group"},
      {{"-g", "c", "-s"}, "command [c] [-s]; forward group"},
      {{"c", "-g", "--", "-s"}, "command [c] [-g] [--] [-s]"},
      {{"--", "c", "-g"}, "command [c] [-g]"},
      {{"--", "--", "c"}, "command [--] [c]"},
      {{"--", "-g"}, "command [-g]"},
      {{"-", "-g"}, "command [-] [-g]"},
      {{"c", "--version"}, "command [c] [--version]"},
      {{"--", "--version"}, "command [--version]"},
      {{""}, "command []"},
  };
  check_rows("tini", rows);
}

TEST_CASE("tini's environment: two variables count by being there, one by its number") {
  const Row rows[] = {
      {{"c"}, "adopts orphans yes", {"TINI_SUBREAPER=1"}},
      {{"c"}, "adopts orphans yes", {"TINI_SUBREAPER="}},
      {{"c"}, "adopts orphans yes", {"TINI_SUBREAPER=0"}},
      {{"c"}, "", {"TINI_SUBREAPERS=1", "XTINI_SUBREAPER=1"}},
      {{"c"}, "forward group", {"TINI_KILL_PROCESS_GROUP=1"}},
      {{"c"}, "forward group", {"TINI_KILL_PROCESS_GROUP="}},
      {{"c"}, "forward group", {"TINI_KILL_PROCESS_GROUP=0"}},
      {{"c"}, "verbosity errors", {"TINI_VERBOSITY=0"}},
      {{"c"}, "", {"TINI_VERBOSITY=1"}},
      {{"c"}, "verbosity info", {"TINI_VERBOSITY=2"}},
      {{"c"}, "verbosity debug", {"TINI_VERBOSITY=3"}},
      {{"c"}, "verbosity trace", {"TINI_VERBOSITY=4"}},
      {{"c"}, "verbosity trace", {"TINI_VERBOSITY=9"}},
      {{"c"}, "verbosity errors", {"TINI_VERBOSITY=-1"}},
      {{"-vvv", "c"}, "", {"TINI_VERBOSITY=1"}},
      {{"-vvv", "c"}, "verbosity errors", {"TINI_VERBOSITY=0"}},
      {{"c"}, "", {"DUMB_INIT_SETSID=0", "DUMB_INIT_DEBUG=1", "CATATONIT_DEBUG=1", "CATATONIT_LOG=1"}},
  };
  check_rows("tini", rows);
}

TEST_CASE("tini's answers") {
  const Reply replies[] = {
      {{"--version"}, On::out, 0, "tini version 0.19.0 - git."},
      {{"-h"}, On::out, 0, "Usage: tini "},
      {{"-gh", "c"}, On::out, 0, "Usage: tini "},
      {{"-l"}, On::out, 0, "This is onit"},
      {{"-l", "-h"}, On::out, 0, "This is onit"},
      {{}, On::err, 1, "Usage: tini "},
      {{"--"}, On::err, 1, "Usage: tini "},
      {{"-g"}, On::err, 1, "Usage: tini "},
      {{"--version", "c"}, On::err, 1, "Usage: tini "},
      {{"-x", "c"}, On::err, 1, "Usage: tini "},
      {{"-gx", "c"}, On::err, 1, "Usage: tini "},
      {{"--help"}, On::err, 1, "Usage: tini "},
      {{"-p"}, On::err, 1, "Usage: tini "},
      {{"-e"}, On::err, 1, "Usage: tini "},
      {{"-p", "TERM", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: TERM\n"},
      {{"-p", "15", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: 15\n"},
      {{"-p", "sigterm", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: sigterm\n"},
      {{"-p", "SIGterm", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: SIGterm\n"},
      {{"-p", "SIG15", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: SIG15\n"},
      {{"-p", "", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: \n"},
      {{"-p", "SIG", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: SIG\n"},
      {{"-e", "256", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: 256\n"},
      {{"-e", "-1", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: -1\n"},
      {{"-e", "1x", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: 1x\n"},
      {{"-e", "x", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: x\n"},
      {{"-e", "99999999999999999999", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: 9999"},
  };
  check_replies("tini", replies);
}

TEST_CASE("dockerd finds the version of docker-init, which it splits at a dash, and its own name in the usage") {
  std::string version = read({"/sbin/docker-init", {"--version"}}).answer;
  std::size_t split = version.find(" - ");
  REQUIRE(split != std::string::npos);
  CHECK(version.substr(0, split) == "tini version 0.19.0");
  CHECK(version.substr(split + 3, 4) == "git.");
  CHECK(lines_in(version) == 1);
  CHECK(read({"/sbin/docker-init", {}}).answer.starts_with("Usage: /sbin/docker-init "));
}

}  // namespace
}  // namespace onit
