#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace onit {

enum class Tool : std::uint8_t { supervisord, systemd, compose, kubernetes };

/// What is told to somebody who writes a word of another tool.
enum class Advice : std::uint8_t {
  key,         ///< `text` is the word for it here
  hint,        ///< `text` says what to do
  outside,     ///< it is for whoever runs the container
  foreground,  ///< services run in the foreground and do not need it
};

/// A text of the tables of such words.
class ForeignText {
 public:
  constexpr explicit ForeignText(std::uint16_t at) : at_(at) {}

  operator std::string_view() const;

 private:
  std::uint16_t at_;  ///< see TextPool
};

struct ForeignWord {
  Tool tool;
  Advice advice;
  ForeignText word;  ///< in small letters, without '_' and '-'
  ForeignText text;
};

/// What other tools call their keys, and the words that these take. Sources: the manual of supervisord, configuration;
/// systemd.service(5), .exec(5), .unit(5), .kill(5); Compose specification; Kubernetes API, Pod v1 core.
std::span<const ForeignWord> foreign_keys();
std::span<const ForeignWord> foreign_choices();

}  // namespace onit
