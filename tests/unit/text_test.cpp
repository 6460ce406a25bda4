#include "base/text.hpp"

#include <doctest/doctest.h>

namespace onit {

TEST_CASE("foreign text in a message has no control characters, neither of ASCII nor of Unicode") {
  CHECK(concat(quoted("a\x1b[2J\n\x7f")) == "'a?[2J?\?'");
  CHECK(concat(quoted("a\u009b2J\u00a0\u00e4")) == "'a?2J\u00a0\u00e4'");
  CHECK(quoted("a\u009b", 2) == "'a...'");
  CHECK(concat(quoted("a\xc2")) == "'a?'");
}

TEST_CASE("foreign text is cut in front of what does not fit, and has one '?' for each character or byte") {
  CHECK(shown_text("") == "");
  CHECK(shown_text("\xff\xc3(\xe2\x82\u009f\u00a0") == "?\?(?\?\?\u00a0");
  CHECK(shown_text("a\u00e4b", 2) == "a");
  CHECK(shown_text("a\u00e4b", 3) == "a\u00e4");
  CHECK(shown_text("a\u0080b", 2) == "a?");
  CHECK(shown_text({"a\0b", 3}) == "a?b");
}

TEST_CASE("the parts of a text are texts of any kind, numbers, characters and durations") {
  using namespace std::chrono_literals;
  const std::string name = "web";
  CHECK(filled("% %: %/%", name, std::string_view{"is up now"}.substr(0, 5), 'a', "b%") == "web is up: a/b%");
  CHECK(concat(-1, " ", UINT64_MAX, " ", INT64_MIN, " ", std::uint8_t{7}) ==
        "-1 18446744073709551615 -9223372036854775808 7");
  CHECK(filled("% after %", quoted("x\n"), Millis{1250ms}) == "'x?' after 1.25 s");
  CHECK(concat() == "");
  std::string text = "0";
  add_filled(text, "%%%%%%%%%%%%%%%%", 1, 2, 3, 4, 5, 6, 7, 8, 9, 'a', "b", name, "d", "e", quoted("f"), 1ms * 2);
  CHECK(text == "0123456789abwebde'f'2 ms");
}

}  // namespace onit
