#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace onit {

/// A longer expression is a mistake.
inline constexpr std::size_t kMaxPatternBytes = 1024;
/// Each byte of a line costs at most one step for each of them: all of a line some milliseconds.
inline constexpr std::size_t kMaxPatternStates = 1000;
/// Groups in groups: each is a call on the stack.
inline constexpr int kMaxPatternDepth = 32;
/// Source: limits.h(0p), _POSIX_RE_DUP_MAX.
inline constexpr int kMaxPatternRepeat = 255;

/// What a state of a pattern does. Those that take a byte go on to the state behind them.
enum class PatternOp : std::uint8_t {
  byte,       ///< takes this byte
  set,        ///< takes a byte of the set `operand`
  character,  ///< takes a whole character of UTF-8 that begins with a byte of the set `operand`
  begin,      ///< goes on at the beginning of a line
  end,        ///< goes on at its end
  split,      ///< goes on behind it, and `operand` states further as well
  jump,       ///< goes on `operand` states further
  match,      ///< the line matches
};

struct PatternState {
  PatternOp op;
  unsigned char byte = 0;
  std::int16_t operand = 0;
};

using ByteSet = std::bitset<256>;

/// A nondeterministic automaton: where it is after some bytes is a set of its states.
struct PatternProgram {
  std::vector<PatternState> states;
  std::vector<ByteSet> sets;
};

/// Errors: what is wrong with the expression and where, counted in bytes from 1: `at 5: '*' has nothing to repeat`.
/// Time and memory are bounded by the limits above.
/// Source: regex(7); K. Thompson, Regular Expression Search Algorithm, 1968.
Result<PatternProgram, Complaint> compile_pattern(std::string_view expression);

}  // namespace onit
