#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/pattern_program.hpp"
#include "base/result.hpp"

namespace onit {

/// An extended regular expression that is searched for in lines. libc's own is not for what strangers write: musl's can
/// take a minute for a line, and any can take gigabytes for an expression. This one takes time in proportion to the
/// line, whatever it is, and memory only when it is compiled.
/// It knows literals, `.`, sets with ranges and classes, `^`, `$`, `*`, `+`, `?`, `{m}`, `{m,}`, `{m,n}`, `|`, groups,
/// and
/// `\` in front of punctuation. Letters are those of ASCII; `.` and negated sets take whole characters of UTF-8.
/// Source: regex(7).
class Pattern {
 public:
  /// So much of a line is looked at: a few milliseconds for the largest pattern.
  static constexpr std::size_t kMaxLooked = 1024;

  /// Errors: as those of compile_pattern().
  static Result<Pattern, Complaint> compile(std::string_view expression);

  /// Whether the expression matches anywhere in a line, which has no newline. Of a longer one the end is not seen.
  bool matches(std::string_view line) const;

 private:
  explicit Pattern(PatternProgram program);

  PatternProgram program_;
  /// For matches(), which so needs no memory of its own.
  mutable std::vector<std::uint16_t> scratch_;
};

}  // namespace onit
