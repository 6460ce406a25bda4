#include "base/pattern.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include "base/utf8.hpp"

namespace onit {
namespace {

/// Where a pattern stands in a line.
struct Position {
  std::uint16_t number;  ///< from 1
  bool is_begin;
  bool is_end;
};

/// The states that a pattern is in, all at the same time; at each position each of them is entered at most once.
class Simulation {
 public:
  using States = std::span<std::uint16_t>;

  /// `scratch` has room for each state four times.
  Simulation(std::span<const PatternState> program, States scratch)
      : program_(program),
        now_(scratch.first(program.size())),
        next_(scratch.subspan(program.size(), program.size())),
        open_(scratch.subspan(2 * program.size(), program.size())),
        entered_(scratch.subspan(3 * program.size(), program.size())) {
    std::ranges::fill(entered_, std::uint16_t{0});
  }

  /// Goes on to the next position: its states are entered from those of now().
  void advance() {
    std::swap(now_, next_);
    now_count_ = std::exchange(next_count_, 0);
  }
  States now() const { return now_.first(now_count_); }

  /// Enters a state, and all that it leads to without a byte. True if that is a match.
  bool enter(std::size_t state, const Position& position) {
    std::size_t open_count = 0;
    for (;;) {
      while (entered_[state] != position.number) {
        entered_[state] = position.number;
        const PatternState& entered = program_[state];
        bool goes_on = false;
        switch (entered.op) {
          case PatternOp::byte:
          case PatternOp::set:
          case PatternOp::character:
            next_[next_count_++] = static_cast<std::uint16_t>(state);
            break;
          case PatternOp::begin:
            goes_on = position.is_begin;
            break;
          case PatternOp::end:
            goes_on = position.is_end;
            break;
          case PatternOp::split:
            open_[open_count++] = static_cast<std::uint16_t>(state + static_cast<std::size_t>(entered.operand));
            goes_on = true;
            break;
          case PatternOp::jump:
            state += static_cast<std::size_t>(entered.operand);
            continue;
          case PatternOp::match:
            return true;
        }
        if (!goes_on) break;
        ++state;
      }
      if (open_count == 0) return false;
      state = open_[--open_count];
    }
  }

 private:
  std::span<const PatternState> program_;
  States now_;
  States next_;
  States open_;     ///< to be entered
  States entered_;  ///< the last position at which each was entered
  std::size_t now_count_ = 0;
  std::size_t next_count_ = 0;
};

bool takes(const PatternProgram& program, const PatternState& state, unsigned char byte) {
  if (state.op == PatternOp::byte) return state.byte == byte;
  return program.sets[static_cast<std::size_t>(state.operand)][byte];
}

}  // namespace

Result<Pattern, Complaint> Pattern::compile(std::string_view expression) {
  auto program = compile_pattern(expression);
  if (!program.ok()) return program.error();
  return Pattern{std::move(program.value())};
}

Pattern::Pattern(PatternProgram program) : program_(std::move(program)), scratch_(4 * program_.states.size()) {}

bool Pattern::matches(std::string_view line) const {
  Simulation simulation(program_.states, scratch_);
  std::size_t looked = std::min(line.size(), kMaxLooked);
  std::size_t left = 0;  // of the bytes of a character
  for (std::size_t i = 0;; ++i) {
    Position here{static_cast<std::uint16_t>(i + 1), i == 0, i == line.size()};
    if (left == 0 && simulation.enter(0, here)) return true;
    if (i == looked) return false;
    simulation.advance();
    if (left == 0) left = std::max(utf8_length(line.substr(i, looked - i)), std::size_t{1});
    --left;
    auto byte = static_cast<unsigned char>(line[i]);
    Position behind{static_cast<std::uint16_t>(i + 2), false, i + 1 == line.size()};
    for (std::size_t at : simulation.now()) {
      const PatternState& state = program_.states[at];
      if (!takes(program_, state, byte)) continue;
      bool is_inside = state.op == PatternOp::character && left > 0;
      if (simulation.enter(is_inside ? at : at + 1, behind)) return true;
    }
  }
}

}  // namespace onit
