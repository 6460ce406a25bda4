#include "base/text.hpp"

#include <doctest/doctest.h>

namespace onit {

TEST_CASE("foreign text in a message has no control characters, neither of ASCII nor of Unicode") {
  CHECK(quoted("a\x1b[2J\n\x7f") == "'a?[2J?\?'");
  CHECK(quoted("a\u009b2J\u00a0\u00e4") == "'a?\?2J\u00a0\u00e4'");
  CHECK(quoted("a\u009b", 2) == "'a...'");
  CHECK(quoted("a\xc2") == "'a\xc2'");
}

}  // namespace onit
