#include "base/suggest.hpp"

#include <doctest/doctest.h>

#include <string>

namespace onit {

TEST_CASE("the distance of two words is the number of changed letters") {
  CHECK(edit_distance("forward", "forward") == 0);
  CHECK(edit_distance("foward", "forward") == 1);
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("words beyond any option's length are simply far apart") {
  CHECK(edit_distance(std::string(65, 'a'), "a") == 65);
}

TEST_CASE("a slip of the finger is recognized and another word is not") {
  CHECK(is_likely_typo("foward", "forward"));
  CHECK(is_likely_typo("grace-period", "stop-grace-period"));
  CHECK(is_likely_typo("drian", "drain") == (edit_distance("drian", "drain") <= 1));
  CHECK_FALSE(is_likely_typo("wait", "user"));
  CHECK_FALSE(is_likely_typo("x", "env"));
}

}  // namespace onit
