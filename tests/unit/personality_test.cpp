#include "cli/personality.hpp"

#include <doctest/doctest.h>

#include <string>

#include "unit/mentions.hpp"
#include "unit/personality_line.hpp"

namespace onit {
namespace {

using namespace personality_line;

TEST_CASE("all names of one tool are that tool, with a directory before them or not") {
  for (const char* name : {"tini-static", "docker-init", "/sbin/docker-init", "./tini", "../tini-static"}) {
    CHECK(read({name, {"-g", "c"}}).plan == read({"tini", {"-g", "c"}}).plan);
  }
  for (const char* name : {"podman-init", "/run/podman-init"}) {
    CHECK(read({name, {"-g", "c"}}).plan == read({"catatonit", {"-g", "c"}}).plan);
  }
  CHECK(read({"/usr/bin/dumb-init", {"-c", "c"}}).plan == read({"dumb-init", {"-c", "c"}}).plan);
  CHECK(read({"/x/run", {"-q", "c"}}).plan == read({"run", {"-q", "c"}}).plan);
  CHECK(read({"/x/run-multi", {"-q", "c"}}).plan == read({"run-multi", {"-q", "c"}}).plan);
  for (const char* name : {"onit", "tin", "tini2", "Tini", "", "/", "tini/", "dumb_init"}) {
    CHECK_FALSE(static_cast<bool>(find_personality(name)));
  }
}

TEST_CASE("every personality that is listed can be found") {
  int count = 0;
  for (std::size_t i = 0; personality_name(i) != nullptr; ++i, ++count) {
    CHECK(static_cast<bool>(find_personality(personality_name(i))));
  }
  CHECK(count == 9);
}

TEST_CASE("as PID 1 what remains is stopped, for nobody else could do it") {
  struct Case {
    const char* name;
    Strings arguments;
    const char* changes;
  };
  const Case cases[] = {
      {"tini", {"c"}, "on exit stop"},
      {"docker-init", {"--", "c"}, "on exit stop"},
      {"dumb-init", {"c"}, "on exit stop"},
      {"dumb-init", {"-r", "15:3", "c"}, "on exit stop"},
      {"dumb-init", {"-r", "15:0", "c"}, ""},
      {"dumb-init", {"-c", "c"}, "on exit stop"},
      {"catatonit", {"c"}, "on exit stop"},
      {"catatonit", {"-P"}, "on exit stop"},
      {"run", {"c"}, ""},
      {"run-multi", {"c"}, "on exit stop"},
      {"onit", {"c"}, ""},
  };
  for (const Case& a_case : cases) {
    CAPTURE(std::string{a_case.name});
    Line elsewhere{a_case.name, a_case.arguments};
    Line as_pid_1{a_case.name, a_case.arguments, {}, 1};
    CHECK(changes(read(elsewhere).plan, read(as_pid_1).plan) == a_case.changes);
  }
  CHECK(mentions(changes({"dumb-init", {"-r", "15:3", "c"}, {}, 1}), "stop signal QUIT"));
  CHECK(read({"tini", {"-p", "x", "c"}, {}, 1}).answer.starts_with("[FATAL tini (1)] "));
  CHECK(read({"catatonit", {}, {}, 1}).answer.starts_with("ERROR (catatonit:1): "));
}

}  // namespace
}  // namespace onit
