#include <doctest/doctest.h>

#include <string>

#include "unit/mentions.hpp"
#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("dumb-init is different from onit in its session, its stops and how it leaves") {
  CHECK(different_from_onit({"dumb-init", {"c"}}) ==
        "drops CHLD; rewrites TSTP:STOP TTIN:STOP TTOU:STOP; session own; like execvp yes; reset signals yes; "
        "on exit notify; stops itself TSTP TTIN TTOU; failure 2 2 2 1; words [dumb-init] %t; adopts orphans no; "
        "leaves directory yes; dies as command no");
}

TEST_CASE("dumb-init's options") {
  const Row rows[] = {
      {{"-c", "c"}, "rewrites; session inherited; forward child"},
      {{"--single-child", "c"}, "rewrites; session inherited; forward child"},
      {{"-v", "c"}, "verbosity info"},
      {{"--verbose", "c"}, "verbosity info"},
      {{"-cv", "c"}, "rewrites; session inherited; forward child; verbosity info"},
      {{"-r", "1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"--rewrite", "1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"--rewrite=1:31", "c"}, "rewrites HUP:SYS TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r", "1:0", "c"}, "drops HUP CHLD"},
      {{"-r", "31:1", "c"}, "rewrites TSTP:STOP TTIN:STOP TTOU:STOP SYS:HUP"},
      {{"-r", "1:2", "-r", "10:12", "c"}, "rewrites HUP:INT USR1:USR2 TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r", "1:2", "-r", "1:3", "c"}, "rewrites HUP:QUIT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r", "20:2", "c"}, "rewrites TSTP:INT TTIN:STOP TTOU:STOP"},
      {{"-r", "20:20", "c"}, "rewrites TTIN:STOP TTOU:STOP"},
      {{"-r", "20:0", "c"}, "drops CHLD TSTP; rewrites TTIN:STOP TTOU:STOP"},
      {{"-c", "-r", "20:15", "c"}, "rewrites TSTP:TERM; session inherited; forward child"},
      {{"-r", "15:3", "c"}, "rewrites TERM:QUIT TSTP:STOP TTIN:STOP TTOU:STOP; stop signal QUIT"},
      {{"-r", "15:0", "c"}, "drops TERM CHLD; on exit leave"},
      {{"-r", "15:3", "-r", "15:15", "c"}, ""},
      {{"--", "c"}, ""},
      {{"--sing", "c"}, "rewrites; session inherited; forward child"},
      {{"--s", "c"}, "rewrites; session inherited; forward child"},
      {{"--verb", "c"}, "verbosity info"},
      {{"--rew=1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"c", "-c"}, "command [c] [-c]"},
      {{"-v", "c", "--single-child"}, "command [c] [--single-child]; verbosity info"},
      {{"--", "--", "c"}, "command [--] [c]"},
      {{"--", "-c"}, "command [-c]"},
      {{"-"}, "command [-]"},
  };
  check_rows("dumb-init", rows);
}

TEST_CASE("dumb-init's environment counts by its exact value") {
  const Row rows[] = {
      {{"c"}, "verbosity info", {"DUMB_INIT_DEBUG=1"}},
      {{"c"}, "", {"DUMB_INIT_DEBUG="}},
      {{"c"}, "", {"DUMB_INIT_DEBUG=0"}},
      {{"c"}, "", {"DUMB_INIT_DEBUG=11"}},
      {{"c"}, "", {"DUMB_INIT_DEBUG=true"}},
      {{"c"}, "rewrites; session inherited; forward child", {"DUMB_INIT_SETSID=0"}},
      {{"c"}, "", {"DUMB_INIT_SETSID="}},
      {{"c"}, "", {"DUMB_INIT_SETSID=1"}},
      {{"c"}, "", {"DUMB_INIT_SETSID=00"}},
      {{"c"}, "", {"DUMB_INIT_SETSID=no"}},
      {{"c"}, "", {"TINI_SUBREAPER=", "TINI_KILL_PROCESS_GROUP=", "TINI_VERBOSITY=3", "CATATONIT_LOG=1"}},
  };
  check_rows("dumb-init", rows);
}

TEST_CASE("dumb-init's answers") {
  const Reply replies[] = {
      {{"-h"}, On::err, 0, "Usage: dumb-init "},
      {{"--help"}, On::err, 0, "Usage: dumb-init "},
      {{"--h"}, On::err, 0, "Usage: dumb-init "},
      {{"-V"}, On::err, 0, "dumb-init v1.2.5"},
      {{"--version"}, On::err, 0, "dumb-init v1.2.5"},
      {{"-hV"}, On::err, 0, "Usage: dumb-init "},
      {{"-Vh"}, On::err, 0, "dumb-init v1.2.5"},
      {{"-V", "--nonsense"}, On::err, 0, "dumb-init v1.2.5"},
      {{"-V", "-r", "x"}, On::err, 0, "dumb-init v1.2.5"},
      {{"--yolo", "c"}, On::err, 1, "dumb-init: unrecognized option '--yolo'\n"},
      {{"--yolo"}, On::err, 1, "dumb-init: unrecognized option '--yolo'\n"},
      {{"-x", "c"}, On::err, 1, "dumb-init: invalid option -- 'x'\n"},
      {{"-vx", "c"}, On::err, 1, "dumb-init: invalid option -- 'x'\n"},
      {{"--ver", "c"}, On::err, 1, "dumb-init: "},
      {{"--v", "c"}, On::err, 1, "dumb-init: "},
      {{}, On::err, 1, "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"},
      {{"-v"}, On::err, 1, "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"},
      {{"--"}, On::err, 1, "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"},
  };
  check_replies("dumb-init", replies);
  for (const char* option : {"--yolo", "-x", "--ver"}) CHECK(lines_in(read({"dumb-init", {option, "c"}}).answer) == 1);
  CHECK(mentions(read({"dumb-init", {"--ver", "c"}}).answer, "'--ver'"));
  CHECK(lines_in(read({"dumb-init", {"-V"}}).answer) == 1);
  CHECK(read({"/usr/bin/dumb-init", {}}).answer ==
        "Usage: /usr/bin/dumb-init [option] program [args]\nTry /usr/bin/dumb-init --help for full usage.\n");
}

TEST_CASE("a rewrite that dumb-init does not understand ends with its usage") {
  const std::string usage = "Usage: -r option takes <signum>:<signum>";
  for (const char* bad : {"", "herp", "herp:derp", "15", "15::12", "15:derp", "0", "1:32", "0:1", "32:1", ":",
                          "15:", ":15", "-1:2", "1:-1", "1:2:3", "TERM:INT", "99999999999999999999:1"}) {
    CAPTURE(std::string{bad});
    for (const Strings& arguments : {Strings{"-r", bad, "c"}, Strings{"--rewrite", bad, "c"}}) {
      Outcome outcome = read({"dumb-init", arguments});
      CHECK(outcome.answer.starts_with(usage));
      CHECK(outcome.on_stderr);
      CHECK(outcome.exit_code == 1);
    }
  }
  for (const Strings& arguments : {Strings{"-r"}, Strings{"--rewrite"}, Strings{"-vr"}, Strings{"-r", "1:2", "-r"}}) {
    CHECK(read({"dumb-init", arguments}).answer.starts_with(usage));
    CHECK(read({"dumb-init", arguments}).exit_code == 1);
  }
}

}  // namespace
}  // namespace onit
