#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "log/bytes.hpp"

namespace onit {

/// The longest line, in bytes without its newline, that is passed on whole. Readers of logs have such a limit: Docker's
/// is the same. Source: moby, daemon/logger/copier.go, defaultBufSize.
inline constexpr std::size_t kMaxLine = 16 * 1024;

/// What a piece of output is of its line.
enum class Part : std::uint8_t {
  whole,
  first,   ///< of a line that is too long
  middle,  ///< so is what follows
  last,
};
constexpr bool ends_line(Part part) { return part == Part::whole || part == Part::last; }

/// A line without its newline, or a part of one.
struct Line {
  std::string_view text;
  Part part;
};

/// Bytes of a stream, from the beginning of a line or of a part on.
struct LineRun {
  std::string_view bytes;
  bool continues = false;        ///< the line's first part was cut off before
  bool ends = false;             ///< nothing follows, so the last line is complete without newline
  std::size_t until = SIZE_MAX;  ///< where the bytes that are to be taken end: behind a line or a part
};

/// Takes lines off the front of a run. The lines do not depend on how a stream was cut into runs, as long as what one
/// left over begins the next.
class LineSplitter {
 public:
  explicit LineSplitter(const LineRun& run)
      : begin_(run.bytes.data()),
        at_(begin_),
        end_(begin_ + run.bytes.size()),
        until_(begin_ + std::min(run.bytes.size(), run.until)),
        continues_(run.continues),
        has_parts_(run.continues),
        ends_(run.ends) {}

  /// The next line; false if what is left is not a complete one.
  bool next(Line& line) {
    if (at_ >= until_) return false;
    const char* limit = at_ + std::min(static_cast<std::size_t>(end_ - at_), kMaxLine + 1);
    const char* newline = find_newline(at_, limit);
    auto length = static_cast<std::size_t>(newline - at_);
    bool is_found = newline != limit;
    if (!is_found) {
      if (length > kMaxLine) return cut(line);
      if (!ends_) return false;
    }
    line = {{at_, length}, continues_ ? Part::last : Part::whole};
    continues_ = false;
    at_ = newline + (is_found ? 1 : 0);
    return true;
  }

  /// How many bytes were taken, newlines included.
  std::size_t taken() const { return static_cast<std::size_t>(at_ - begin_); }
  /// Whether what is left continues a line.
  bool continues() const { return continues_; }
  /// Whether some of what was taken are parts of lines.
  bool has_parts() const { return has_parts_; }

 private:
  /// Before a character of UTF-8 rather than inside of it.
  bool cut(Line& line) {
    constexpr std::size_t kLongestCharacter = 4;
    std::size_t length = kMaxLine;
    while (length > kMaxLine - kLongestCharacter && (at_[length] & 0xC0) == 0x80) --length;
    bool is_lead = (at_[length] & 0xC0) == 0xC0;
    if (!is_lead) length = kMaxLine;
    line = {{at_, length}, continues_ ? Part::middle : Part::first};
    continues_ = has_parts_ = true;
    at_ += length;
    return true;
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  const char* until_;
  bool continues_;
  bool has_parts_;
  bool ends_;
};

/// How many bytes at the front of `bytes` are nothing but complete lines that need not be cut.
inline std::size_t whole_lines(std::string_view bytes) {
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    std::size_t newline = bytes.substr(taken, kMaxLine + 1).rfind('\n');
    if (newline == std::string_view::npos) break;
    taken += newline + 1;
  }
  return taken;
}

}  // namespace onit
