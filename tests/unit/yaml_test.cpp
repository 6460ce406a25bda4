#include "config/yaml.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"

namespace onit {
namespace {

/// A value as a line: texts in angle brackets, `~` for null.
std::string shown(const tree::Node* value) {
  if (is(value, tree::Kind::scalar)) return is_null(value) ? "~" : concat("<", value->text, ">");
  bool is_mapping = is(value, tree::Kind::mapping);
  std::string text = is_mapping ? "{" : "[";
  for (const tree::Node* item = value->first; item; item = item->next) {
    text += text.size() > 1 ? " " : "";
    if (is_mapping) {
      text.append(item->text).append(":");
      item = item->next;
    }
    text += shown(item);
  }
  return text + (is_mapping ? "}" : "]");
}

std::string read(std::string_view text) {
  tree::Tree tree;
  parse_yaml(text, tree);
  return tree.root ? shown(tree.root) : "problem: " + tree.problem.text;
}

/// The place of the problem and its words.
std::string problem(std::string_view text) {
  tree::Tree tree;
  parse_yaml(text, tree);
  CHECK(!tree.root);
  return concat(std::to_string(tree.problem.at.line), ":", std::to_string(tree.problem.at.column), " ",
                tree.problem.text);
}

}  // namespace

TEST_CASE("blocks nest by their indentation") {
  CHECK(read("a: b\nc:\n  d: e\n  f:\n    - g\n    - h\ni:\n- j\n- k\n") ==
        "{a:<b> c:{d:<e> f:[<g> <h>]} i:[<j> <k>]}");
  CHECK(read("- a: b\n  c: d\n- - e\n  - f\n-\n  g\n-\n- h") == "[{a:<b> c:<d>} [<e> <f>] <g> ~ <h>]");
  CHECK(read("a:\nb: ~\nc: null\nd: ''\ne: 'null'") == "{a:~ b:~ c:~ d:<> e:<null>}");
  CHECK(read("") == "~");
  CHECK(read("# nothing\n") == "~");
}

TEST_CASE("values in brackets go over lines, and JSON is YAML") {
  CHECK(read("a: [b, 'c, d', [e], {f: g, h}, ]\n") == "{a:[<b> <c, d> [<e>] {f:<g> h:~}]}");
  CHECK(read("a: [\n  b, # note\n  c d\n  e\n]\n") == "{a:[<b> <c d e>]}");
  CHECK(read(R"({"a":1,"b":["c",{"d":null}]})") == "{a:<1> b:[<c> {d:~}]}");
  CHECK(read("a: {b: http://c:80/d, e:f: g}") == "{a:{b:<http://c:80/d> e:f:<g>}}");
}

TEST_CASE("plain texts end at ': ' and ' #', and their lines are folded") {
  CHECK(read("a: b#c # d\ne: f:g\nh: i\n  j\n\n  k\n") == "{a:<b#c> e:<f:g> h:<i j\nk>}");
  CHECK(read("a: -b\nc: ?d\ne: 8080:80\nf: \"\"\n") == "{a:<-b> c:<?d> e:<8080:80> f:<>}");
}

TEST_CASE("quotes have their escapes") {
  CHECK(read(R"(a: 'it''s \n'
b: "q\"\\\t\x41\u00e9\U0001F600\/"
)") == "{a:<it's \\n> b:<q\"\\\tA\u00e9\U0001F600/>}");
  CHECK(read("a: \"b\n  c\n\n  d \\\n  e\\  \n  f\"") == "{a:<b c\nd e  f>}");
}

TEST_CASE("block texts are literal or folded, chomped and indented as their line says") {
  CHECK(read("a: |\n  b\n   c\n\n  d\n\ne: f") == "{a:<b\n c\n\nd\n> e:<f>}");
  CHECK(read("a: >\n  b\n  c\n\n  d\n   e\n  f\n") == "{a:<b c\nd\n e\nf\n>}");
  CHECK(read("a: |-\n  b\n\nc: |+ # note\n  d\n\ne: >2-\n   f\n") == "{a:<b> c:<d\n\n> e:< f>}");
  CHECK(read("- |\n a\n- |\n- >-\n  # b") == "[<a\n> <> <# b>]");
}

TEST_CASE("aliases stand for what their anchor names, and the last of that name counts") {
  CHECK(read("a: &x [b]\nc: *x\nd: &x\n  e: f\ng: *x\nh: &y\ni: *y") ==
        "{a:[<b>] c:[<b>] d:{e:<f>} g:{e:<f>} h:~ i:~}");
  CHECK(problem("a: *b") == "1:4 there is no anchor '&b' above");
  CHECK(problem("a: &b\n  c: *b") == "2:6 an alias inside of what it stands for");
  CHECK(problem("a: &b c\nd: &e *b").starts_with("2:7 an alias has no anchor"));
  CHECK(problem("&a b: c").starts_with("1:5 a mapping cannot begin here"));
}

TEST_CASE("merge keys add what is not there, and the first of several counts") {
  CHECK(read("a: &a {k: 1, l: 2}\nb: &b {l: 3, m: 4}\nc:\n  <<: [*a, *b]\n  k: 5\nd: {<<: *b, n: 6}\n") ==
        "{a:{k:<1> l:<2>} b:{l:<3> m:<4>} c:{k:<5> l:<2> m:<4>} d:{n:<6> l:<3> m:<4>}}");
  CHECK(read("a: {'<<': b}") == "{a:{<<:<b>}}");
  CHECK(problem("a: &a b\nc:\n  <<: *a\n") == "3:7 '<<' takes mappings");
}

TEST_CASE("a document may have its markers, and there is one in a file") {
  CHECK(read("%YAML 1.2\n---\na: b\n...\n") == "{a:<b>}");
  CHECK(read("--- # note\n- a\n") == "[<a>]");
  CHECK(read("\xef\xbb\xbf"
             "a: b\r\nc: |\r\n  d\r\n") == "{a:<b> c:<d\n>}");
  CHECK(problem("a: b\n---\nc: d\n") == "2:1 a second document; there can be one in a file");
}

TEST_CASE("what is not read is refused with its place, and never misread") {
  CHECK(problem("a:\n\tb: c") == "2:1 a tab; YAML takes blanks only, outside of texts");
  CHECK(problem("a: !reset b").starts_with("1:4 tags"));
  CHECK(problem("? a\n: b").starts_with("1:1 '?'"));
  CHECK(problem("a: b\na: c") == "2:1 the key 'a' is there already");
  CHECK(problem("a: b: c").starts_with("1:5 a mapping cannot begin here"));
  CHECK(problem("a: - b").starts_with("1:4 a sequence cannot begin here"));
  CHECK(problem("a: 'b' c").starts_with("1:8 this cannot follow"));
  CHECK(problem("a:\n    b: c\n  d: e\n").starts_with("3:3 this is indented deeper"));
  CHECK(problem("a: 'b\n  c") == "1:4 a quote that is not closed");
  CHECK(problem("a: [b, c") == "1:9 ',' or ']' belongs here");
  CHECK(problem("a: @b").starts_with("1:4 a value belongs here"));
  CHECK(problem("a: \"\\q\"").starts_with("1:5 this is no escape"));
  CHECK(problem("a: \"\\ud83d\"").starts_with("1:5 this is no character"));
  CHECK(problem("\u00e4: [\u00e4, *b]") == "1:8 there is no anchor '&b' above");
  CHECK(problem("a: \xff") == "1:4 this is not UTF-8");
  CHECK(problem("a: b\u2028c").starts_with("1:5 a control character"));
  CHECK(problem(std::string_view{"a: b\0", 5}).starts_with("1:5 a control character"));
  CHECK(problem("{a\n: b}").starts_with("2:1 a key and its ':'"));
  CHECK(problem("a: |x\n  b").starts_with("1:5 nothing can follow"));
}

TEST_CASE("depth, size and what aliases stand for are bounded") {
  CHECK(problem(std::string(1000, '[')).ends_with("this nests too deep"));
  std::string nested;
  for (int i = 0; i < 40; ++i) nested += std::string(static_cast<std::size_t>(i), ' ') + "a:\n";
  CHECK(problem(nested).ends_with("this nests too deep"));
  std::string laughs = "a0: &a0 [x, x]\n";
  for (int i = 1; i < 30; ++i) {
    std::string before = std::to_string(i - 1);
    laughs += filled("a%: &a% [*a%, *a%]\n", std::to_string(i), std::to_string(i), before, before);
  }
  CHECK(problem(laughs).ends_with("this document is too large, with what its aliases stand for"));
  std::string deep = "a0: &a0 [x]\n";
  for (int i = 1; i < 40; ++i) {
    deep += filled("a%: &a% [*a%]\n", std::to_string(i), std::to_string(i), std::to_string(i - 1));
  }
  CHECK(problem(deep).ends_with("this nests too deep"));
  std::string keys;
  for (int i = 0; i <= tree::kMostKeys; ++i) keys += filled("k%: v\n", std::to_string(i));
  CHECK(problem(keys).ends_with("a mapping with too many keys"));
  std::string items;
  for (std::uint32_t i = 0; i <= tree::kMostNodes; ++i) items += "- a\n";
  CHECK(problem(items).find("too large") != std::string::npos);
}

}  // namespace onit
