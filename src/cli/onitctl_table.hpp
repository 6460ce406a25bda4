#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "cli/request.hpp"

namespace onit {

enum class VerbOptionId : std::uint8_t {
  json,
  watch,
  live,
  wait,
  follow,
  lines,
  timestamps,
  exit_code,
  profile,
  format,
  timeout,
  socket,
  help,
  version,
};

/// A text of the tables of onitctl.
class VerbText {
 public:
  constexpr explicit VerbText(std::uint16_t at) : at_(at) {}

  const char* c_str() const;
  operator std::string_view() const { return c_str(); }
  bool empty() const { return at_ == 0; }

 private:
  std::uint16_t at_;  ///< see TextPool
};

/// What the first of the words behind a verb is; those behind it are services, or files.
enum class FirstOperand : std::uint8_t {
  service,
  signal,
  choice,  ///< one of the verb's `choices`
  file,
};

/// As many words as one likes.
inline constexpr std::uint8_t kAnyNumber = 255;

/// One verb: what the parser, --help, the manual page, the completions and the tests know of it.
struct Verb {
  VerbId id;
  FirstOperand first;
  std::uint8_t fewest;    ///< words behind it
  std::uint8_t most;      ///< words behind it, or kAnyNumber
  std::uint16_t options;  ///< a bit for each VerbOptionId
  VerbText name;
  VerbText operands;  ///< what stands for these words in --help
  VerbText summary;   ///< what it does, on one line
  VerbText details;   ///< what more there is to know, in lines of 80 columns; may be empty
  VerbText choices;   ///< with '|' between them
};

struct VerbOption {
  VerbOptionId id;
  char short_name;    ///< '\0': none
  VerbText name;      ///< the long name, without dashes
  VerbText argument;  ///< what stands for its argument in --help; empty: it takes none
  VerbText meaning;
};

std::span<const Verb> verb_table();
std::span<const VerbOption> verb_option_table();

/// Whether a verb knows an option.
constexpr bool has_option(const Verb& verb, VerbOptionId id) {
  return (verb.options >> static_cast<unsigned>(id) & 1U) != 0;
}

/// Its exit codes, in lines of `  CODE  MEANING`.
const char* exit_codes_of(VerbId id);

/// How it is called, as in `onitctl stop [OPTION]... NAME...`.
std::string synopsis_of(const Verb& verb);

/// The text of `onitctl --help`.
std::string onitctl_help_text();

/// The text of `onitctl VERB --help`.
std::string verb_help_text(const Verb& verb);

}  // namespace onit
