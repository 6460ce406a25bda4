#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "log/tail.hpp"
#include "unit/log_bench.hpp"

namespace onit {
namespace {

using log_bench::text_of;

LogTime at_us(std::uint64_t time) { return LogTime{std::chrono::microseconds{static_cast<std::int64_t>(time)}}; }

void add_run(Tail& tail, std::uint64_t order, std::string_view lines) {
  tail.begin({order, at_us(order * 10), static_cast<std::uint8_t>(order % 2), Part::whole});
  tail.add(lines);
}

TEST_CASE("the tail is all that there was, as long as that is little") {
  Tail tail;
  CHECK(text_of(tail).empty());
  CHECK(!tail.run_at(0));
  add_run(tail, 1, "one\n");
  tail.add("");
  tail.add("two\n");
  CHECK(text_of(tail) == "one\ntwo\n");
  CHECK(tail.end() == 8);
}

TEST_CASE("each run of lines has its time and its stream") {
  Tail tail;
  add_run(tail, 1, "one\n");
  add_run(tail, 2, "three\n");
  add_run(tail, 4, "four\n");
  for (std::uint64_t position : {4U, 5U, 9U}) {
    auto run = tail.run_at(position);
    REQUIRE(run);
    CHECK(run->begin == 4);
    CHECK(run->end == 10);
    CHECK(run->mark.order == 2);
    CHECK(run->mark.time == at_us(20));
    CHECK(run->mark.which == 0);
  }
  CHECK(tail.run_at(3)->mark.order == 1);
  CHECK(tail.run_at(10)->mark.order == 4);
  CHECK(!tail.run_at(15));
}

TEST_CASE("the tail is the last whole lines of 64 KiB, each of the run that it came with") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Tail tail;
    std::string all;
    std::vector<std::uint64_t> ends{0};  // of runs; the order is the index
    for (std::uint64_t order = 1; order <= 40; ++order) {
      std::string lines = std::string(random() % 3'000, 'x') + "\n";
      for (std::size_t count = random() % 8; count > 0; --count) lines += std::string(random() % 3'000, 'x') + "\n";
      if (random() % 20 == 0) lines += std::string(100'000, 'y') + "\n" + std::string(random() % 40'000, 'z') + "\n";
      add_run(tail, order, lines);
      all += lines;
      ends.push_back(all.size());
    }
    REQUIRE(tail.end() == all.size());
    std::string last = text_of(tail);
    REQUIRE(all.ends_with(last));
    REQUIRE(last.size() <= Tail::kMaxBytes);
    if (all.size() <= Tail::kMaxBytes) {
      REQUIRE(last == all);
    } else {
      std::size_t before = all.size() - last.size();
      REQUIRE(all[before - 1] == '\n');
      // The line before it would not have had room.
      std::size_t line_before = before < 2 ? std::string::npos : all.rfind('\n', before - 2);
      REQUIRE(all.size() - (line_before == std::string::npos ? 0 : line_before + 1) >= Tail::kMaxBytes);
    }
    std::uint64_t position = 0;
    while (auto run = tail.run_at(position)) {
      REQUIRE(run->end == ends[run->mark.order]);
      REQUIRE(run->begin == std::max(ends[run->mark.order - 1], tail.first()));
      REQUIRE(run->mark.time == at_us(run->mark.order * 10));
      position = run->end;
    }
    REQUIRE(position == all.size());
  }
}

TEST_CASE("short lines that came one by one fill the tail up to so many runs") {
  Tail tail;
  std::string all;
  constexpr std::size_t kLines = 5 * Tail::kMaxRuns + 7;
  for (std::size_t i = 1; i <= kLines; ++i) {
    std::string line = std::to_string(i) + "\n";
    add_run(tail, i, line);
    all += line;
  }
  std::string last = text_of(tail);
  CHECK(all.ends_with("\n" + last));
  CHECK(std::count(last.begin(), last.end(), '\n') == Tail::kMaxRuns);
  CHECK(tail.run_at(0)->mark.order == kLines - Tail::kMaxRuns + 1);
  CHECK(tail.run_at(tail.end() - 1)->mark.order == kLines);
}

TEST_CASE("a part of a line is there as a whole or not at all") {
  Tail tail;
  for (std::uint64_t order = 1; order <= 10; ++order) {
    tail.begin({order, at_us(order), 0, order == 1 ? Part::first : Part::middle});
    tail.add(std::string(kMaxLine, 'x'));
    tail.add("\\\n");
  }
  CHECK(text_of(tail).size() == 3 * (kMaxLine + 2));
  CHECK(tail.run_at(0)->begin == 7 * (kMaxLine + 2));
}

}  // namespace
}  // namespace onit
