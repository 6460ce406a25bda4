#include "app/reporter.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <climits>
#include <cstring>

#include "base/json_text.hpp"
#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "cli/phrases.hpp"
#include "os/console.hpp"

namespace onit {
namespace {

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

  /// The inside of a JSON string.
  void add_json(std::string_view text) {
    while (!text.empty() && has_room_for(JsonCharacter::kLongest)) {
      JsonCharacter character = json_character(text);
      add(character.view());
      text.remove_prefix(character.consumed);
    }
  }

  /// RFC 3339 in UTC, to the microsecond as in front of what services write.
  void add_time() {
    // Not gmtime_r(3): glibc's asks for memory.
    auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
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
    add('.');
    add_number(static_cast<int>(time.subseconds().count()), 6);
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
  static constexpr std::size_t kLongestEnding = 4;

  bool has_room_for(std::size_t bytes) const { return length_ + bytes + kLongestEnding <= text_.size(); }

  /// With at least so many digits, two by two.
  void add_number(int number, int digits = 2) {
    if (number >= 100 || digits > 2) add_number(number / 100, digits - 2);
    add(static_cast<char>('0' + number / 10 % 10));
    add(static_cast<char>('0' + number % 10));
  }

  std::array<char, PIPE_BUF> text_;  // what a pipe takes whole
  std::size_t length_ = 0;
};

/// What a phrase says of a fact. fmt is no help: it takes no text that is not known when it is compiled, or else brings
/// in 60 KB and more.
class Saying {
 public:
  Saying(const Phrase& phrase, const Fact& fact) {
    for (const char* at = phrase.text; *at != '\0'; ++at) {
      if (*at == '%') {
        add_value(*++at, fact);
      } else {
        add({at, 1});
      }
    }
  }
  std::string_view view() const { return {text_.data(), length_}; }

 private:
  void add_value(char placeholder, const Fact& fact) {
    switch (placeholder) {
      case 'p':
        return add_number(fact.pid);
      case 'P':
        return add_number(::getpid());
      case 's':
        return add_number(fact.signal);
      case 'S':
        return add(SignalName(fact.signal).view());
      case 'c':
        return add_number(fact.code);
      case 'o':
        return add_number(fact.to);
      case 'O':
        return add(SignalName(fact.to).view());
      case 'e':
        return add(std::strerror(fact.code));
      case 't':
        return add(fact.text.substr(0, text_.size() - length_ - std::min(kRoomBehindText, text_.size() - length_)));
      default:
        panic("a phrase with an unknown placeholder");
    }
  }

  void add(std::string_view text) {
    std::size_t length = std::min(text.size(), text_.size() - length_);
    std::memcpy(text_.data() + length_, text.data(), length);
    length_ += length;
  }

  void add_number(int number) {
    char digits[12];
    add({digits, static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, number).ptr - digits)});
  }

  static constexpr std::size_t kRoomBehindText = 160;  // for the reason, which counts more than a long name

  std::array<char, PIPE_BUF - 128> text_;
  std::size_t length_ = 0;
};

constexpr Verbosity kDefaultVerbosity = Messages{}.verbosity;

constexpr bool is_told(const Phrase& phrase, Verbosity verbosity) {
  return phrase.text != nullptr && phrase.text[0] != '\0' && phrase.level <= verbosity;
}

/// Known when this is compiled: the loop of a command that nobody wants to hear of needs none of the words.
constexpr std::uint32_t told_by_default() {
  static_assert(kFactKinds <= 32);
  std::uint32_t told = 0;
  for (int kind = 0; kind < kFactKinds; ++kind) {
    if (is_told(onit_phrase(static_cast<What>(kind)), kDefaultVerbosity)) told |= std::uint32_t{1} << kind;
  }
  return told;
}

}  // namespace

const char* level_name(Verbosity level) {
  switch (level) {
    case Verbosity::errors:
      return "error";
    case Verbosity::warnings:
      return "warning";
    case Verbosity::info:
      return "info";
    case Verbosity::debug:
      return "debug";
    case Verbosity::trace:
      return "trace";
  }
  panic("a message without level");
}

Reporter::Reporter()
    : told_(told_by_default()),
      has_stdout_(::fcntl(STDOUT_FILENO, F_GETFD) >= 0),
      has_stderr_(::fcntl(STDERR_FILENO, F_GETFD) >= 0) {}

void Reporter::configure(const Messages& messages) {
  messages_ = messages;
  if (messages.phrasebook == nullptr && messages.verbosity == kDefaultVerbosity) return;
  told_ = 0;
  for (int kind = 0; kind < kFactKinds; ++kind) {
    Phrase phrase = wording_of(static_cast<What>(kind)).phrase;
    if (is_told(phrase, messages.verbosity)) told_ |= std::uint32_t{1} << kind;
  }
}

/// In the words of the tool, if it has some. JSON is for programs that know onit; but what a tool warns of is a
/// warning.
Reporter::Wording Reporter::wording_of(What what) const {
  Phrase own = onit_phrase(what);
  if (messages_.phrasebook == nullptr) return {own, true};
  Phrase foreign = messages_.phrasebook(what);
  bool is_json = writes_json();
  bool is_silent = foreign.text != nullptr && foreign.text[0] == '\0';
  if (is_silent || (foreign.text != nullptr && !is_json)) return {foreign, false};
  if (foreign.text == nullptr) return {is_json || own.level <= Verbosity::warnings ? own : foreign, true};
  return {{foreign.level, own.text}, true};
}

void Reporter::say(const Fact& fact) const {
  auto [phrase, is_own] = wording_of(fact.what);
  Saying saying(phrase, fact);
  int fd = descriptor_for(phrase.level);
  if (writes_json()) return say_json(phrase.level, saying.view(), fd);
  Line line;
  if (is_own) line.add(phrase.level == Verbosity::warnings ? "onit: warning: " : "onit: ");
  line.add_printable(saying.view());
  write(fd, line.ended_by("\n"));
}

void Reporter::show(std::string_view lines) const {
  if (!writes_json()) return write(STDERR_FILENO, lines);
  while (!lines.empty()) say_json(Verbosity::info, take_until(lines, '\n'), STDERR_FILENO);
}

void Reporter::say_json(Verbosity level, std::string_view text, int fd) const {
  Line line;
  line.add(R"({"time":")");
  line.add_time();
  line.add(R"(","level":")");
  line.add(level_name(level));
  line.add(R"(","message":")");
  line.add_json(text);
  write(fd, line.ended_by("\"}\n"));
}

int Reporter::descriptor_for(Verbosity level) const {
  return level > Verbosity::warnings && writes_to_stdout() ? STDOUT_FILENO : STDERR_FILENO;
}

void Reporter::write(int fd, std::string_view line) const {
  if (!(fd == STDOUT_FILENO ? has_stdout_ : has_stderr_)) return;
  if (outlet_.write) return outlet_.write(outlet_.context, fd, line);
  write_message(fd, line);
}

}  // namespace onit
