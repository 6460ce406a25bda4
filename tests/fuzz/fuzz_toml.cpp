#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/toml.hpp"
#include "fuzz/checks.hpp"

// Any bytes as TOML: it ends, and every problem and every value has a place in the text.

namespace {

using namespace onit::toml;

void check(const Value& value, int lines, int depth);

void check(const Table& table, int lines, int depth) {
  for (const Entry& entry : table.entries) {
    require(entry.at.line >= 1 && entry.at.line <= lines && entry.at.column >= 1);
    require(table.find(entry.key) == &entry.value);  // no key is there twice
    check(entry.value, lines, depth);
  }
}

void check(const Value& value, int lines, int depth) {
  require(depth <= 3 * kDeepest);
  require(value.at.line >= 1 && value.at.line <= lines && value.at.column >= 1);
  if (const auto* table = std::get_if<Table>(&value.content)) check(*table, lines, depth + 1);
  if (const auto* items = std::get_if<Array>(&value.content)) {
    for (const Value& item : *items) check(item, lines, depth + 1);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  Document document = parse(text);
  int lines = lines_of(text);
  require(document.problems.size() <= kMostProblems);
  for (const Problem& problem : document.problems) {
    require(problem.at.line >= 1 && problem.at.line <= lines && problem.at.column >= 1 && !problem.text.empty());
  }
  check(document.root, lines, 0);
  return 0;
}
