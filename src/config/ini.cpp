#include "config/ini.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace onit {
namespace {

using tree::Kind;
using tree::List;
using tree::Node;

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

class Parser {
 public:
  explicit Parser(tree::Tree& tree) : tree_(tree), sections_{tree.add(Kind::mapping, {})}, text_(tree.memory) {
    tree.root = sections_.owner;
  }

  void take_line(std::string_view line);
  /// Ends the value that further lines belong to.
  void end_value();

 private:
  void open_section(std::string_view name);
  void take_entry(std::string_view line);
  Node* value_of(List& list, std::string_view key, Kind kind);
  void fail(const char* text) { tree_.fail(at_, text); }

  tree::Tree& tree_;
  toml::Position at_{0, 1};
  List sections_;
  List section_{nullptr};
  Node* value_ = nullptr;   // what a further line belongs to
  tree::Text text_;         // of it
  std::size_t indent_ = 0;  // of the line that it is in
};

/// Cuts a comment off, unless it is the whole line.
std::string_view without_comment(std::string_view line) {
  for (std::size_t i = 0; i < line.size(); ++i) {
    bool is_comment = (line[i] == ';' || line[i] == '#') && (i == 0 || is_blank(line[i - 1]));
    if (is_comment) return line.substr(0, i);
  }
  return line;
}

void Parser::take_line(std::string_view line) {
  ++at_.line;
  at_.column = 1;
  if (line.ends_with('\r')) line.remove_suffix(1);
  for (std::size_t i = 0; i < line.size();) {
    std::size_t length = utf8_length(line.substr(i));
    bool is_bad = length == 0 || (is_control(line[i]) && line[i] != '\t');
    if (is_bad) return fail("this is not UTF-8, or a control character");
    i += length;
  }
  std::string_view text = trimmed(without_comment(line));
  if (text.empty()) return;
  auto indent = static_cast<std::size_t>(text.data() - line.data());
  at_.column = static_cast<int>(indent) + 1;
  if (value_ && indent > indent_) {
    text_.add('\n');
    text_.add(text);
    return;
  }
  indent_ = indent;
  end_value();
  std::size_t end = text.rfind(']');
  bool is_header = text[0] == '[' && end != text.npos && end > 1;
  is_header ? open_section(text.substr(1, end - 1)) : take_entry(text);
}

/// The value of a key, made if it is not there; null, and a problem, if there are too many.
Node* Parser::value_of(List& list, std::string_view key, Kind kind) {
  if (Node* there = find(list.owner, key)) return there;
  Node* name = tree_.add(Kind::scalar, at_);
  Node* value = tree_.add(kind, at_);
  if (name) name->text = key;
  return tree_.append(list, name, value) ? value : nullptr;
}

void Parser::end_value() {
  if (value_) value_->text = trimmed(text_.view());
  value_ = nullptr;
}

void Parser::open_section(std::string_view name) {
  section_ = {value_of(sections_, name, Kind::mapping)};
  Node* last = section_.owner ? section_.owner->first : nullptr;
  for (; last; last = last->next) section_.last = last;
}

void Parser::take_entry(std::string_view line) {
  std::size_t end = line.find_first_of("=:");
  if (end == line.npos || end == 0) return fail("'KEY = VALUE' or '[SECTION]' belongs here");
  if (!section_.owner) return fail("this is in front of the first [SECTION]");
  tree::Text key{tree_.memory};
  for (char c : trimmed(line.substr(0, end))) key.add(c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c);
  value_ = value_of(section_, key.view(), Kind::scalar);
  if (!value_) return;
  value_->at = at_;
  text_ = tree::Text{tree_.memory};
  text_.add(trimmed(line.substr(end + 1)));
}

}  // namespace

void parse_ini(std::string_view text, tree::Tree& tree) {
  Parser parser{tree};
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(sizeof kByteOrderMark - 1);
  while (!text.empty() && tree.problem.text.empty()) parser.take_line(take_until(text, '\n'));
  parser.end_value();
  if (!tree.problem.text.empty()) tree.root = nullptr;
}

}  // namespace onit
