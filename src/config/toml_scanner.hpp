#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/toml.hpp"

namespace onit::toml {

/// Goes through a text, and reads what has no structure: blanks, keys and single values. What cannot be read becomes a
/// problem, and nothing is returned.
class Scanner {
 public:
  Scanner(std::string_view text, std::vector<Problem>& problems);

  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Position position() const;
  /// What is here, for a message.
  std::string here() const;

  bool take(std::string_view expected);
  void skip_blanks();
  /// Blanks, comments and ends of lines.
  void skip_lines();
  /// What skip_lines() would come to if it left this line; '\0' at the end of the text, or if there is more on the
  /// line.
  char peek_behind_lines() const;
  /// The end of a line, with a comment in front of it if there is one; false if something else is there.
  bool take_line_end();
  void skip_rest_of_line();

  /// A bare or quoted key.
  std::optional<std::string> key();
  /// A value that is neither array nor table.
  std::optional<Value> scalar();

  std::nullopt_t fail(Position at, std::string text);

 private:
  void skip_comment();
  bool at_newline() const { return peek() == '\n' || (peek() == '\r' && peek(1) == '\n'); }
  void take_newline();

  std::optional<std::string> string();
  std::optional<std::string> string_behind(Position start, char quote, bool multi_line);
  bool take_closing(std::string_view quotes, std::string& text);
  bool escape(std::string& text, bool multi_line);
  bool unicode_escape(std::string& text, Position start, int digits);
  void skip_escaped_newline();
  std::string_view token();

  std::string_view text_;
  std::vector<Problem>& problems_;
  std::size_t at_ = 0;
  int line_ = 1;
  mutable std::size_t counted_to_ = 0;  // where the column was asked for last, so that nothing is counted twice
  mutable int column_ = 1;
};

/// Whether a key that is not quoted can have it.
bool is_bare(char c);

/// A number, a boolean or a date, as a token without quotes; nothing if it is none of them.
std::optional<Value> parse_token(std::string_view token);

}  // namespace onit::toml
