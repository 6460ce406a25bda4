#include "base/words.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

namespace onit {
namespace {

/// The words in brackets, or the complaint. The text lies in memory of exactly its length, so that a step over its end
/// is one too far.
std::string split(std::string_view text) {
  auto copy = std::make_unique<char[]>(text.size() + 1);
  text.copy(copy.get(), text.size());
  copy[text.size()] = '\0';
  auto words = split_words(copy.get());
  if (!words.ok()) return words.error().text;
  std::string shown;
  const char* end = copy.get() + text.size();
  const char* after_last = copy.get();
  for (const char* word : words.value()) {
    CHECK(word >= after_last);  // where it stood or before, and never over another
    after_last = word + std::string_view{word}.size() + 1;
    CHECK(after_last <= end + 1);
    shown += std::string{"["} + word + "]";
  }
  return shown;
}

}  // namespace

TEST_CASE("words are split at blanks, however many") {
  CHECK(split("") == "");
  CHECK(split(" \t\r\n") == "");
  CHECK(split("a") == "[a]");
  CHECK(split("a b") == "[a][b]");
  CHECK(split("  a\tb\n\nc\r ") == "[a][b][c]");
  CHECK(split("--drain 5s --env A=b=c") == "[--drain][5s][--env][A=b=c]");
  CHECK(split("a#b #c $X *") == "[a#b][#c][$X][*]");
  CHECK(split("a\vb") == "[a\vb]");
}

TEST_CASE("quotes hold a word together, also in the middle of it") {
  CHECK(split("'a b'") == "[a b]");
  CHECK(split("\"a b\"") == "[a b]");
  CHECK(split("A='b c'd") == "[A=b cd]");
  CHECK(split("a'b'\"c\"d e") == "[abcd][e]");
  CHECK(split("\"it's\" 'say \"x\"'") == "[it's][say \"x\"]");
  CHECK(split("'a'b 'c'") == "[ab][c]");
  CHECK(split("'a\nb'") == "[a\nb]");
}

TEST_CASE("quotes with nothing in them are a word, or nothing of one") {
  CHECK(split("''") == "[]");
  CHECK(split("\"\"") == "[]");
  CHECK(split("a '' b") == "[a][][b]");
  CHECK(split("'' '' ''") == "[][][]");
  CHECK(split("''a\"\"") == "[a]");
  CHECK(split("''\"\"") == "[]");
}

TEST_CASE("a backslash takes the meaning from what follows") {
  CHECK(split("a\\ b") == "[a b]");
  CHECK(split("\\a\\\\b") == "[a\\b]");
  CHECK(split("\\' \\\"") == "['][\"]");
  CHECK(split("\\ ") == "[ ]");
  CHECK(split("a\\  b") == "[a ][b]");
}

TEST_CASE("inside of single quotes a backslash is one") {
  CHECK(split("'a\\b'") == "[a\\b]");
  CHECK(split("'a\\' b") == "[a\\][b]");
  CHECK(split("'\\\\'") == "[\\\\]");
}

TEST_CASE("inside of double quotes a backslash counts only before what has a meaning there") {
  CHECK(split("\"a\\\"b\"") == "[a\"b]");
  CHECK(split("\"a\\\\b\"") == "[a\\b]");
  CHECK(split("\"\\$X \\`y\\`\"") == "[$X `y`]");
  CHECK(split("\"a\\nb\\'c\\ d\"") == "[a\\nb\\'c\\ d]");
  CHECK(split("\"\\\\\" x") == "[\\][x]");
}

TEST_CASE("a backslash at the end stands for itself") {
  CHECK(split("a\\") == "[a\\]");
  CHECK(split("\\") == "[\\]");
  CHECK(split("a \\") == "[a][\\]");
}

TEST_CASE("a quote that nobody closes is an error") {
  for (const char* text :
       {"'", "\"", "a 'b", "a \"b c", "'a\"", "\"a'", "\"a\\\"", "'a' 'b", "a'", "\"\\", "x '\\''"}) {
    CAPTURE(text);
    CHECK(split(text) == "a quote is not closed");
  }
}

}  // namespace onit
