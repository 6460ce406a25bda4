#include "config/env_file.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace onit {
namespace {

/// The environment of every test: HOST=outside, EMPTY is empty, nothing else is set.
std::optional<std::string_view> find_in_test_environment(const void*, std::string_view name) {
  if (name == "HOST") return "outside";
  if (name == "EMPTY") return "";
  return std::nullopt;
}

constexpr Lookup kEnvironment{find_in_test_environment, nullptr};

/// The variables as `[name=value]` one after the other, or `error LINE: ...`.
std::string parsed(std::string_view text) {
  auto variables = parse_env_file(text, kEnvironment);
  if (!variables.ok()) return "error " + variables.error().text;
  std::string shown;
  for (const Variable& variable : variables.value()) shown += "[" + variable.name + "=" + variable.value + "]";
  return shown;
}

std::string expanded(std::string_view text) {
  auto result = interpolate(text, Escapes::none, kEnvironment);
  return result.ok() ? result.value() : "error " + result.error().text;
}

std::vector<std::string> warnings_about(std::string_view text) {
  std::vector<std::string> warnings;
  (void)parse_env_file(text, kEnvironment, {&warnings, "f"});
  return warnings;
}

/// A variable name for each number.
std::string numbered(int number) { return "V" + std::to_string(number); }

}  // namespace

TEST_CASE("blank lines and lines that begin with # are ignored") {
  CHECK(parsed("") == "");
  CHECK(parsed("\n \t\n# A=1\n  # B=2\nC=3\n\n") == "[C=3]");
}

TEST_CASE("the last line needs no newline") {
  CHECK(parsed("A=1\nB=2") == "[A=1][B=2]");
  CHECK(parsed("A='1'") == "[A=1]");
  CHECK(parsed("HOST") == "[HOST=outside]");
  CHECK(parsed("# nothing") == "");
}

TEST_CASE("an inline comment needs a blank before it") {
  CHECK(parsed("A=x # note") == "[A=x]");
  CHECK(parsed("A=x\t# note") == "[A=x]");
  CHECK(parsed("A=x# part of it") == "[A=x# part of it]");
  CHECK(parsed("A=#x") == "[A=#x]");
  CHECK(parsed("A=x #1 #2") == "[A=x]");
}

TEST_CASE("a value that is only a comment is empty") { CHECK(parsed("A= # note\nB=1") == "[A=][B=1]"); }

TEST_CASE("blanks around the name and the value do not count") {
  CHECK(parsed("  A = some words  \n\tB=\t2") == "[A=some words][B=2]");
  CHECK(parsed("A=\v\f \r\tx\t\r \f\v") == "[A=x]");
}

TEST_CASE("a colon separates like an equals sign") { CHECK(parsed("A: x:y=z") == "[A=x:y=z]"); }

TEST_CASE("only the first = separates") { CHECK(parsed("A=b=c=") == "[A=b=c=]"); }

TEST_CASE("nothing after = is the empty value") { CHECK(parsed("A=\nB=''\nC=\"\"\nD=") == "[A=][B=][C=][D=]"); }

TEST_CASE("export before a name is ignored") {
  CHECK(parsed("export A=1\n export\tB=2") == "[A=1][B=2]");
  CHECK(parsed("export HOST") == "[HOST=outside]");
}

TEST_CASE("a variable may be called export or begin with it") {
  CHECK(parsed("export=1\nexportA=2\nexport.b=3") == "[export=1][exportA=2][export.b=3]");
  CHECK(parsed("export = 1") == "[export=1]");
}

TEST_CASE("lines may end with CR LF") {
  CHECK(parsed("A=1\r\n\r\n# c\r\nB='2'\r\nHOST\r\nC=\r\n") == "[A=1][B=2][HOST=outside][C=]");
}

TEST_CASE("a line break inside quotes stays as it is in the file") {
  CHECK(parsed("A=\"1\r\n2\"\r\nB='1\n2'\n") == "[A=1\r\n2][B=1\n2]");
}

TEST_CASE("a UTF-8 byte order mark is skipped in front only") {
  CHECK(parsed("\xEF\xBB\xBF"
               "A=1") == "[A=1]");
  CHECK(parsed("\xEF\xBB\xBF") == "");
  CHECK(parsed("A=1\n\xEF\xBB\xBF"
               "B=2")
            .starts_with("error 2: "));
}

TEST_CASE("a # inside quotes is part of the value and a comment may follow them") {
  CHECK(parsed("A=\"x # y\" # note\nB='x # y'# note") == "[A=x # y][B=x # y]");
}

TEST_CASE("of duplicates the last value counts, in the place of the first") {
  CHECK(parsed("A=1\nB=2\nA=3") == "[A=3][B=2]");
}

TEST_CASE("single quotes are literal but for an escaped quote") {
  CHECK(parsed(R"(A='$HOST ${HOST} $$ \n \" "')") == R"([A=$HOST ${HOST} $$ \n \" "])");
  CHECK(parsed(R"(A='Let\'s go')") == "[A=Let's go]");
  CHECK(parsed(R"(A='two\\')") == R"([A=two\\])");
  CHECK(parsed(R"(A='two\\\'s')") == R"([A=two\\'s])");
}

TEST_CASE("double quotes know \\n \\r \\t \\\\ \\\" \\$ and keep other backslashes") {
  CHECK(parsed(R"(A="a\nb\rc\td\\e\"f\$HOST")") == "[A=a\nb\rc\td\\e\"f$HOST]");
  CHECK(parsed(R"(A="\d \' \x")") == R"([A=\d \' \x])");
  CHECK(parsed(R"(A="\\n")") == R"([A=\n])");
  CHECK(parsed(R"(A="x\n")") == "[A=x\n]");
}

TEST_CASE("double quoted and unquoted values interpolate") {
  CHECK(parsed("A=\"<$HOST>\"\nB=<$HOST>") == "[A=<outside>][B=<outside>]");
  CHECK(parsed("A=\"${NO:-\\\"x\\\"}\"") == "[A=\"x\"]");
}

TEST_CASE("a backslash means nothing in an unquoted value") {
  CHECK(parsed(R"(A=C:\new\dir)") == R"([A=C:\new\dir])");
  CHECK(parsed(R"(A=\$HOST)") == R"([A=\outside])");
}

TEST_CASE("quotes inside an unquoted value are part of it") { CHECK(parsed("A=it's \"so\"") == "[A=it's \"so\"]"); }

TEST_CASE("names are looked up in the environment first, then in earlier lines") {
  CHECK(parsed("HOST=inside\nA=$HOST") == "[HOST=inside][A=outside]");
  CHECK(parsed("X=1\nA=$X\nX=2\nB=$X") == "[X=2][A=1][B=2]");
  CHECK(parsed("A=<$LATER>\nLATER=1") == "[A=<>][LATER=1]");
}

TEST_CASE("what interpolation inserts is not interpolated again") {
  CHECK(parsed("A='$HOST'\nB=$A") == "[A=$HOST][B=$HOST]");
}

TEST_CASE("a bare name inherits from the environment and is skipped if it is not set there") {
  CHECK(parsed("HOST\nNOT_SET\nEMPTY # note\nA=1") == "[HOST=outside][EMPTY=][A=1]");
  CHECK(parsed("A=1\nA") == "[A=1]");
}

TEST_CASE("a name has letters, digits, _ . and -, and begins with a letter or _") {
  CHECK(parsed("_a.B-1=x") == "[_a.B-1=x]");
  CHECK(is_variable_name("a"));
  CHECK_FALSE(is_variable_name(""));
  CHECK_FALSE(is_variable_name("1a"));
  CHECK_FALSE(is_variable_name(".a"));
  CHECK_FALSE(is_variable_name("-a"));
  CHECK_FALSE(is_variable_name("a b"));
  CHECK_FALSE(is_variable_name("a="));
  CHECK_FALSE(is_variable_name("\xC3\xA9"));
}

TEST_CASE("a bad name is an error with its line") {
  CHECK(parsed("A=1\nB C=2") ==
        "error 2: 'B C' is not a variable name: use letters, digits, '_', '.' and '-', a letter or '_' first");
  CHECK(parsed("=1").starts_with("error 1: '' is not"));
  CHECK(parsed("1A=1").starts_with("error 1: '1A' is not"));
  CHECK(parsed("lol$wut").starts_with("error 1: 'lol$wut' is not"));
  CHECK(parsed("NAME#x").starts_with("error 1: 'NAME#x' is not"));
  CHECK(parsed("export A B").starts_with("error 1: 'A B' is not"));
}

TEST_CASE("an error message shows foreign text on one line and cut short") {
  CHECK(parsed("a\x1b[1m=").starts_with("error 1: 'a?[1m' is not"));
  CHECK(parsed(std::string(100, '%')).starts_with("error 1: '" + std::string(40, '%') + "...' is not"));
  CHECK(parsed(std::string(39, '%') + "\xC3\xA9").starts_with("error 1: '" + std::string(39, '%') + "...' is not"));
  CHECK(parsed(std::string(100, '\x80')).starts_with("error 1: '...' is not"));
}

TEST_CASE("an unterminated quote is an error with the line where it began") {
  CHECK(parsed("A=1\nB=\"x\nC=2\n") == "error 2: unterminated '\"' quote: add the closing quote");
  CHECK(parsed("A='x\n\n") == "error 1: unterminated \"'\" quote: add the closing quote");
  CHECK(parsed("A=\"").starts_with("error 1: unterminated"));
  CHECK(parsed("A=\"\\").starts_with("error 1: unterminated"));
  CHECK(parsed("A=\"x\\\"").starts_with("error 1: unterminated"));
}

TEST_CASE("text behind a closing quote is an error") {
  CHECK(parsed("\nA=\"x\" y") == "error 2: 'y' after the closing quote: put the whole value inside the quotes");
  CHECK(parsed("A='x''y'").starts_with("error 1: ''y'' after"));
}

TEST_CASE("a NUL byte is an error with its line, wherever it is") {
  CHECK(parsed({"A=1\nB=\0", 7}) == "error 2: a NUL byte: save the file as UTF-8 text");
  CHECK(parsed({"A=1\n# \0", 7}).starts_with("error 2: "));
}

TEST_CASE("a variable that is not set is a warning at the value that has it, unless somebody thought of it") {
  auto warnings = warnings_about("# $X\nA=1\nB=$A${HOST}$EMPTY\nC: x$X${Y}$X\n");
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0] ==
        "f:4:4: C: $... is not set, so nothing is in its place; write $$... to keep the dollar, or ${NAME:-} if "
        "it may be empty");
  CHECK(warnings[1].starts_with("f:4:4: C: ${Y} is not set"));
  CHECK(warnings_about("A='$X'\nB=$$X\nC=\"\\$X\"\nD=${X:-}${X-}${X:+y}${X+y}\nX\n").empty());
}

TEST_CASE("a warning counts lines of the file, and characters of the line") {
  auto warnings = warnings_about("A='1\n2'\nB = \"$X\"\nC=\"\xC3\xA4\n$Y\" # $Z\n$D");
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0].starts_with("f:3:6: B: $..."));
  CHECK(warnings[1].starts_with("f:4:4: C: $..."));
  CHECK(warnings_about("\xEF\xBB\xBF"
                       "export A=$X\n")
            .size() == 1);
}

TEST_CASE("there is a limit to how many warnings are given about a file") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += numbered(i) + "=$X\n";
  CHECK(warnings_about(text).size() == kMaxEnvFileWarnings);
}

TEST_CASE("lines are counted through multi-line quotes") {
  CHECK(parsed("A='1\n2\n3'\nB=\"\n${}\"").starts_with("error 5: "));
  CHECK(parsed("A='1\n2\n3'\n=").starts_with("error 4: "));
}

TEST_CASE("interpolation replaces $NAME and ${NAME}, and what is not set is empty") {
  CHECK(expanded("a $HOST-${HOST}b") == "a outside-outsideb");
  CHECK(expanded("<$HOSTX><${HOSTX}>") == "<><>");
  CHECK(expanded("") == "");
}

TEST_CASE("$$ is a $") {
  CHECK(expanded("$$HOST $$$HOST $$") == "$HOST $outside $");
  CHECK(expanded("${NO:-$$}") == "$");
}

TEST_CASE("${NAME:-word} is the word if the name is not set or empty, ${NAME-word} only if it is not set") {
  CHECK(expanded("${HOST:-w} ${EMPTY:-w} ${NO:-w}") == "outside w w");
  CHECK(expanded("${HOST-w} ${EMPTY-w} ${NO-w}") == "outside  w");
}

TEST_CASE("${NAME:+word} is the word if the name has a value, ${NAME+word} if it is set, else nothing") {
  CHECK(expanded("<${HOST:+w}><${EMPTY:+w}><${NO:+w}>") == "<w><><>");
  CHECK(expanded("<${HOST+w}><${EMPTY+w}><${NO+w}>") == "<w><w><>");
}

TEST_CASE("${NAME:?message} is an error if the name is not set or empty, ${NAME?message} only if it is not set") {
  CHECK(expanded("${HOST:?m} ${HOST?m}") == "outside outside");
  CHECK(expanded("${EMPTY:?m}") == "error 'EMPTY' is empty: m");
  CHECK(expanded("${NO:?m}") == "error 'NO' is not set: m");
  CHECK(expanded("<${EMPTY?m}>") == "<>");
  CHECK(expanded("${NO?see ${HOST}}") == "error 'NO' is not set: see outside");
  CHECK(expanded("${NO?}") == "error 'NO' is not set: give it a value in the environment");
  CHECK(parsed("A=1\nB=${A:?}${NO:?must be}") == "error 2: 'NO' is not set: must be");
}

TEST_CASE("words nest") {
  CHECK(expanded("${NO:-a${NO:-b${HOST}c}d}e") == "aboutsidecde");
  CHECK(expanded("${NO:-a{b}c}") == "a{bc}");
}

TEST_CASE("a word that is not used is checked but not evaluated") {
  CHECK(expanded("${HOST:-${NO:?never asked for}}") == "outside");
  CHECK(expanded("${NO:+${NO:?never asked for}}") == "");
  CHECK(expanded("${HOST:-$}").starts_with("error "));
}

TEST_CASE("a $ that begins nothing is an error that says what to write") {
  CHECK(expanded("5$") == "error '$' without a name: write '$$' for a '$'");
  CHECK(expanded("$1").starts_with("error '$' without"));
  CHECK(expanded("${}") == "error '${' without a name: write '${NAME}', or '$$' for a '$'");
  CHECK(expanded("${HOST") == "error unterminated '${': add the closing '}', or quotes if there are blanks inside");
  CHECK(expanded("${NO:-x").starts_with("error unterminated"));
  CHECK(expanded("${HOST!}") == "error '${HOST' is followed by '!': expected '}', ':-', '-', ':?', '?', ':+' or '+'");
  CHECK(expanded("${HOST:}").starts_with("error '${HOST' is followed by ':'"));
  CHECK(expanded("${HOST:").starts_with("error '${HOST' is followed by ':'"));
}

TEST_CASE("words nest 16 levels deep and not more") {
  std::string nested = "x";
  for (int i = 0; i < kMaxNesting; ++i) nested = "${NO:-" + nested + "}";
  CHECK(expanded(nested) == "x");
  CHECK(expanded("${NO:-" + nested + "}") == "error '${' nested deeper than 16 levels");
}

TEST_CASE("a variable has at most 128 KiB with its name, = and NUL, as execve takes it") {
  std::string longest(kMaxEntryBytes - 3, 'x');
  CHECK(parsed("A=" + longest) == "[A=" + longest + "]");
  CHECK(parsed("A='" + longest + "'") == "[A=" + longest + "]");
  CHECK(parsed("A='" + longest + "x'").starts_with("error 1: 'A' is longer than 128 KiB"));
  CHECK(parsed("A=" + longest + "xxx") == "error 1: the value is longer than 128 KiB");
  CHECK(parsed("A=\"" + longest + "xx\\n\"") == "error 1: the value is longer than 128 KiB");
  CHECK(parsed("A=\"" + longest + "xx$$\"") == "error 1: the value is longer than 128 KiB");
}

TEST_CASE("lines that double each other stop at the limit of one value") {
  std::string text = "V0=xx\n";
  for (int i = 1; i < 64; ++i) text += numbered(i) + "=$" + numbered(i - 1) + "$" + numbered(i - 1) + "\n";
  CHECK(parsed(text) == "error 17: the value is longer than 128 KiB");
}

TEST_CASE("all variables together have at most 2 MiB") {
  std::string text = "A=" + std::string(100'000, 'x') + "\n";
  for (int i = 0; i < 19; ++i) text += numbered(i) + "=$A\n";
  CHECK(parsed(text).starts_with("[A="));
  text += "B=$A\n";
  CHECK(parsed(text) == "error 21: more than 2 MiB of values, the limit of execve(2)");
}

TEST_CASE("there are at most 4096 variables") {
  std::string text;
  for (int i = 0; i < 4096; ++i) text += numbered(i) + "=\n";
  CHECK(parsed(text).starts_with("[V0=]"));
  CHECK(parsed(text + "V0=again").starts_with("[V0=again]"));
  CHECK(parsed(text + "B=") == "error 4097: more than 4096 variables");
}

}  // namespace onit
