#pragma once

#include <cstdint>
#include <string_view>

#include "core/plan.hpp"

namespace onit {

/// `error`, `warning` and so on.
const char* level_name(Verbosity level);

/// Where messages go in place of the descriptors themselves: a function and its context.
struct MessageOutlet {
  void (*write)(void* context, int fd, std::string_view line) = nullptr;
  void* context = nullptr;
};

/// Tells facts, as the messages of onit or in the words of the tool that it stands for. One line each. Needs no heap,
/// never waits, and drops what nobody can read. A message that is too long is cut.
class Reporter {
 public:
  /// Looks whether there is a stderr at all: must be made before any descriptor is opened.
  Reporter();
  void configure(const Messages& messages);
  /// The format of messages for which no other was asked.
  void set_default_format(LogFormat format) { default_format_ = format; }
  /// From now on messages take this way; one without function: their own again.
  void redirect(const MessageOutlet& outlet) { outlet_ = outlet; }

  /// Inline as far as nobody wants to know, which is nearly always.
  void tell(const Fact& fact) const {
    if (tells(fact.what)) say(fact);
  }
  bool tells(What what) const { return (told_ >> static_cast<int>(what) & 1) != 0; }
  /// Whether what is neither error nor warning goes to stdout, if there is such a thing to be told.
  bool writes_to_stdout() const {
    return messages_.info_on_stdout && !writes_json() && messages_.verbosity > Verbosity::warnings;
  }
  /// Shows lines that somebody has asked for, however little else is told; in JSON, a message for each.
  [[gnu::cold]] void show(std::string_view lines) const;
  void failure(std::string_view text) const { tell({.what = What::failure, .text = text}); }

 private:
  [[gnu::cold]] void say(const Fact& fact) const;
  struct Wording {
    Phrase phrase;
    bool is_own;
  };
  Wording wording_of(What what) const;
  bool writes_json() const { return messages_.format.value_or(default_format_) == LogFormat::json; }
  void say_json(Verbosity level, std::string_view text, int fd) const;
  int descriptor_for(Verbosity level) const;
  void write(int fd, std::string_view line) const;

  Messages messages_;
  LogFormat default_format_ = LogFormat::text;
  MessageOutlet outlet_;
  std::uint32_t told_;  // a bit for each kind of fact
  bool has_stdout_;
  bool has_stderr_;
};

}  // namespace onit
