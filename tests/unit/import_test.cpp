#include "import_text.hpp"

namespace onit {
namespace {

std::string read(std::string_view path, std::string_view text) {
  auto result = import_services(path, text, ImportFormat::automatic);
  return result.ok() ? result.value() : result.error().text;
}

}  // namespace

TEST_CASE("the format is known by the name, or by the first line that tells") {
  for (const char* path : {"a.conf", "supervisord.ini", "stdin"}) {
    CHECK(has(read(path, "; x\n[program:p]\ncommand=c\n"), "[services.p]"));
  }
  for (const char* path : {"compose.yaml", "docker-compose.yml", "stdin"}) {
    CHECK(has(read(path, "# x\nservices: {p: {command: c}}\n"), "[services.p]"));
  }
  for (const char* path : {"Procfile", "/x/Procfile.dev", "web.procfile"})
    CHECK(has(read(path, "p: c\n"), "[services.p]"));
  CHECK(has(imported("services: x\n", ImportFormat::procfile), "[services.services]"));
}

TEST_CASE("a text with colons is no Procfile unless its name or somebody says so") {
  for (const char* path : {"passwd", "stdin", "procs", "Procfile.toml"}) {
    CHECK(read(path, "root:x:0:0:root:/root:/bin/sh\n") ==
          std::string{path} +
              ": neither its name nor its text tells whose file it is; say it with --format "
              "supervisord, compose or procfile");
  }
}

TEST_CASE("a Procfile's processes end together, after release") {
  auto services = services_of("web: a $PORT\nrelease: b\nworker: exec c d\n", ImportFormat::procfile);
  REQUIRE(services.size() == 3);
  CHECK(services[0].policy.essential);
  CHECK(services[0].launch.command == std::vector<std::string>{"/bin/sh", "-c", "a $PORT"});
  CHECK(services[0].launch.environment.at(0).value == "5000");
  CHECK(services[1].policy.type == ServiceType::oneshot);
  CHECK(services[1].policy.on_give_up == OnGiveUp::shutdown);
  CHECK(services[2].launch.command == std::vector<std::string>{"c", "d"});
  CHECK(services[2].policy.depends_on.at(0).condition == Condition::completed);
  CHECK(services[2].launch.environment.at(0).value == "5200");
  CHECK(has(imported("release: b\nweb: a\n", ImportFormat::procfile), "PORT = \"${PORT:-5100}\""));
  CHECK(has(imported("web\n", ImportFormat::procfile), "f:1:1: not a line of a Procfile"));
  CHECK(has(imported("web: \xff\n", ImportFormat::procfile), "this is not UTF-8"));
}

TEST_CASE("who stops has the time that the other tool gives, said or not") {
  auto grace = [](std::string_view text, ImportFormat format) {
    return services_of(text, format).at(0).policy.stop_grace_period;
  };
  CHECK(grace("[program:p]\ncommand=c\n", ImportFormat::supervisord) == Millis{10000});
  CHECK(grace("[program:p]\ncommand=c\nstopwaitsecs=5\n", ImportFormat::supervisord) == Millis{5000});
  CHECK(grace("services: {p: {command: c}}", ImportFormat::compose) == Millis{10000});
  CHECK(grace("services: {p: {command: c, stop_grace_period: }}", ImportFormat::compose) == Millis{10000});
  CHECK(grace("services: {p: {command: c, stop_grace_period: 5s}}", ImportFormat::compose) == Millis{5000});
  CHECK(grace("p: c\n", ImportFormat::procfile) == Millis{5000});
  CHECK(has(imported("services: {p: {command: c}}", ImportFormat::compose), "[init]\nstop_grace_period = \"10s\""));
}

TEST_CASE("texts are written as a person would, and read as they were") {
  for (const char* text :
       {"plain", "it's", "say \"x\"", "back\\slash", "both ' and \" \\", "t\\tab", "'''", "ends with '"}) {
    std::string escaped;
    for (const char* c = text; *c != '\0'; ++c) escaped.append(*c == '\'' ? "''" : std::string(1, *c));
    auto services = services_of("services: {s: {command: [x, '" + escaped + "', \"a\\nb\\tc\\x01'\", \"l\\nm\"]}}",
                                ImportFormat::compose);
    REQUIRE(services.size() == 1);
    REQUIRE(services[0].launch.command.size() == 4);
    CHECK(services[0].launch.command[1] == text);
    CHECK(services[0].launch.command[2] == "a\nb\tc\x01'");
    CHECK(services[0].launch.command[3] == "l\nm");
  }
}

}  // namespace onit
