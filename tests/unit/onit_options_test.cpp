#include <doctest/doctest.h>

#include <string>

#include "unit/mentions.hpp"
#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("ONIT_OPTIONS adds options of onit's own to every tool, and comes last but for onit's own command line") {
  for (const char* name :
       {"tini", "docker-init", "dumb-init", "catatonit", "podman-init", "run", "run-multi", "onit"}) {
    CAPTURE(std::string{name});
    CHECK(changes({name, {"c"}, {}, 42, "--drain 2s --kill-after=3s"}) == "kill after 3000; drain 2000");
    CHECK(changes({name, {"c"}, {}, 42, "--log-format json --dry-run"}) == "format json; dry run yes");
    CHECK(changes({name, {"c"}, {}, 42, "--env 'A=b c' --env \"D=e f\""}) == "env A=b c; env D=e f");
    CHECK(changes({name, {"c"}, {}, 42, "--env A=\\ x\\'"}) == "env A= x'");
    CHECK(changes({name, {"c"}, {}, 42, ""}) == "");
    CHECK(changes({name, {"c"}, {}, 42, " \n\t "}) == "");
    CHECK(changes({name, {"c"}, {}, 42, "--"}) == "");
  }
  CHECK(changes({"tini", {"-vv", "c"}, {}, 42, "-q"}) == "verbosity errors");
  CHECK(mentions(changes({"tini", {"c"}, {}, 42, "--forward group"}), "forward group"));
  CHECK(changes({"onit", {"--drain", "1s", "c"}, {}, 42, "--drain 2s"}) == "drain 1000");
  CHECK(changes(read({"tini", {"c"}}).plan, read({"onit", {"--as", "tini", "c"}, {}, 42, "--drain 2s"}).plan) ==
        "drain 2000");
  CHECK(changes(read({"catatonit", {"-P"}}).plan, read({"catatonit", {"-P"}, {}, 42, "--stop-grace-period 1s"}).plan) ==
        "grace 1000");
  CHECK(mentions(changes({"tini", {"c"}, {}, 1, "--on-exit wait"}), "on exit wait"));
}

TEST_CASE("a mistake in ONIT_OPTIONS is told as one, whatever onit is called") {
  struct Case {
    const char* text;
    const char* complaint;
  };
  const Case bad[] = {
      {"--foward group", "'--forward'"},
      {"-x", "unknown option '-x'"},
      {"--drain", "needs a value"},
      {"--drain soon", "--drain 'soon'"},
      {"'--drain 1s", "not closed"},
      {"--env \"A", "not closed"},
      {"c", "'c' is no option"},
      {"--drain 1s c", "'c' is no option"},
      {"-- c", "'c' is no option"},
      {"''", "'' is no option"},
      {"--help", "--help"},
      {"--version", "command line"},
      {"--as tini", "command line"},
      {"--link /tmp", "command line"},
  };
  for (const char* name : {"tini", "dumb-init", "catatonit", "run", "run-multi", "onit"}) {
    for (const Case& each : bad) {
      Outcome outcome = read({name, {"c"}, {}, 42, each.text});
      CAPTURE(std::string{name});
      CAPTURE(std::string{each.text});
      CAPTURE(outcome.complaint);
      CHECK(outcome.complaint.starts_with("ONIT_OPTIONS: "));
      CHECK(mentions(outcome.complaint, each.complaint));
      CHECK(lines_in(outcome.complaint) == 0);
    }
  }
}

TEST_CASE("ONIT_OPTIONS is in nobody's way who only asks for the version or has made another mistake") {
  CHECK(read({"docker-init", {"--version"}, {}, 42, "--nonsense"}).answer.starts_with("tini version"));
  CHECK(read({"run", {"-s", "x"}, {}, 42, "--nonsense"}).answer.starts_with("run: [error] -s"));
  CHECK(read({"onit", {"--help"}, {}, 42, "--nonsense"}).answer.starts_with("Usage: onit"));
}

}  // namespace
}  // namespace onit
