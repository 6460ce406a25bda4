#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "app/log_pump.hpp"
#include "unit/log_bench.hpp"

namespace onit {
namespace {

using namespace log_bench;

TEST_CASE("a blocked reader loses nothing, and lines stay whole") {
  for (LogStyle style : {LogStyle::raw, LogStyle::prefix, LogStyle::json}) {
    Bench bench;
    bench.define(0, "a", {.format = style});
    bench.define(1, "b", {.format = style});
    std::array<std::string, 2> left{numbered_lines('a', 0, 8'000), numbered_lines('b', 0, 8'000)};
    std::array<int, 2> next{};
    std::string seen;
    while (!left[0].empty() || !left[1].empty() || !bench.pump.is_idle()) {
      for (std::size_t i = 0; i < 2; ++i) {
        // Writers write whatever there is room for, in the middle of lines too.
        left[i].erase(0, bench.write(i, left[i]));
        if (left[i].empty()) bench.pump.finish(i);
      }
      bench.run();
      // Now and then a reader that takes a few bytes.
      seen += bench.out.read(10'007);
    }
    seen += bench.out.read();
    for (std::size_t at = 0; at < seen.size();) {
      std::size_t end = seen.find('\n', at);
      std::string_view line = std::string_view{seen}.substr(at, end - at);
      std::size_t dots = line.find("....");
      REQUIRE(dots != std::string_view::npos);
      std::size_t number_at = line.substr(0, dots).find_last_not_of("0123456789");
      auto& count = next[static_cast<std::size_t>(line[number_at] - 'a')];
      REQUIRE(line.substr(number_at + 1, dots - number_at - 1) == std::to_string(count));
      ++count;
      at = end + 1;
    }
    CHECK(next[0] == 8'000);
    CHECK(next[1] == 8'000);
    CHECK(bench.pump.counts(0).dropped == 0);
  }
}

TEST_CASE("a reader that takes nothing makes the service wait, and costs no turns") {
  Bench bench;
  bench.define(0, "a", kRaw);
  std::string lines = numbered_lines('a', 0, 10'000);
  std::string left = lines;
  for (int i = 0; i < 100; ++i) {
    left.erase(0, bench.write(0, left));
    bench.run();
  }
  CHECK(!left.empty());
  CHECK(bench.poller.wait(Millis{0}).empty());
  CHECK(!bench.pump.is_idle());
}

TEST_CASE("drop counts the lines that a blocked reader does not get") {
  Bench bench;
  bench.define(0, "a", {.format = LogStyle::raw, .on_full = OnFull::drop});
  std::string left = numbered_lines('a', 0, 20'000);
  while (!left.empty()) {
    std::size_t written = bench.write(0, left);
    REQUIRE(written > 0);
    left.erase(0, written);
    bench.run();
  }
  CHECK(bench.pump.counts(0).lines == 20'000);
  CHECK(bench.pump.counts(0).dropped > 0);
  std::string seen;
  while (!bench.pump.is_idle()) seen += bench.output();
  seen += bench.output();
  auto lines = static_cast<std::uint64_t>(std::count(seen.begin(), seen.end(), '\n'));
  CHECK(lines + bench.pump.counts(0).dropped == 20'000);
  CHECK(seen.starts_with("a0."));
}

TEST_CASE("that lines are dropped is told at once, and how many once lines go out again") {
  Pipe both;
  Bench bench(both.write_end.get(), both.write_end.get());
  bench.define(0, "web", {.format = LogStyle::raw, .on_full = OnFull::drop});
  bench.reporter.redirect(
      {[](void* pump, int fd, std::string_view line) { static_cast<LogPump*>(pump)->say(fd, line); }, &bench.pump});
  std::string flood = numbered_lines('d', 0, 500);
  std::string seen;
  for (int i = 0; i < 100; ++i) {
    bench.write(0, flood);
    bench.run();
  }
  std::uint64_t dropped = bench.pump.counts(0).dropped;
  REQUIRE(dropped > 0);
  while (!bench.pump.is_idle()) {
    seen += both.read();
    bench.run();
  }
  bench.write(0, "again\n");
  bench.run();
  seen += both.read();
  CHECK(seen.find("\nonit: warning: service 'web': its lines are dropped, nobody reads them in time\n") !=
        std::string::npos);
  CHECK(seen.ends_with("again\nonit: warning: service 'web': " + std::to_string(dropped) +
                       " lines were dropped, nobody read them in time\n"));
}

TEST_CASE("a service that drops its lines leaves room for those that wait") {
  Bench bench;
  bench.define(0, "a", kRaw);
  bench.define(1, "d", {.format = LogStyle::raw, .on_full = OnFull::drop});
  std::string flood = numbered_lines('d', 0, 500);
  std::string left = numbered_lines('a', 0, 5'000);
  std::string seen;
  auto turn = [&] {
    bench.write(1, flood);
    left.erase(0, bench.write(0, left));
    for (const PollerEvent& event : bench.poller.wait(Millis{0})) bench.pump.on_ready(event);
    // Slower than either of them writes.
    seen += bench.out.read(10'000);
  };
  for (int i = 0; i < 2'000 && bench.pump.counts(0).lines < 5'000; ++i) turn();
  CHECK(bench.pump.counts(0).lines == 5'000);
  CHECK(bench.pump.counts(0).dropped == 0);
  CHECK(bench.pump.counts(1).dropped > 0);
  // Whoever drops gets his share as well, once nobody waits.
  std::uint64_t lines = bench.pump.counts(1).lines - bench.pump.counts(1).dropped;
  for (int i = 0; i < 100; ++i) turn();
  CHECK(bench.pump.counts(1).lines - bench.pump.counts(1).dropped > lines);
}

TEST_CASE("what is not out at the end is counted, and the last line that is out has its end") {
  Bench bench;
  bench.define(0, "a", kRaw);
  CHECK(bench.pump.unwritten_lines() == 0);
  std::string all = bench.block(0);
  std::string more = numbered_lines('b', 0, 600);
  REQUIRE(bench.write(0, more) == more.size());
  bench.write(0, "unfinished");
  bench.run();
  auto lines_of = [](const std::string& text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
  };
  std::string seen;
  SUBCASE("since some was read at last") {
    seen = bench.out.read(10'000);
    bench.pump.end();
    seen += bench.out.read();
    CHECK((all.starts_with(seen)));
    CHECK(seen.back() == '\n');
  }
  SUBCASE("since all was read at last") {
    seen = bench.out.read();
    bench.pump.end();
    seen += bench.out.read();
    CHECK((seen == all));
  }
  CHECK(bench.pump.unwritten_lines() == lines_of(all + more) - lines_of(seen));
}

}  // namespace
}  // namespace onit
