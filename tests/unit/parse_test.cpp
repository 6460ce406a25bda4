#include "base/parse.hpp"

#include <doctest/doctest.h>

namespace onit {

TEST_CASE("a number is digits and nothing else") {
  CHECK(parse_number("0", 9) == 0u);
  CHECK(parse_number("007", 9) == 7u);
  CHECK(parse_number("255", 255) == 255u);
  for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1x", "0x1", "256"}) CHECK_FALSE(parse_number(bad, 255));
}

TEST_CASE("a number may be as large as its type and not larger") {
  CHECK(parse_number("18446744073709551615", UINT64_MAX) == UINT64_MAX);
  CHECK_FALSE(parse_number("18446744073709551616", UINT64_MAX));
  CHECK_FALSE(parse_number("99999999999999999999999", UINT64_MAX));
}

TEST_CASE("a signed number keeps to its range") {
  CHECK(parse_signed("-20", -20, 19) == -20);
  CHECK(parse_signed("+19", -20, 19) == 19);
  for (const char* bad : {"-21", "20", "-", "+", "--1", ""}) CHECK_FALSE(parse_signed(bad, -20, 19));
}

TEST_CASE("a duration has units, largest first") {
  CHECK(parse_duration("250ms") == Millis{250});
  CHECK(parse_duration("10s") == Millis{10'000});
  CHECK(parse_duration("1m30s") == Millis{90'000});
  CHECK(parse_duration("2h5ms") == Millis{7'200'005});
  CHECK(parse_duration("90s") == Millis{90'000});
}

TEST_CASE("only zero needs no unit") {
  CHECK(parse_duration("0") == Millis{0});
  CHECK(parse_duration("0s") == Millis{0});
  CHECK_FALSE(parse_duration("5"));
}

TEST_CASE("what is no duration is none") {
  for (const char* bad :
       {"", "s", "1s1m", "1s1s", "-1s", "1.5s", "1 s", "1d", "1S", "1ms2", "99999999999h", "87841h"}) {
    CAPTURE(bad);
    CHECK_FALSE(parse_duration(bad));
  }
}

}  // namespace onit
