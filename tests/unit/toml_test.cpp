#include "config/toml.hpp"

#include <doctest/doctest.h>

namespace onit::toml {
namespace {

/// Every problem as `line:column: text`.
std::vector<std::string> problems(std::string_view text) {
  std::vector<std::string> found;
  for (const Problem& problem : parse(text).problems) {
    found.push_back(std::to_string(problem.at.line) + ":" + std::to_string(problem.at.column) + ": " + problem.text);
  }
  return found;
}

std::string only_problem(std::string_view text) {
  auto found = problems(text);
  REQUIRE(found.size() == 1);
  return found[0];
}

}  // namespace

TEST_CASE("keys and values know their places, counted in characters") {
  Document document = parse("\n  \"\u00e9t\u00e9\" = [1, 'x']\n[a.b]\nc = 2\n");
  REQUIRE(document.problems.empty());
  const Entry& summer = document.root.entries[0];
  CHECK(summer.at.line == 2);
  CHECK(summer.at.column == 3);
  CHECK(summer.value.at.column == 11);
  const auto& items = std::get<Array>(summer.value.content);
  CHECK(items[1].at.column == 15);
  const auto& a = std::get<Table>(document.root.find("a")->content);
  const auto& b = std::get<Table>(a.find("b")->content);
  CHECK(std::get<std::int64_t>(b.find("c")->content) == 2);
}

TEST_CASE("each problem of a document is told, not only the first") {
  CHECK(problems("a = \nb = nope\nc = 1\nc = 2\n[x\ny = 1\n[t]\nz = 'ok' 1\n") ==
        std::vector<std::string>{"1:5: a value belongs here, not the end of the line",
                                 "2:5: 'nope' is no value; text takes quotes", "4:1: 'c' is there already, in line 3",
                                 "5:3: ']' belongs here, not the end of the line",
                                 "8:10: nothing can follow a value on its line, but there is '1'"});
}

TEST_CASE("a problem in the middle of an array says nothing about the lines behind it") {
  CHECK(only_problem("a = 10s\n") == "1:5: '10s' is no number, date or time; text takes quotes");
  CHECK(only_problem("a = [\n  1,\n  two,\n  'three'\n]\nb = 1\n") == "3:3: 'two' is no value; text takes quotes");
}

TEST_CASE("an inline table on several lines is one problem, and what is in it stays in it") {
  constexpr char kTold[] =
      "1:5: an inline table ends on the line where it begins; a table of its own, [a.b], may have several";
  for (const char* text : {"a = {\n  b = 1,\n  c = 2\n}\nd = 3\n", "a = {b = 1,\n c = 2,\n}\nd = 3\n",
                           "a = { # of\n\n b = 1 # one\n , c = 2 }\nd = 3\n", "a = {b = 1, c = [\n2]\r\n}\nd = 3\n"}) {
    CAPTURE(text);
    Document document = parse(text);
    CHECK(only_problem(text) == kTold);
    CHECK(document.root.entries.size() == 2);
    CHECK(document.root.find("d") != nullptr);
  }
  CHECK(only_problem("a = {\n}\n") == kTold);
  CHECK(only_problem("a = { b = 1,\n c = { d = 2 } }\n") == kTold);
  // The '}' is forgotten.
  CHECK(only_problem("a = { b = 1\n[d]\ne = 3\n") == "1:12: ',' or '}' belongs here, not the end of the line");
  CHECK(only_problem("a = { b = 1\nd = 3\n") == "1:12: ',' or '}' belongs here, not the end of the line");
  CHECK(parse("a = { b = 1,\n[d]\ne = 3\n").root.find("d") != nullptr);
}

TEST_CASE("what is below a header that is wrong is read all the same, but not mistaken for another table's") {
  Document document = parse("a = 1\n[a]\nb = 2\n[c]\nd = 3\n");
  CHECK(document.problems.size() == 1);
  CHECK(document.root.find("b") == nullptr);
  CHECK(document.root.find("c") != nullptr);
}

TEST_CASE("nesting and dotted keys have a limit") {
  std::string deep(100'000, '[');
  CHECK(only_problem("a = " + deep) == "1:37: this nests too deep");
  std::string dotted = "a";
  for (int i = 0; i < 100'000; ++i) dotted += ".a";
  CHECK(only_problem(dotted + " = 1") == "1:65: this key has too many parts");
}

TEST_CASE("a table of many keys finds each of them, and none twice") {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += "k" + std::to_string(i) + " = " + std::to_string(i) + "\n";
  Document document = parse(text + "k49999 = 1\nk7.x = 1\n");
  CHECK(document.problems.size() == 2);
  for (int i = 0; i < 50'000; ++i) {
    const Value* value = document.root.find("k" + std::to_string(i));
    REQUIRE(value != nullptr);
    REQUIRE(std::get<std::int64_t>(value->content) == i);
  }
  CHECK(document.root.find("k50000") == nullptr);
}

TEST_CASE("there is a limit to how many problems are told") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "= 1\n";
  CHECK(problems(text).size() == kMostProblems);
}

TEST_CASE("bytes that are not UTF-8 and control characters are told with their places") {
  CHECK(only_problem("a = 1\nb = '\xff'\n") == "2:6: this is not UTF-8");
  CHECK(only_problem("a = '\x01'") == "1:6: a control character; in quotes it can be written as \\u00XX");
  CHECK(only_problem("a = 1\r b = 2") == "1:6: a control character; in quotes it can be written as \\u00XX");
}

}  // namespace onit::toml
