#include "config/ini.hpp"

#include <doctest/doctest.h>

#include <string>

#include "base/text.hpp"

namespace onit {
namespace {

/// All entries, `SECTION.KEY=VALUE` with ' | ' between them, or the problem with its place.
std::string read(std::string_view text) {
  tree::Tree tree;
  parse_ini(text, tree);
  const toml::Problem& problem = tree.problem;
  if (!tree.root)
    return concat(std::to_string(problem.at.line), ":", std::to_string(problem.at.column), " ", problem.text);
  std::string all;
  for (const tree::Node* name = tree.root->first; name; name = name->next->next) {
    for (const tree::Node* key = name->next->first; key; key = key->next->next) {
      all += concat(all.empty() ? "" : " | ", name->text, ".", key->text, "=", key->next->text);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("keys are in small letters, and '=' or ':' ends them") {
  CHECK(read("[a]\nKey = v=w\nother: x = y\nempty=\n[b:c d]\n  indented = 1\r\n") ==
        "a.key=v=w | a.other=x = y | a.empty= | b:c d.indented=1");
}

TEST_CASE("a value has the place of its key") {
  tree::Tree tree;
  parse_ini("[a]\n\n  k = v\n", tree);
  const tree::Node* value = find(find(tree.root, "a"), "k");
  REQUIRE(value);
  CHECK(value->at.line == 3);
  CHECK(value->at.column == 3);
}

TEST_CASE("a comment begins a line, or has a blank in front of it") {
  CHECK(read("; one\n# two\n[a] ; three\nk = v ; four\nl = v;w#x # five\nm = ; six\n  ; seven\n") ==
        "a.k=v | a.l=v;w#x | a.m=");
}

TEST_CASE("lines that are indented more go on with the value above") {
  CHECK(read("[a]\nk = v\n  w\n\n  x ; note\n  ; all of it\n  y\nl = 1\n") == "a.k=v\nw\nx\ny | a.l=1");
}

TEST_CASE("the last of a key counts, and sections of one name are one") {
  CHECK(read("[a]\nk=1\n[b]\nk=2\n[a]\nk=3\nl=4\n") == "a.k=3 | a.l=4 | b.k=2");
}

TEST_CASE("every other line is a problem with its place") {
  using namespace std::string_view_literals;
  CHECK(read("k = v\n[a]\n") == "1:1 this is in front of the first [SECTION]");
  CHECK(read("[a]\n words\n").starts_with("2:2 'KEY = VALUE'"));
  CHECK(read("[a]\n= v\n").starts_with("2:1 'KEY = VALUE'"));
  CHECK(read("[a]\nl = \xff\n").starts_with("2:1 this is not UTF-8"));
  CHECK(read("[a]\nm = a\0b\n"sv).starts_with("2:1 this is not UTF-8, or a control"));
}

}  // namespace onit
