#include <doctest/doctest.h>

#include "log/drop_news.hpp"

namespace onit {
namespace {

TEST_CASE("that lines are dropped is told at the first, and how many when some go out again") {
  DropNews news;
  DropNews::Time now{std::chrono::hours{1}};
  CHECK(!news.has_untold());
  CHECK(news.on_drop(3, now));
  CHECK(!news.on_drop(4, now));
  CHECK(news.has_untold());
  CHECK(news.on_passed(now) == 7);
  CHECK(!news.has_untold());
}

TEST_CASE("lines that are dropped time and again are told of once in ten seconds, and none is forgotten") {
  DropNews news;
  DropNews::Time begin{std::chrono::hours{1}};
  int told = 0;
  std::uint64_t lines = 0;
  for (int tenth = 0; tenth < 300; ++tenth) {
    DropNews::Time now = begin + tenth * std::chrono::milliseconds{100};
    if (news.on_drop(1, now)) ++told;
    lines += news.on_passed(now);
  }
  CHECK(told == 3);
  CHECK(lines == 201);
  CHECK(news.on_passed(begin + std::chrono::milliseconds{29'999}) == 0);
  CHECK(news.on_passed(begin + std::chrono::seconds{30}) == 99);
}

}  // namespace
}  // namespace onit
