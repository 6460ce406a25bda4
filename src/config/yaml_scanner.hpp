#pragma once

#include <string>
#include <string_view>

#include "config/tree.hpp"

namespace onit {

/// Goes through a text and reads what has no structure: white space, comments and scalars. What cannot be read becomes
/// the problem, and false is returned; the first problem counts.
class YamlScanner {
 public:
  YamlScanner(std::string_view text, tree::Tree& tree);

  bool at_end() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  /// Whether there is a blank or the end of a line.
  bool is_space(std::size_t ahead) const;
  void skip(std::size_t count = 1) { at_ += count; }
  toml::Position position() const;
  int line() const { return line_; }
  /// In bytes, from 0.
  int column() const { return static_cast<int>(at_ - line_begin_); }
  bool is_first_on_line() const;
  /// A line that ends or begins a document: `---` or `...`.
  bool is_marker() const;
  /// The end of all blocks.
  bool is_over() const { return at_end() || is_marker(); }

  void skip_blanks();
  void skip_line();
  /// Blanks, comments and ends of lines.
  bool skip_to_content();

  // Scalars, which are then in text(). Their further lines stand behind column `indent`.
  bool quoted(int indent);
  bool plain(int indent, bool in_flow);
  /// `|` or `>`, and the lines below.
  bool block(int indent);
  std::string_view text() const { return out_; }
  /// Letters, digits, '_', '-' and '.', as far as they go.
  std::string_view word();

  /// A problem at the place where it is.
  bool fail(const char* text);

 private:
  struct BlockHeader {
    bool is_folded = false;
    char chomping = '\0';
    int width = 0;  ///< what the lines are indented by; 0: as the first one is
  };

  void take_newline();
  bool find_bad_characters();
  bool ends_plain(bool in_flow) const;
  int take_newlines(bool with_tabs);
  void fold(int newlines);
  bool escape();
  bool block_header(int indent, BlockHeader& header);

  std::string text_;  // lines end with '\n' alone
  std::string out_{};
  tree::Tree& tree_;
  std::size_t at_ = 0;
  std::size_t line_begin_ = 0;
  int line_ = 1;
  // The column of a place is counted on from that of the place before.
  mutable std::size_t counted_to_ = 0;
  mutable int counted_ = 1;
};

/// Whether it separates or ends values in brackets.
bool is_flow_indicator(char c);

}  // namespace onit
