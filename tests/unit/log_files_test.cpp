#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

#include "app/log_pump.hpp"
#include "os/signals.hpp"
#include "unit/log_bench.hpp"

namespace onit {
namespace {

using namespace log_bench;

TEST_CASE("lines go to a file and to stdout, if both are asked for") {
  Directory directory;
  Bench bench;
  bench.define(0, "a", {.file = directory.file("log")});
  bench.define(1, "b", {.to_stdout = false, .file = directory.file("log")});
  bench.write(0, "one\n");
  bench.run();
  bench.write(1, "two\n", true);
  CHECK(bench.output() == "a | one\n");
  CHECK(directory.content("log") == "a | one\nb | two\n");
}

TEST_CASE("a file is rotated before it becomes too large, at the end of a line") {
  Directory directory;
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log"), .max_size = 10, .max_files = 3});
  bench.write(0, "1234\n6789\n");
  bench.run();
  CHECK(directory.content("log") == "1234\n6789\n");
  CHECK(directory.content("log.1") == "(none)");
  bench.write(0, "one\ntwo\nthree\nlonger than a file\nsix\n");
  bench.run();
  CHECK(directory.content("log") == "six\n");
  CHECK(directory.content("log.1") == "longer than a file\n");
  CHECK(directory.content("log.2") == "three\n");
  CHECK(directory.content("log.3") == "(none)");
}

TEST_CASE("a file that is the only one of its kind begins anew") {
  Directory directory;
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log"), .max_size = 8, .max_files = 1});
  bench.write(0, "one\ntwo\nthree\n");
  bench.run();
  CHECK(directory.content("log") == "three\n");
  CHECK(directory.content("log.1") == "(none)");
}

TEST_CASE("a file that cannot be rotated grows on, which is told once") {
  Directory directory;
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log"), .max_size = 8, .max_files = 2});
  REQUIRE(::mkdir(directory.file("log.1").c_str(), 0700) == 0);
  std::string told;
  {
    CapturedMessages messages;
    bench.write(0, "one\ntwo\nthree\nfour\n");
    bench.run();
    told = messages.read();
  }
  CHECK(directory.content("log") == "one\ntwo\nthree\nfour\n");
  CHECK(told == "onit: warning: log file '" + directory.file("log") + "': rename: Is a directory; it grows on\n");
}

TEST_CASE("names of the same file do not keep onit busy") {
  Directory directory;
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log"), .max_size = 8, .max_files = 2});
  REQUIRE(::link(directory.file("log").c_str(), directory.file("log.1").c_str()) == 0);
  bench.write(0, "one\ntwo\nthree\n");
  bench.run();
  CHECK(directory.content("log") == "one\ntwo\nthree\n");
}

TEST_CASE("a file that was renamed by somebody is opened anew when asked to") {
  Directory directory;
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log")});
  bench.write(0, "one\n");
  bench.run();
  REQUIRE(std::rename(directory.file("log").c_str(), directory.file("moved").c_str()) == 0);
  bench.write(0, "two\n");
  bench.run();
  bench.pump.reopen_files();
  bench.write(0, "three\n");
  bench.run();
  CHECK(directory.content("moved") == "one\ntwo\n");
  CHECK(directory.content("log") == "three\n");
}

TEST_CASE("a full disk is told of once, and stdout goes on") {
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = "/dev/full"});
  std::string told;
  {
    CapturedMessages messages;
    for (int i = 0; i < 3; ++i) {
      bench.write(0, "x\ny\n");
      bench.run();
    }
    told = messages.read();
  }
  CHECK(told ==
        "onit: warning: log file '/dev/full': write: No space left on device; lines for it are lost until that has "
        "changed\n");
  CHECK(bench.pump.counts(0).dropped == 6);
  CHECK(bench.output() == "x\ny\nx\ny\nx\ny\n");
}

TEST_CASE("a line that was cut by a full disk does not run into the next one") {
  Directory directory;
  Fd file{::open(directory.file("moved").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
  Bench bench(file.get());
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log")});
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = 10;
  std::string told;
  {
    CapturedMessages messages;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    bench.write(0, "12345\n7890123\nlost\n");
    bench.run();
    bench.write(0, "lost too\n");
    bench.run();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    bench.write(0, "again\n");
    bench.run();
    told = messages.read();
  }
  CHECK(directory.content("log") == "12345\n7890\nagain\n");
  CHECK(directory.content("moved") == "12345\n7890\nagain\n");
  CHECK(std::count(told.begin(), told.end(), '\n') == 2);
  // Three lines did not reach the two files.
  CHECK(bench.pump.counts(0).dropped == 6);
  CHECK(!wait_signal(Millis{0}));
}

TEST_CASE("a line that was cut by a full disk does not run into the next one in a file that is opened anew") {
  bool is_emptied = false;
  SUBCASE("as it was") {}
  SUBCASE("emptied") { is_emptied = true; }
  Directory directory;
  std::string path = directory.file("log");
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = path});
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = 10;
  {
    CapturedMessages messages;
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
    bench.write(0, "12345\n7890123\n");
    bench.run();
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    if (is_emptied) REQUIRE(::truncate(path.c_str(), 0) == 0);
    bench.pump.reopen_files();
    bench.write(0, "again\n");
    bench.run();
  }
  CHECK(directory.content("log") == (is_emptied ? "again\n" : "12345\n7890\nagain\n"));
}

TEST_CASE("a file that cannot be opened is named") {
  Bench bench;
  bench.pump.define(0, "a", {.file = "/nonexistent/log"});
  auto ends = bench.pump.ends(0);
  REQUIRE(!ends.ok());
  CHECK(ends.error().text == "log file '/nonexistent/log': no such directory, and onit makes none");
}

TEST_CASE("a log file is a regular file, and no link to one") {
  Directory directory;
  std::string path = directory.file("log");
  auto complaint = [](const std::string& file) {
    Bench bench;
    bench.pump.define(0, "a", {.to_stdout = false, .file = file});
    auto ends = bench.pump.ends(0);
    return ends.ok() ? std::string{"none"} : ends.error().text;
  };
  CHECK(complaint("/dev/null") == "none");
  for (const char* own : {"/dev/stdout", "/dev/stderr", "/dev/fd/2", "/proc/self/fd/1", "/proc/1/fd/1"}) {
    CHECK(complaint(own) ==
          std::string{"log file '"} + own + "': is no regular file; leave `file` out: stdout is the default");
  }
  CHECK(complaint("/dev/zero") == "log file '/dev/zero': is no regular file");
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK(complaint(path) == "log file '" + path + "': is no regular file");
  {
    Fd reader{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
    CHECK(complaint(path) == "log file '" + path + "': is no regular file");
  }
  REQUIRE(std::remove(path.c_str()) == 0);
  REQUIRE(::symlink(directory.file("moved").c_str(), path.c_str()) == 0);
  CHECK(complaint(path) == "log file '" + path + "': is a symbolic link, which is not followed");
  CHECK(directory.content("moved") == "(none)");
}

TEST_CASE("two names of one file are one file, with the limits that came last") {
  Directory directory;
  Bench bench;
  std::string other_name = directory.file("./log");
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log"), .max_size = 8, .max_files = 3});
  bench.define(1, "b", {.format = LogStyle::raw, .file = other_name, .max_size = 10, .max_files = 3});
  for (const char* line : {"one\n", "two\n", "3\n", "four\n", "five\n"}) {
    bench.write(line[0] == 't' || line[0] == 'f' ? 1 : 0, line);
    bench.run();
  }
  CHECK(directory.content("log.2") == "(none)");
  CHECK(directory.content("log.1") == "one\ntwo\n3\n");
  CHECK(directory.content("log") == "four\nfive\n");
}

TEST_CASE("two names become one file when they are opened anew") {
  Directory directory;
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .file = directory.file("log"), .max_size = 8, .max_files = 3});
  REQUIRE(std::rename(directory.file("log").c_str(), directory.file("moved").c_str()) == 0);
  bench.define(1, "b", {.format = LogStyle::raw, .file = directory.file("./log"), .max_size = 8, .max_files = 3});
  bench.pump.reopen_files();
  for (ServiceId service : {0U, 1U, 0U, 1U}) {
    bench.write(service, "one\n");
    bench.run();
  }
  CHECK(directory.content("log.1") == "one\none\n");
  CHECK(directory.content("log") == "one\none\n");
}

}  // namespace
}  // namespace onit
