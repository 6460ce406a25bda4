#include "app/reporter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <climits>
#include <cstring>

#include "base/panic.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"
#include "os/console.hpp"

namespace onit {
namespace {

const char* level_name(Verbosity level) {
  switch (level) {
    case Verbosity::errors:
      return "error";
    case Verbosity::warnings:
      return "warning";
    case Verbosity::info:
      return "info";
  }
  panic("a message without level");
}

/// A line in the making; what does not fit is left out.
class Line {
 public:
  void add(char c) {
    if (length_ < text_.size()) text_[length_++] = c;
  }
  void add(std::string_view text) {
    for (char c : text) add(c);
  }

  /// A control character would let a process name or a path forge or hide lines.
  void add_printable(std::string_view text) {
    for (char c : text) add(is_control(c) ? '?' : c);
  }

  /// The inside of a JSON string (RFC 8259, section 7). A byte that is no UTF-8, as a path may have, is escaped as if
  /// it were Latin-1.
  void add_json(std::string_view text) {
    while (!text.empty()) {
      std::size_t length = utf8_length(text);
      char c = text[0];
      if (length == 0 || is_control(c)) {
        add_escaped(static_cast<unsigned char>(c));
      } else {
        if (c == '"' || c == '\\') add('\\');
        add(text.substr(0, length));
      }
      text.remove_prefix(length == 0 ? 1 : length);
    }
  }

  /// RFC 3339 in UTC, to the second.
  void add_time() {
    // Not gmtime_r(3): glibc's asks for memory.
    auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    auto midnight = std::chrono::floor<std::chrono::days>(now);
    std::chrono::year_month_day date{midnight};
    std::chrono::hh_mm_ss time{now - midnight};
    add_number(int{date.year()});
    add('-');
    add_number(static_cast<int>(unsigned{date.month()}));
    add('-');
    add_number(static_cast<int>(unsigned{date.day()}));
    add('T');
    add_number(static_cast<int>(time.hours().count()));
    add(':');
    add_number(static_cast<int>(time.minutes().count()));
    add(':');
    add_number(static_cast<int>(time.seconds().count()));
    add('Z');
  }

  /// The line with an ending that is always there.
  std::string_view ended_by(std::string_view ending) {
    std::size_t room = text_.size() - ending.size();
    if (length_ > room) length_ = room;
    add(ending);
    return {text_.data(), length_};
  }

 private:
  /// With at least two digits.
  void add_number(int number) {
    if (number >= 100) add_number(number / 100);
    add(static_cast<char>('0' + number / 10 % 10));
    add(static_cast<char>('0' + number % 10));
  }

  void add_escaped(unsigned char byte) {
    constexpr char kHex[] = "0123456789abcdef";
    add("\\u00");
    add(kHex[byte >> 4]);
    add(kHex[byte & 15]);
  }

  std::array<char, PIPE_BUF> text_;  // what a pipe takes whole
  std::size_t length_ = 0;
};

}  // namespace

Reporter::Reporter(Messages messages) : messages_(messages), has_stderr_(::fcntl(STDERR_FILENO, F_GETFD) >= 0) {}

void Reporter::write(Verbosity level, std::string_view text) const {
  Line line;
  switch (messages_.format) {
    case LogFormat::text:
      line.add("onit: ");
      if (level == Verbosity::warnings) line.add("warning: ");
      line.add_printable(text);
      write_to_stderr(line.ended_by("\n"));
      return;
    case LogFormat::json:
      line.add(R"({"time":")");
      line.add_time();
      line.add(R"(","level":")");
      line.add(level_name(level));
      line.add(R"(","message":")");
      line.add_json(text);
      write_to_stderr(line.ended_by("\"}\n"));
      return;
  }
}

}  // namespace onit
