#include "app/reporter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <climits>
#include <cstring>
#include <ctime>

#include "base/panic.hpp"
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
    for (char c : text) add(static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c);
  }

  /// The inside of a JSON string (RFC 8259, section 7). Bytes that are not ASCII are escaped as if they were Latin-1:
  /// nobody promises that a path is UTF-8.
  void add_json(std::string_view text) {
    for (char c : text) {
      auto byte = static_cast<unsigned char>(c);
      if (c == '"' || c == '\\') {
        add('\\');
        add(c);
      } else if (byte < ' ' || byte >= 0x7f) {
        constexpr char kHex[] = "0123456789abcdef";
        add("\\u00");
        add(kHex[byte >> 4]);
        add(kHex[byte & 15]);
      } else {
        add(c);
      }
    }
  }

  /// RFC 3339 in UTC, to the second.
  void add_time() {
    std::time_t now = std::time(nullptr);
    std::tm utc{};
    ::gmtime_r(&now, &utc);
    char text[32];
    add({text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)});
  }

  std::string_view ended_by(std::string_view ending) {
    std::size_t room = text_.size() - ending.size();
    if (length_ > room) length_ = room;
    add(ending);
    return {text_.data(), length_};
  }

 private:
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
