#pragma once

#include <fmt/compile.h>

#include <array>
#include <cstddef>
#include <string_view>

#include "core/plan.hpp"

namespace onit {

/// Writes onit's own messages to stderr, one line each. Needs no heap, never waits, and drops what nobody can read.
/// A message that is too long is cut.
class Reporter {
 public:
  /// Looks whether there is a stderr at all: must be made before any descriptor is opened.
  explicit Reporter(Messages messages);
  void configure(Messages messages) { messages_ = messages; }
  /// Whether info() writes anything: for a hot path, where even the arguments are too much.
  bool is_verbose() const { return messages_.verbosity == Verbosity::info; }

  template <class Format, class... Args>
  void error(const Format& format, const Args&... args) const {
    report(Verbosity::errors, format, args...);
  }
  template <class Format, class... Args>
  void warning(const Format& format, const Args&... args) const {
    report(Verbosity::warnings, format, args...);
  }
  template <class Format, class... Args>
  void info(const Format& format, const Args&... args) const {
    report(Verbosity::info, format, args...);
  }

 private:
  static constexpr std::size_t kLongestText = 1500;

  template <class Format, class... Args>
  void report(Verbosity level, const Format& format, const Args&... args) const {
    if (!has_stderr_ || level > messages_.verbosity) return;
    std::array<char, kLongestText> text;
    std::size_t length = fmt::format_to_n(text.data(), text.size(), format, args...).size;
    write(level, {text.data(), length < text.size() ? length : text.size()});
  }
  [[gnu::cold]] void write(Verbosity level, std::string_view text) const;

  Messages messages_;
  bool has_stderr_;
};

}  // namespace onit
