#include "app/log_pump.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "unit/log_bench.hpp"

namespace onit {
namespace {

using namespace log_bench;

TEST_CASE("what services write comes out line by line, with their names") {
  Bench bench;
  bench.define(0, "db", {});
  bench.define(1, "web", {});
  bench.write(0, "one\ntw");
  bench.write(1, "other\n");
  CHECK(bench.output() == "db  | one\nweb | other\n");
  bench.write(0, "o\n");
  CHECK(bench.output() == "db  | two\n");
  bench.write(1, "oops\n", true);
  CHECK(bench.output().empty());
  CHECK(bench.err.read() == "web | oops\n");
  CHECK(bench.pump.counts(0).lines == 2);
  CHECK(bench.pump.counts(0).bytes == 8);
}

TEST_CASE("the last line is kept without its newline, and the next start begins a new one") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.write(0, "one\ntwo");
  CHECK(bench.output() == "one\n");
  bench.pump.finish(0);
  CHECK(bench.pump.is_idle());
  CHECK(bench.output() == "two\n");
  bench.write(0, "three");
  bench.pump.finish(0);
  bench.pump.finish(0);
  bench.write(0, "four\n");
  bench.pump.finish(0);
  CHECK(bench.output() == "three\nfour\n");
}

TEST_CASE("an end that nobody could read yet still ends its line") {
  Bench bench;
  bench.define(0, "a", kRaw);
  std::string all = bench.block(0);
  bench.write(0, "unfinished");
  bench.pump.finish(0);
  bench.write(0, "also");
  bench.pump.finish(0);
  bench.write(0, "the next\n");
  std::string seen;
  while (!bench.pump.is_idle()) seen += bench.output();
  seen += bench.output();
  CHECK((seen == all + "unfinished\nalso\nthe next\n"));
}

/// What somebody else reads of a service's pipe, at most `limit` bytes.
std::string steal(Bench& bench, ServiceId service, std::size_t limit) {
  auto ends = bench.pump.ends(service);
  Fd thief{::open(("/proc/self/fd/" + std::to_string(ends.value().out)).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  std::string stolen(limit, ' ');
  ssize_t got = ::read(thief.get(), stolen.data(), limit);
  stolen.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  return stolen;
}

TEST_CASE("an end whose bytes somebody else has read is reached all the same") {
  Bench bench;
  bench.define(0, "a", kRaw);
  std::string all = bench.block(0);
  bench.write(0, std::string(1'000, 'x'));
  bench.pump.finish(0);
  CHECK(steal(bench, 0, 5'000).size() == 1'000);
  SUBCASE("and nothing has come since") {}
  SUBCASE("and less has come since") {
    bench.write(0, std::string(300, 'y'));
    bench.pump.finish(0);
    all += std::string(300, 'y') + "\n";
  }
  SUBCASE("and more has come since") {
    bench.write(0, std::string(1'300, 'y'));
    bench.pump.finish(0);
  }
  std::string seen;
  for (int turn = 0; turn < 1'000 && !bench.pump.is_idle(); ++turn) seen += bench.output();
  CHECK(bench.pump.is_idle());
  seen += bench.output();
  CHECK(seen.starts_with(all));
  bench.write(0, "next");
  bench.pump.finish(0);
  CHECK(bench.pump.is_idle());
  CHECK(bench.output() == "next\n");
}

TEST_CASE("of a long text of onit's own as many lines come out as there is room for") {
  Bench bench;
  std::string text = numbered_lines('o', 0, 10'000);
  bench.pump.say(STDOUT_FILENO, text);
  std::string seen;
  while (!bench.pump.is_idle()) seen += bench.output();
  seen += bench.output();
  CHECK(seen.size() > 256'000);
  CHECK(seen.size() < text.size());
  CHECK((text.starts_with(seen)));
  CHECK(seen.back() == '\n');
}

TEST_CASE("a line is found once, and only while it is looked for") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.write(0, "listening on 80\n");
  bench.run();
  REQUIRE(bench.pump.look_for(0, "^listening on [0-9]+$").ok());
  CHECK(!bench.pump.next_match());
  bench.write(0, "listening on port\nx listening on 1\n");
  bench.run();
  CHECK(!bench.pump.next_match());
  bench.write(0, "listening on 81\nlistening on 82\n", true);
  bench.run();
  CHECK(bench.pump.next_match() == ServiceId{0});
  CHECK(!bench.pump.next_match());
  bench.write(0, "listening on 83\n");
  bench.run();
  CHECK(!bench.pump.next_match());
  auto bad = bench.pump.look_for(0, "(");
  REQUIRE(!bad.ok());
  CHECK(bad.error().text == "'(' is no regular expression: at 1: '(' is not closed");
}

TEST_CASE("only the first 1024 bytes of a line are looked at") {
  Bench bench;
  bench.define(0, "a", kRaw);
  REQUIRE(bench.pump.look_for(0, "up").ok());
  bench.write(0, std::string(1023, '.') + "up\n");
  bench.run();
  CHECK(!bench.pump.next_match());
  bench.write(0, std::string(1022, '.') + "up\n");
  bench.run();
  CHECK(bench.pump.next_match() == ServiceId{0});
}

TEST_CASE("the tail of a service has what it wrote, without prefix") {
  Bench bench;
  bench.define(0, "a", {.to_stdout = false});
  bench.write(0, "one\ntwo");
  bench.run();
  bench.write(0, "err\n", true);
  bench.run();
  CHECK(text_of(*bench.pump.find_tail(0)) == "one\nerr\n");
  bench.pump.finish(0);
  CHECK(text_of(*bench.pump.find_tail(0)) == "one\nerr\ntwo\n");
}

TEST_CASE("a service that is removed leaves nothing behind, even while it waits") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.define(1, "b", kRaw);
  std::string lines = numbered_lines('a', 0, 5'000);
  for (int i = 0; i < 10; ++i) {
    bench.write(0, lines);
    bench.run();
  }
  bench.pump.remove(0);
  while (!bench.pump.is_idle()) bench.output();
  bench.output();
  bench.write(1, "still here\n");
  CHECK(bench.output() == "still here\n");
  CHECK(bench.pump.counts(0).lines == 0);
}

}  // namespace
}  // namespace onit
