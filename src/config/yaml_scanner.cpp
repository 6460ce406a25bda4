#include "config/yaml_scanner.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace onit {
namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

}  // namespace

bool is_flow_indicator(char c) { return c != '\0' && std::string_view{",[]{}"}.find(c) != std::string_view::npos; }

YamlScanner::YamlScanner(std::string_view text, tree::Tree& tree) : tree_(tree) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(sizeof kByteOrderMark - 1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\r' || !text.substr(i + 1).starts_with('\n')) text_ += text[i];
  }
  if (!find_bad_characters()) at_ = text_.size();
}

/// What no part of a document may have. The line ends of Unicode end a line for some readers and not for others.
bool YamlScanner::find_bad_characters() {
  while (!at_end()) {
    std::string_view rest = std::string_view{text_}.substr(at_);
    std::size_t length = utf8_length(rest);
    bool is_forbidden = is_control(rest[0]) && rest[0] != '\t' && rest[0] != '\n';
    for (std::string_view line_end : {"\u0085", "\u2028", "\u2029"}) {
      is_forbidden = is_forbidden || rest.starts_with(line_end);
    }
    if (length == 0) return fail("this is not UTF-8");
    if (is_forbidden) return fail("a control character; in double quotes it can be written as \\u and its number");
    rest[0] == '\n' ? take_newline() : skip(length);
  }
  at_ = line_begin_ = counted_to_ = 0;
  line_ = counted_ = 1;
  return true;
}

bool YamlScanner::fail(const char* text) { return tree_.fail(position(), text); }

toml::Position YamlScanner::position() const {
  if (counted_to_ > at_ || counted_to_ < line_begin_) {
    counted_to_ = line_begin_;
    counted_ = 1;
  }
  for (; counted_to_ < at_; ++counted_to_) {
    if ((text_[counted_to_] & 0xC0) != 0x80) ++counted_;
  }
  return {line_, counted_};
}

bool YamlScanner::is_space(std::size_t ahead) const {
  char c = peek(ahead);
  return c == ' ' || c == '\t' || c == '\n' || at_ + ahead >= text_.size();
}

bool YamlScanner::is_first_on_line() const {
  return std::string_view{text_}.substr(line_begin_, at_ - line_begin_).find_first_not_of(' ') == std::string::npos;
}

bool YamlScanner::is_marker() const {
  std::string_view rest = std::string_view{text_}.substr(at_);
  return at_ == line_begin_ && (rest.starts_with("---") || rest.starts_with("...")) && is_space(3);
}

void YamlScanner::take_newline() {
  ++at_;
  line_begin_ = at_;
  ++line_;
}

void YamlScanner::skip_blanks() {
  while (peek() == ' ') ++at_;
}

void YamlScanner::skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

bool YamlScanner::skip_to_content() {
  for (;;) {
    skip_blanks();
    bool is_comment = peek() == '#' && (at_ == line_begin_ || text_[at_ - 1] == ' ');
    if (is_comment) skip_line();
    if (peek() == '\t') return fail("a tab; YAML takes blanks only, outside of texts");
    if (peek() != '\n') return true;
    take_newline();
  }
}

/// The ends of lines that are here, and the white space behind each. Returns how many there were.
int YamlScanner::take_newlines(bool with_tabs) {
  int newlines = 0;
  while (peek() == '\n') {
    take_newline();
    ++newlines;
    while (peek() == ' ' || (with_tabs && peek() == '\t')) ++at_;
  }
  return newlines;
}

/// So many ends of lines inside of a text: one is a blank.
void YamlScanner::fold(int newlines) {
  bool is_blank = newlines == 1;
  out_.append(is_blank ? 1 : static_cast<std::size_t>(newlines - 1), is_blank ? ' ' : '\n');
}

std::string_view YamlScanner::word() {
  std::size_t begin = at_;
  while (is_letter(peek()) || is_digit(peek()) || peek() == '_' || peek() == '-' || peek() == '.') ++at_;
  return std::string_view{text_}.substr(begin, at_ - begin);
}

/// Whether an unquoted text ends in front of what is here.
bool YamlScanner::ends_plain(bool in_flow) const {
  char c = peek();
  if (c == ':') return is_space(1) || (in_flow && is_flow_indicator(peek(1)));
  return c == '\n' || c == '\t' || at_end() || (in_flow && is_flow_indicator(c)) ||
         (c == '#' && (at_ == line_begin_ || text_[at_ - 1] == ' '));
}

bool YamlScanner::plain(int indent, bool in_flow) {
  out_.clear();
  for (;;) {
    std::size_t begin = at_;
    std::size_t end = at_;
    while (!ends_plain(in_flow)) {
      if (peek() != ' ') end = at_ + 1;
      ++at_;
    }
    out_.append(text_, begin, end - begin);
    if (peek() == '\t') return fail("a tab; YAML takes blanks only, outside of quotes");
    if (peek() != '\n') return true;
    int newlines = take_newlines(false);
    bool goes_on = !is_over() && (in_flow || column() > indent) && !ends_plain(in_flow);
    if (!goes_on) return true;
    fold(newlines);
  }
}

bool YamlScanner::escape() {
  constexpr std::string_view kNames = "0abt\tnvfre \"/\\";
  constexpr std::string_view kMeanings{"\0\a\b\t\t\n\v\f\r\x1b \"/\\", 14};
  char name = peek(1);
  std::size_t digits = name == 'x' ? 2 : name == 'u' ? 4 : name == 'U' ? 8 : 0;
  std::size_t found = kNames.find(name);
  if (digits == 0) {
    if (found == kNames.npos) return fail("this is no escape that is known here");
    out_ += kMeanings[found];
    skip(2);
    return true;
  }
  std::uint32_t code = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    int digit = hex_digit(peek(2 + i));
    if (digit < 0) return fail("an escape with too few digits");
    code = code * 16 + static_cast<std::uint32_t>(digit);
  }
  if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return fail("this is no character of Unicode");
  append_utf8(out_, code);
  skip(2 + digits);
  return true;
}

bool YamlScanner::quoted(int indent) {
  out_.clear();
  toml::Position start = position();
  char quote = peek();
  skip();
  std::size_t solid = 0;  // blanks behind it do not count at the end of a line
  for (;;) {
    if (at_end() || is_marker()) return tree_.fail(start, "a quote that is not closed");
    bool is_escape = quote == '"' && peek() == '\\';
    bool joins_lines = is_escape && peek(1) == '\n';
    if (joins_lines) skip();
    if (peek() == '\n') {
      if (!joins_lines) out_.resize(solid);
      int newlines = take_newlines(true);
      if (!at_end() && column() <= indent) return fail("this line of a text in quotes is not indented");
      if (!joins_lines || newlines > 1) fold(newlines);
      solid = out_.size();
      continue;
    }
    if (is_escape) {
      if (!escape()) return false;
      solid = out_.size();
      continue;
    }
    bool is_doubled = peek() == quote && quote == '\'' && peek(1) == quote;
    if (peek() == quote && !is_doubled) {
      skip();
      return true;
    }
    bool is_blank = peek() == ' ' || peek() == '\t';
    out_ += peek();
    skip(is_doubled ? 2 : 1);
    if (!is_blank) solid = out_.size();
  }
}

/// The line of `|` or `>`: how its text is folded, chomped and indented.
bool YamlScanner::block_header(int indent, BlockHeader& header) {
  header.is_folded = peek() == '>';
  for (skip();; skip()) {
    char c = peek();
    if ((c == '+' || c == '-') && header.chomping == '\0') {
      header.chomping = c;
    } else if (c >= '1' && c <= '9' && header.width == 0) {
      header.width = std::max(indent, 0) + (c - '0');
    } else {
      break;
    }
  }
  bool has_blank = peek() == ' ';
  skip_blanks();
  if (peek() == '#' && has_blank) skip_line();
  if (peek() != '\n' && !at_end()) return fail("nothing can follow '|' or '>' on its line");
  if (!at_end()) take_newline();
  return true;
}

bool YamlScanner::block(int indent) {
  out_.clear();
  BlockHeader header;
  if (!block_header(indent, header)) return false;
  int& width = header.width;
  int longest_blank = 0;
  int newlines = 0;  // of blank lines, since the last one with text
  bool has_line = false;
  bool is_ended = false;      // the last line with text
  bool was_indented = false;  // the last line more than the others
  while (!at_end()) {
    int blanks = 0;
    while (peek(static_cast<std::size_t>(blanks)) == ' ' && (width == 0 || blanks < width)) ++blanks;
    char c = peek(static_cast<std::size_t>(blanks));
    if (c == '\n') {
      longest_blank = std::max(longest_blank, blanks);
      skip(static_cast<std::size_t>(blanks));
      take_newline();
      ++newlines;
      continue;
    }
    bool is_below = c != '\0' && blanks > std::max(indent, 0);
    if (width == 0 && is_below) {
      if (longest_blank > blanks) return fail("the first line of this text is indented less than a blank one above it");
      width = blanks;
    }
    if (width == 0 || c == '\0' || blanks < width) break;
    bool is_indented = c == ' ' || c == '\t';
    bool is_joined = header.is_folded && has_line && !was_indented && !is_indented;
    if (is_joined) fold(newlines + 1);
    if (!is_joined) out_.append(static_cast<std::size_t>(newlines + (has_line ? 1 : 0)), '\n');
    skip(static_cast<std::size_t>(width));
    std::size_t begin = at_;
    skip_line();
    out_.append(text_, begin, at_ - begin);
    has_line = true;
    was_indented = is_indented;
    newlines = 0;
    is_ended = !at_end();
    if (is_ended) take_newline();
  }
  if (header.chomping != '-' && is_ended) out_ += '\n';
  if (header.chomping == '+') out_.append(static_cast<std::size_t>(newlines), '\n');
  return true;
}

}  // namespace onit
