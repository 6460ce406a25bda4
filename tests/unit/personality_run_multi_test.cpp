#include <doctest/doctest.h>

#include "unit/mentions.hpp"
#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("run-multi is different from onit in that it runs several") {
  CHECK(different_from_onit({"run-multi", {"/bin/a b", "/bin/c"}}) ==
        "only HUP INT QUIT USR1 USR2 TERM; command none; one of [/bin/a] [b]; one of [/bin/c]; commands 2; "
        "session own; search path no; forward child; on exit leave; exit code first; failure 127 126 126 1; "
        "verbosity info; words run: [error] %t; dies as command no");
}

TEST_CASE("run-multi's options") {
  const Row rows[] = {
      {{"-q", "c"}, "verbosity warnings"},
      {{"-qq", "c"}, "verbosity errors"},
      {{"-g", "c"}, "forward group"},
      {{"-s", "INT", "c"}, "cascade INT to child every time"},
      {{"-gs", "SIGINT", "c"}, "cascade INT to group every time; forward group"},
      {{"-s", "INT", "-g", "c"}, "cascade INT to group every time; forward group"},
      {{"-s", "INT", "-t", "5", "c"}, "cascade INT to child once; kill after 5000"},
      {{"-s", "INT", "-t3600", "c"}, "cascade INT to child once; kill after 3600000"},
      {{"-t", "5", "c"}, "warning -t without -s has no effect"},
      {{"--", "c"}, ""},
      {{"c", "-q"}, "one of [-q]; commands 2"},
      {{"--", "--", "c"}, "one of [--]; commands 2"},
      {{"--", "-q"}, "one of [-q]"},
  };
  check_rows("run-multi", rows);
}

TEST_CASE("run-multi splits each argument at blanks, and a quote holds a word together if it begins with it") {
  const Row rows[] = {
      {{"a b c"}, "one of [a] [b] [c]"},
      {{"  a \t b\n"}, "one of [a] [b]"},
      {{"a 'b c' d"}, "one of [a] [b c] [d]"},
      {{"a \"b c\" d"}, "one of [a] [b c] [d]"},
      {{"a \"it's\""}, "one of [a] [it's]"},
      {{"a 'say \"x\"'"}, "one of [a] [say \"x\"]"},
      {{"a ''"}, "one of [a] []"},
      {{"a \"\" b"}, "one of [a] [] [b]"},
      {{"a b'c d'e"}, "one of [a] [b'c] [d'e]"},
      {{"a x=\"1 2\""}, "one of [a] [x=\"1] [2\"]"},
      {{"a b\\ c"}, "one of [a] [b\\] [c]"},
      {{"a '\\'"}, "one of [a] [\\]"},
      {{"'/a b/c' d"}, "one of [/a b/c] [d]"},
      {{"a 'b'"}, "one of [a] [b]"},
      {{"a $X * ; |"}, "one of [a] [$X] [*] [;] [|]"},
      {{"a 1", "b 2", "d"}, "one of [a] [1]; one of [b] [2]; one of [d]; commands 3"},
  };
  check_rows("run-multi", rows);
}

TEST_CASE("run-multi's answers") {
  const Reply replies[] = {
      {{}, On::err, 1, "Usage: run-multi "},
      {{"-h"}, On::err, 1, "Usage: run-multi "},
      {{"-q"}, On::err, 1, "Usage: run-multi "},
      {{"-v"}, On::err, 1, "run-multi (onit "},
      {{"-d", "c"}, On::err, 1, "run: [error] "},
      {{"-s"}, On::err, 1, "run: [error] "},
      {{"-s", "WINCH", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "INT", "-t", "0", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "3601", "c"}, On::err, 1, "run: [error] -t"},
      {{"-t", "x", "c"}, On::err, 1, "run: [error] -t"},
      {{""}, On::err, 1, "run: [error] "},
      {{" \t\n"}, On::err, 1, "run: [error] "},
      {{"a", ""}, On::err, 1, "run: [error] "},
      {{"a 'b"}, On::err, 1, "run: [error] "},
      {{"a \"b'"}, On::err, 1, "run: [error] "},
      {{"a '"}, On::err, 1, "run: [error] "},
  };
  check_replies("run-multi", replies);
}

TEST_CASE("run-multi runs 32 commands and not 33") {
  Strings arguments(32, "c");
  CHECK(mentions(changes({"run-multi", arguments}), "commands 32"));
  arguments.push_back("c");
  Outcome outcome = read({"run-multi", arguments});
  CHECK(outcome.answer.starts_with("run: [error] "));
  CHECK(mentions(outcome.answer, "32"));
  CHECK(outcome.exit_code == 1);
}

}  // namespace
}  // namespace onit
