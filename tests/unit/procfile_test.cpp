#include "config/procfile.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace onit {
namespace {

using Strings = std::vector<std::string>;

/// A Procfile, and what became of it.
struct Read {
  explicit Read(std::string_view text, int port = kProcfilePort)
      : services(parse_procfile(text, "dir/Procfile", problems, port)) {}

  Strings problems;
  std::vector<ServiceSpec> services;
};

std::string command_of(const ServiceSpec& service) {
  REQUIRE(service.launch.command.size() == 3);
  CHECK(service.launch.command[0] == "/bin/sh");
  CHECK(service.launch.command[1] == "-c");
  return service.launch.command[2];
}

std::string port_of(const ServiceSpec& service) {
  REQUIRE(service.launch.environment.size() == 1);
  CHECK(service.launch.environment[0].name == "PORT");
  return service.launch.environment[0].value;
}

}  // namespace

TEST_CASE("a file is a Procfile if the last part of its path begins with that word, or ends in it behind a dot") {
  for (const char* path : {"Procfile", "/app/Procfile", "./Procfile.dev", "Procfile-2", "web.procfile", "my.Procfile"})
    CHECK(is_procfile(path));
  for (const char* path : {"procfile", "/Procfile/onit.toml", "Procfile.toml", "Procfile.dev.toml", "", "/"})
    CHECK_FALSE(is_procfile(path));
}

TEST_CASE("each line is a service whose command a shell runs as it is written") {
  Read read(
      "web: bundle exec puma -p $PORT | tee \"a: b\"\nworker-1:sleep 1\n\n# a note: x\n  # one more\nlast_one:\t x # "
      "y");
  CHECK(read.problems.empty());
  REQUIRE(read.services.size() == 3);
  CHECK(read.services[0].name == "web");
  CHECK(command_of(read.services[0]) == "bundle exec puma -p $PORT | tee \"a: b\"");
  CHECK(read.services[1].name == "worker-1");
  CHECK(command_of(read.services[1]) == "sleep 1");
  CHECK(read.services[2].name == "last_one");
  CHECK(command_of(read.services[2]) == "x # y");
}

TEST_CASE("lines that end as on Windows, a byte order mark and a missing last newline change nothing") {
  Read read("\xef\xbb\xbfweb: a b\r\n\r\nworker: c  ");
  CHECK(read.problems.empty());
  REQUIRE(read.services.size() == 2);
  CHECK(command_of(read.services[0]) == "a b");
  CHECK(command_of(read.services[1]) == "c");
}

TEST_CASE("one exit of a Procfile's process ends everything") {
  Read read("web: x\n");
  CHECK(read.services[0].policy.essential);
  CHECK(read.services[0].policy.type == ServiceType::simple);
  CHECK(read.services[0].policy.restart == RestartPolicy::no);
  CHECK(read.services[0].policy.on_give_up == OnGiveUp::shutdown);
  CHECK(read.services[0].policy.depends_on.empty());
}

TEST_CASE("each process has a PORT of its own, a hundred from the one before") {
  Read read("a: x\nb: x\nc: x\n");
  CHECK(port_of(read.services[0]) == "5000");
  CHECK(port_of(read.services[1]) == "5100");
  CHECK(port_of(read.services[2]) == "5200");
  CHECK(port_of(Read("a: x\nb: x", 8080).services[1]) == "8180");
}

TEST_CASE("release runs first, wherever it stands, and all wait for its success") {
  Read read("web: x\nrelease: migrate\nworker: y\n");
  REQUIRE(read.services.size() == 3);
  const ServicePolicy& release = read.services[1].policy;
  CHECK(release.type == ServiceType::oneshot);
  CHECK_FALSE(release.essential);
  CHECK(release.on_give_up == OnGiveUp::shutdown);
  CHECK(release.depends_on.empty());
  for (ServiceId id : {ServiceId{0}, ServiceId{2}}) {
    REQUIRE(read.services[id].policy.depends_on.size() == 1);
    CHECK(read.services[id].policy.depends_on[0].service == 1);
    CHECK(read.services[id].policy.depends_on[0].condition == Condition::completed);
  }
}

TEST_CASE("every other line is a problem with its place, and the good ones are read") {
  using namespace std::string_view_literals;
  Read read("web: x\njust words\n: y\na b: c\nempty:  \r\nweb: again\nzero: a\0b\n indented: x\nlast: z\n"sv);
  CHECK(read.services.size() == 2);
  REQUIRE(read.problems.size() == 7);
  CHECK(read.problems[0].starts_with("dir/Procfile:2:1: not a line of a Procfile"));
  CHECK(read.problems[1].starts_with("dir/Procfile:3:1: not a line of a Procfile"));
  CHECK(read.problems[2].starts_with("dir/Procfile:4:1: not a line of a Procfile"));
  CHECK(read.problems[3] == "dir/Procfile:5:7: there is no command behind 'empty'");
  CHECK(read.problems[4] == "dir/Procfile:6:1: there is a 'web' already");
  CHECK(read.problems[5] == "dir/Procfile:7:8: a zero byte cannot be in a command");
  CHECK(read.problems[6].starts_with("dir/Procfile:8:1: not a line of a Procfile"));
}

TEST_CASE("problems are added to those that there are, and a file of something else does not flood") {
  Strings problems{"before"};
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "<html>\n";
  CHECK(parse_procfile(text, "Procfile", problems).empty());
  CHECK(problems.front() == "before");
  CHECK(problems.size() == 21);
}

TEST_CASE("a Procfile has no more services than any file") {
  std::string text;
  for (std::size_t i = 0; i <= kMostServices; ++i) text += "s" + std::to_string(i) + ": x\n";
  Read read(text);
  CHECK(read.services.size() == kMostServices);
  REQUIRE(read.problems.size() == 1);
  CHECK(read.problems[0] == "dir/Procfile:4097:1: more than 4096 services");
}

}  // namespace onit
