#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/pattern.hpp"
#include "fuzz/checks.hpp"

// An expression and a line, divided by a NUL byte: it is refused in words, or it stays within its limits and says the
// same of the line in a group, and next to an alternative that never matches.

namespace {

using namespace onit;

void check_program(std::string_view expression) {
  auto program = compile_pattern(expression);
  require(program.ok());
  const auto& states = program.value().states;
  const auto size = static_cast<int>(states.size());
  require(size > 0 && states.size() <= kMaxPatternStates && states.back().op == PatternOp::match);
  for (int i = 0; i < size; ++i) {
    const PatternState& state = states[static_cast<std::size_t>(i)];
    bool is_way = state.op == PatternOp::split || state.op == PatternOp::jump;
    bool is_set = state.op == PatternOp::set || state.op == PatternOp::character;
    if (is_way) require(i + state.operand >= 0 && i + state.operand < size);
    if (is_set) require(static_cast<std::size_t>(state.operand) < program.value().sets.size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text{reinterpret_cast<const char*>(data), size};
  std::string_view expression = text.substr(0, text.find('\0'));
  std::string_view line = text.substr(std::min(expression.size() + 1, size));
  auto pattern = Pattern::compile(expression);
  if (!pattern.ok()) {
    require(!pattern.error().text.empty());
    return 0;
  }
  check_program(expression);
  bool is_match = pattern.value().matches(line);
  require(pattern.value().matches(line) == is_match);
  std::string other{"a^|("};
  other.append(expression).append(")");
  auto same = Pattern::compile(other);
  if (same.ok()) require(same.value().matches(line) == is_match);
  return 0;
}
