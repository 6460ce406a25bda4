#include "base/utf8.hpp"

#include <doctest/doctest.h>

namespace onit {

TEST_CASE("a character is as long as its bytes") {
  CHECK(utf8_length("a") == 1);
  CHECK(utf8_length("\xc3\xa9t\xc3\xa9") == 2);
  CHECK(utf8_length("\xe2\x82\xac") == 3);
  CHECK(utf8_length("\xf0\x9f\x90\xb3") == 4);
  CHECK(utf8_length(std::string_view{"\0", 1}) == 1);
}

TEST_CASE("what is not well-formed has no length") {
  CHECK(utf8_length("") == 0);
  const char* bad[] = {
      "\x80",
      "\xff",
      "\xc3",
      "\xc3(",
      "\xe2\x82",
      "\xe2\x82(",
      "\xf0\x9f\x90",  // alone or cut short
      "\xc0\x80",
      "\xc1\xbf",
      "\xe0\x80\x80",
      "\xf0\x80\x80\x80",  // overlong
      "\xed\xa0\x80",
      "\xed\xbf\xbf",  // surrogates
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",  // beyond Unicode
  };
  for (const char* text : bad) CHECK(utf8_length(text) == 0);
  CHECK(utf8_length("\xed\x9f\xbf") == 3);
  CHECK(utf8_length("\xee\x80\x80") == 3);
  CHECK(utf8_length("\xf4\x8f\xbf\xbf") == 4);
}

}  // namespace onit
