#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/yaml.hpp"
#include "fuzz/checks.hpp"

// Any bytes as YAML: it ends, every problem and every value has a place in the text, keys are there once, and whoever
// follows all aliases comes to an end within the limits.

namespace {

using namespace onit::tree;

/// Returns how many values there are.
std::uint32_t check(const Node* value, int lines, int depth) {
  require(depth <= kDeepest);
  require(value->at.line >= 1 && value->at.line <= lines && value->at.column >= 1);
  std::uint32_t count = 1;
  for (const Node* item = value->first; item; item = item->next) {
    count += check(item, lines, depth + 1);
    if (!is(value, Kind::mapping)) continue;
    require(is(item, Kind::scalar) && item->next && find(value, item->text) == item->next);
    item = item->next;
    count += check(item, lines, depth + 1);
  }
  require(count <= kMostNodes);
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  Tree tree;
  onit::parse_yaml(text, tree);
  int lines = lines_of(text);
  require((tree.root != nullptr) == tree.problem.text.empty());
  if (tree.root) {
    check(tree.root, lines, 1);
  } else {
    require(tree.problem.at.line >= 1 && tree.problem.at.line <= lines && tree.problem.at.column >= 1);
  }
  return 0;
}
