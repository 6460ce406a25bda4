#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cli/personality.hpp"
#include "unit/mentions.hpp"
#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("--as NAME is the tool with that name, and what follows is its command line") {
  struct Case {
    const char* name;
    Strings arguments;
  };
  const Case cases[] = {
      {"tini", {"-g", "c"}},        {"tini-static", {"-e3", "c", "-g"}},
      {"docker-init", {"--", "c"}}, {"dumb-init", {"-c", "c"}},
      {"catatonit", {"-P"}},        {"podman-init", {"--", "c"}},
      {"run", {"-s", "INT", "c"}},  {"run-multi", {"-g", "a b", "c"}},
      {"/usr/bin/tini", {"c"}},
  };
  for (const Case& a_case : cases) {
    CAPTURE(std::string{a_case.name});
    const Outcome expected = read({a_case.name, a_case.arguments});
    REQUIRE_FALSE(expected.plan.empty());
    Strings apart{"--as", a_case.name};
    std::string word = std::string{"--as="} + a_case.name;
    Strings together{word.c_str()};
    for (Strings* arguments : {&apart, &together}) {
      arguments->insert(arguments->end(), a_case.arguments.begin(), a_case.arguments.end());
      CHECK(read({"onit", *arguments}).plan == expected.plan);
      CHECK(read({"/anything/else", *arguments}).plan == expected.plan);
    }
  }
}

TEST_CASE("answers of a tool that was named by --as are those of the tool") {
  CHECK(read({"onit", {"--as", "tini", "--version"}}).answer == read({"tini", {"--version"}}).answer);
  CHECK(read({"onit", {"--as=tini", "--version"}}).answer == read({"tini", {"--version"}}).answer);
  CHECK(read({"onit", {"--as", "dumb-init", "-r"}}).answer.starts_with("Usage: -r option takes"));
  CHECK(read({"onit", {"--as", "dumb-init"}}).answer ==
        "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n");
  CHECK(read({"onit", {"--as", "run"}}).answer.starts_with("Usage: run "));
  CHECK(read({"onit", {"--as", "run"}}).exit_code == 1);
}

TEST_CASE("onit's own options before --as are for the tool's plan as well") {
  const Row rows[] = {
      {{"--drain", "2s", "--as", "tini", "c"}, "drain 2000"},
      {{"--drain", "2s", "--as=tini", "c"}, "drain 2000"},
      {{"--drain=2s", "--kill-after=3s", "--as", "tini", "-g", "c"}, "forward group; kill after 3000; drain 2000"},
      {{"-v", "--as", "tini", "c"}, "verbosity info"},
      {{"-q", "--as", "tini", "-vv", "c"}, "verbosity errors"},
      {{"-vas", "tini"}, "no plan: unknown option '-a'; 'onit --help' lists the options"},
      {{"--log-format", "json", "--as", "tini", "c"}, "format json"},
      {{"--dry-run", "--as", "tini", "c"}, "dry run yes"},
      {{"--map-exit", "143:0", "--as", "tini", "-e", "3", "c"}, "map 3:0 143:0"},
      {{"--env", "A=1", "--user", "u", "--as", "tini", "c"}, "env A=1; user u"},
      {{"--as", "tini", "--", "--drain"}, "command [--drain]"},
  };
  for (const Row& row : rows) {
    Outcome outcome = read({"onit", row.arguments});
    std::string changed =
        outcome.plan.empty() ? "no plan: " + outcome.complaint : changes(read({"tini", {"c"}}).plan, outcome.plan);
    CHECK(changed == row.changes);
  }
}

TEST_CASE("each option before --as is entered into the tool's plan once") {
  Outcome outcome = read({"onit", {"--env", "A=1", "--group-add", "g", "--as", "tini", "c"}});
  CHECK(std::count(outcome.plan.begin(), outcome.plan.end(), "env A=1") == 1);
  CHECK(std::count(outcome.plan.begin(), outcome.plan.end(), "group g") == 1);
}

TEST_CASE("--as with a name that is none, or without one, is onit's mistake to tell") {
  for (const char* name : {"nginx", "", "Tini", "onit", "tini/"}) {
    std::string complaint = read({"onit", {"--as", name, "c"}}).complaint;
    CAPTURE(complaint);
    CHECK(mentions(complaint, "--as"));
    CHECK(mentions(complaint, "'" + std::string{name} + "'"));
    for (std::size_t i = 0; personality_name(i) != nullptr; ++i) CHECK(mentions(complaint, personality_name(i)));
  }
  CHECK(mentions(read({"onit", {"--as"}}).complaint, "needs a value"));
  CHECK(mentions(read({"onit", {"--drain", "x", "--as", "tini", "c"}}).complaint, "--drain 'x'"));
}

}  // namespace
}  // namespace onit
