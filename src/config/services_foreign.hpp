#pragma once

#include <string>
#include <string_view>

#include "config/services_foreign_words.hpp"
#include "config/services_keys.hpp"

namespace onit {

/// What to tell somebody who wrote a key that a section does not have: the key that was probably meant, be it mistyped,
/// of another section, or the word of another tool.
std::string explain_unknown_key(Section section, std::string_view word);

/// What is known of a key of another tool, in any spelling; null: nothing.
const ForeignWord* find_foreign_key(Tool tool, std::string_view word);

/// What to tell somebody who wrote a word that `choices` (as in Key) do not have.
std::string explain_unknown_choice(std::string_view choices, std::string_view word);

/// What to tell somebody whose file is no TOML but that of another tool: YAML, supervisord.conf or a unit of systemd.
/// Empty: it is none of those.
std::string_view explain_foreign_file(std::string_view text);

/// Finds the name that was probably meant.
class Suggestion {
 public:
  explicit Suggestion(std::string_view word) : word_(word) {}

  void consider(std::string_view name);
  /// `; did you mean 'NAME'?`, or nothing.
  std::string text() const;

 private:
  std::string_view word_;
  std::string_view best_;
  std::size_t distance_ = SIZE_MAX;
};

}  // namespace onit
