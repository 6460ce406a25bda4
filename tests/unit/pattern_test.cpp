#include "base/pattern.hpp"

#include <doctest/doctest.h>
#include <regex.h>

#include <ctime>
#include <iterator>
#include <random>
#include <string>

namespace {

using namespace onit;

std::string fault(std::string_view expression) {
  auto compiled = Pattern::compile(expression);
  return compiled.ok() ? "none" : compiled.error().text;
}

bool matches(std::string_view expression, std::string_view line) {
  auto compiled = Pattern::compile(expression);
  INFO(std::string{expression});
  REQUIRE(compiled.ok());
  return compiled.value().matches(line);
}

struct Case {
  const char* expression;
  const char* line;
  bool is_match;
};

void check(const Case& wanted) {
  INFO("expression: ", wanted.expression);
  INFO("line: ", wanted.line);
  CHECK(fault(wanted.expression) == "none");
  CHECK(matches(wanted.expression, wanted.line) == wanted.is_match);
}

/// The processor's time to compile an expression and, if it is one, to look through a line with it.
double seconds_for(std::string_view expression, std::string_view line) {
  std::clock_t start = std::clock();
  auto compiled = Pattern::compile(expression);
  if (compiled.ok()) compiled.value().matches(line);
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

/// Makes expressions and lines of a few characters.
class Maker {
 public:
  explicit Maker(unsigned seed) : random_(seed) {}

  std::string expression(int depth, bool has_anchors = true) {
    std::string made = branch(depth, has_anchors);
    while (below(4) == 0) made += "|" + branch(depth, has_anchors);
    return made;
  }

  std::string line() {
    std::string made;
    for (unsigned i = below(9); i > 0; --i) made += "abc-"[below(4)];
    return made;
  }

 private:
  unsigned below(unsigned limit) { return static_cast<unsigned>(random_() % limit); }

  std::string branch(int depth, bool has_anchors) {
    std::string made = has_anchors && below(8) == 0 ? "^" : "";
    for (unsigned i = below(3) + 1; i > 0; --i) {
      // glibc forgets the anchors of a group where it repeats it: for it, '(^a){2}' is in 'aa'.
      bool is_repeated = below(2) == 0;
      made += atom(depth, has_anchors && !is_repeated) + (is_repeated ? repetition() : "");
    }
    return made + (has_anchors && below(8) == 0 ? "$" : "");
  }

  std::string atom(int depth, bool has_anchors) {
    constexpr const char* kAtoms[] = {
        "a", "b", "c", ".", "[ab]", "[^a]", "[a-]", "[a-c]", "[[:alpha:]]", "[^[:punct:]b]", "\\-", "[]^a]"};
    if (depth > 0 && below(3) == 0) return "(" + expression(depth - 1, has_anchors) + ")";
    return kAtoms[below(std::size(kAtoms))];
  }

  std::string repetition() {
    constexpr const char* kRepetitions[] = {"*", "+", "?", "{2}", "{0,2}", "{1,}", "{2,3}", "{0}"};
    return kRepetitions[below(std::size(kRepetitions))];
  }

  std::mt19937 random_;
};

}  // namespace

TEST_CASE("an expression is found anywhere in a line") {
  constexpr Case kCases[] = {
      {"ready", "it is ready now", true},
      {"ready", "Ready", false},
      {"ready", "read", false},
      {"ready", "", false},
      {"a*", "", true},
      {"aab", "aaab", true},
      {"^ready", "ready", true},
      {"^ready", "not ready", false},
      {"ready$", "not ready", true},
      {"ready$", "ready now", false},
      {"^$", "", true},
      {"^$", "a", false},
      {"a^b", "a^b", false},
      {"^a|b$", "xb", true},
      {"(^| )up( |$)", "it is up", true},
      {"(^| )up( |$)", "upper", false},
  };
  for (const Case& wanted : kCases) check(wanted);
}

TEST_CASE("repetitions, alternatives and groups") {
  constexpr Case kCases[] = {
      {"^ab*c$", "ac", true},         {"^ab*c$", "abbbc", true},
      {"^ab+c$", "ac", false},        {"^ab+c$", "abbc", true},
      {"^ab?c$", "ac", true},         {"^ab?c$", "abbc", false},
      {"^a{3}$", "aa", false},        {"^a{3}$", "aaa", true},
      {"^a{3}$", "aaaa", false},      {"^a{2,}$", "a", false},
      {"^a{2,}$", "aaaaa", true},     {"^a{0,}$", "", true},
      {"^a{1,3}$", "", false},        {"^a{1,3}$", "aaa", true},
      {"^a{1,3}$", "aaaa", false},    {"^xa{0}y$", "xy", true},
      {"^xa{0}y$", "xay", false},     {"^(ab|c){2}$", "abc", true},
      {"^(ab|c){2}$", "abcc", false}, {"^(a|b|c|d)$", "c", true},
      {"^(a|b|c|d)$", "cd", false},   {"^((a*)*|b)*$", "aabba", true},
      {"^(a{0})*b$", "b", true},      {"^(a{0})+b$", "b", true},
      {"^a**$", "aaa", true},         {"^(a|b)*c(d|e)$", "ababce", true},
  };
  for (const Case& wanted : kCases) check(wanted);
}

TEST_CASE("sets, classes and what is meant as it is") {
  constexpr Case kCases[] = {
      {"^[a-c]$", "b", true},
      {"^[a-c]$", "d", false},
      {"^[^a-c]$", "b", false},
      {"^[^a-c]$", "d", true},
      {"^[]a]$", "]", true},
      {"^[^]a]$", "]", false},
      {"^[a-]$", "-", true},
      {"^[-a]$", "-", true},
      {"^[+--]$", ",", true},
      {"^[\\]$", "\\", true},
      {"^[[:digit:]]{3}$", "042", true},
      {"^[[:digit:]]$", "a", false},
      {"^[[:alpha:]_]$", "_", true},
      {"^[[:alnum:]]+$", "aZ9", true},
      {"^[[:space:]]+$", " \t\r", true},
      {"^[[:upper:]]$", "a", false},
      {"^[[:lower:]]$", "a", true},
      {"^[[:punct:]]+$", "!/:@[`{~", true},
      {"^[[:xdigit:]]+$", "09afAF", true},
      {"^[[:xdigit:]]$", "g", false},
      {"^[[:blank:]]$", "\t", true},
      {"^[[:cntrl:]]$", "\x1b", true},
      {"^[[:print:]]$", " ", true},
      {"^[[:graph:]]$", " ", false},
      {"^[^[:space:]]+$", "a b", false},
      {"^\\^\\.\\[\\]\\$\\(\\)\\|\\*\\+\\?\\{\\}\\\\\\/$", "^.[]$()|*+?{}\\/", true},
      {"a\\.b", "axb", false},
      {"^]}$", "]}", true},
  };
  for (const Case& wanted : kCases) check(wanted);
}

TEST_CASE("a dot and a negated set take a whole character, and any byte that is part of none") {
  constexpr Case kCases[] = {
      {"^.$", "\xc3\xa4", true},
      {"^..$", "\xc3\xa4", false},
      {"^.$", "\xf0\x9f\x9a\x80", true},
      {"^[^a]{2}$", "\xe2\x82\xac\xc3\xa4", true},
      {"^[^a]$", "\xe2\x82\xac\xc3\xa4", false},
      {"^...$", "\xa4\xc3\xff", true},
      {"^.$", "\xe2\x82", false},
      {"^\xc3\xa4+$", "\xc3\xa4\xc3\xa4", true},
      {"^\xc3\xa4?$", "\xc3", false},
      {"^(\xc3\xa4|\xc3\xb6)$", "\xc3\xb6", true},
      {"\xa4", "\xa4", true},
      {"\xa4", "\xc3\xa4", false},
  };
  for (const Case& wanted : kCases) check(wanted);
  CHECK(matches("a.b", std::string_view{"a\0b", 3}));
}

TEST_CASE("what cannot be used is named, with its place") {
  constexpr struct {
    const char* expression;
    const char* fault;
  } kCases[] = {
      {"", "it is empty"},
      {"*", "at 1: '*' has nothing to repeat"},
      {"abc|+", "at 5: '+' has nothing to repeat"},
      {"(?i)a", "at 2: '?' has nothing to repeat"},
      {"^*", "at 2: '*' has nothing to repeat"},
      {"a$+", "at 3: '+' has nothing to repeat"},
      {"{2}", "at 1: '{' has nothing to repeat"},
      {"a|", "at 3: nothing to look for"},
      {"|a", "at 1: nothing to look for"},
      {"()", "at 2: nothing to look for"},
      {"(a", "at 1: '(' is not closed"},
      {"(", "at 1: '(' is not closed"},
      {"(a|", "at 1: '(' is not closed"},
      {"a)", "at 2: ')' closes nothing"},
      {")", "at 1: ')' closes nothing"},
      {"a[b", "at 2: '[' is not closed"},
      {"[]", "at 1: '[' is not closed"},
      {"[a-", "at 1: '[' is not closed"},
      {"[z-a]", "at 2: the range ends before it begins"},
      {"[a-[:digit:]]", "at 2: a range goes from one character to another"},
      {"[[:digits:]]",
       "at 2: an unknown class; there are [:digit:], [:alpha:], [:alnum:], [:space:] and the others of isalpha(3)"},
      {"[[=a=]]", "at 2: [. and [= are not known; [:alpha:] and the like are"},
      {"[\xc3\xa4]", "at 2: only characters of ASCII go between '[' and ']'; write alternatives for others, as (a|b)"},
      {"a{", "at 3: a repetition has a number from 0 to 255 here; the character '{' is written as \\{"},
      {"a{256}", "at 3: a repetition has a number from 0 to 255 here; the character '{' is written as \\{"},
      {"a{1,x}", "at 5: a repetition has a number from 0 to 255 here; the character '{' is written as \\{"},
      {"a{1", "at 2: a repetition is {m}, {m,} or {m,n}; the character is written as \\{"},
      {"a{3,2}", "at 2: the repetition ends before it begins"},
      {"a\\", "at 2: '\\' has nothing behind it"},
      {"port \\d+", "at 6: '\\' goes before punctuation only; a set is written as [0-9], [[:space:]] or [[:alnum:]_]"},
      {"\\<a", "at 1: '\\' goes before punctuation only; a set is written as [0-9], [[:space:]] or [[:alnum:]_]"},
      {"(a)\\1", "at 4: a '\\' and a digit: what a group has found is not looked for again"},
      {"(a{250}){4}", "too large: with its repetitions it has more than 1000 states"},
  };
  for (const auto& wanted : kCases) {
    INFO(wanted.expression);
    CHECK(fault(wanted.expression) == wanted.fault);
  }
}

TEST_CASE("the limits are met exactly") {
  CHECK(fault(std::string(999, 'a')) == "none");
  CHECK(fault(std::string(1025, 'a')) == "it is longer than 1024 bytes");
  CHECK(fault(std::string(32, '(') + "a" + std::string(32, ')')) == "none");
  CHECK(fault(std::string(33, '(') + "a" + std::string(33, ')')) == "at 33: more than 32 groups in each other");
  // With the one that says that it matches.
  CHECK(fault("(a{99}){10}a{9}") == "none");
  CHECK(fault("(a{99}){10}a{10}") == "too large: with its repetitions it has more than 1000 states");
  std::string line(1023, 'x');
  CHECK(matches("y", line + "y"));
  CHECK(matches("y$", line + "y"));
  CHECK(!matches("y", line + "xy"));
  CHECK(!matches("x$", line + "xx"));
}

TEST_CASE("no expression and no line takes long") {
  std::string line(16'384, 'a');
  std::string many;
  while (many.size() < 1000) many += "(a|b|[ab])*";
  for (const char* expression :
       {"((a?){40}){40}listening", "((a*)*)*b", "(a|aa)+$b", "(((((a{255}){255}){255}){255}){255}){255}",
        "(.{1,40}){1,40}b", "(.{1,22}){1,22}b", "((a?){22}){22}b", "((((a?){0,6}){0,6}){0,6}){0,6}b",
        "((a{0}){255}){255}", "(((((((a{0,1})*)*)*)*)*)*)*b", many.c_str()}) {
    INFO(expression);
    // A few milliseconds, but for the sanitizers; a search that is not linear takes minutes.
    CHECK(seconds_for(expression, line) < 0.5);
  }
}

TEST_CASE("what matches is what libc says, for thousands of small expressions") {
  int compared = 0;
  for (unsigned seed = 1; seed <= 5'000; ++seed) {
    Maker maker(seed);
    std::string expression = maker.expression(2);
    regex_t judge;
    if (::regcomp(&judge, expression.c_str(), REG_EXTENDED | REG_NOSUB) != 0) continue;
    auto compiled = Pattern::compile(expression);
    if (compiled.ok()) {
      for (int i = 0; i < 20; ++i) {
        std::string line = maker.line();
        INFO("seed ", seed, ": ", expression, " in '", line, "'");
        CHECK(compiled.value().matches(line) == (::regexec(&judge, line.c_str(), 0, nullptr, 0) == 0));
        ++compared;
      }
    } else {
      INFO("seed ", seed, ": ", expression, ": ", compiled.error().text);
      CHECK(compiled.error().text.starts_with("too large"));
    }
    ::regfree(&judge);
  }
  CHECK(compared > 90'000);
}
