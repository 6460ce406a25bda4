#include <doctest/doctest.h>

#include <random>
#include <string>

#include "log/tail.hpp"

namespace onit {
namespace {

TEST_CASE("the tail is all that there was, as long as that is little") {
  Tail tail;
  CHECK(tail.lines().empty());
  tail.add("one\n");
  tail.add("");
  tail.add("two\n");
  CHECK(tail.lines() == "one\ntwo\n");
}

TEST_CASE("the tail is the last whole lines of 64 KiB") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    Tail tail;
    std::string all;
    for (int i = 0; i < 40; ++i) {
      std::string lines;
      for (std::size_t count = random() % 8; count > 0; --count) lines += std::string(random() % 3'000, 'x') + "\n";
      if (random() % 20 == 0) lines += std::string(100'000, 'y') + "\n" + std::string(random() % 40'000, 'z') + "\n";
      tail.add(lines);
      all += lines;
    }
    std::string last = tail.lines();
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
  }
}

}  // namespace
}  // namespace onit
