#include "config/env_file.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace onit {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }
bool is_file_name_char(char c) { return is_name_start(c) || is_digit(c) || c == '.' || c == '-'; }

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// In single quotes only the quote can be escaped; any other backslash stands for itself.
std::string unescape_single(std::string_view body) {
  std::string value;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\\' && i + 1 < body.size()) {
      if (body[i + 1] != '\'') value += body[i];
      ++i;
    }
    value += body[i];
  }
  return value;
}

/// Reads a file statement by statement. The read_ functions return false after fail().
class Parser {
 public:
  Parser(std::string_view text, Lookup environment, EnvFileWarnings warnings)
      : text_(text), environment_(environment), warnings_(warnings) {}

  Result<std::vector<Variable>, Complaint> run();

 private:
  bool read_statement();
  bool read_value(std::string_view name);
  bool read_quoted(std::string_view name);
  bool expand(std::string_view name, std::size_t begin, std::size_t end, Escapes escapes);
  bool inherit(std::string_view name);
  bool store(std::string_view name, std::string_view value);
  bool bad_name(std::size_t at);
  void warn(std::size_t at, std::string_view text);
  long line_of(std::size_t at) const;
  bool fail(std::size_t at, std::string text);

  /// The next byte; the end of the file looks like the end of a line.
  char peek() const { return at_ < text_.size() ? text_[at_] : '\n'; }
  std::size_t end_of_line() const { return std::min(text_.find('\n', at_), text_.size()); }
  void skip_blanks();
  void skip_export();
  std::size_t index_of(std::string_view name) const;
  std::optional<std::string_view> look_up(std::string_view name) const;

  std::string_view text_;
  Lookup environment_;
  EnvFileWarnings warnings_;
  std::size_t at_ = 0;
  std::size_t bytes_ = 0;  // of all values stored, also of those replaced since
  std::vector<Variable> variables_;
  Fault fault_;
};

Result<std::vector<Variable>, Complaint> Parser::run() {
  if (text_.starts_with(kByteOrderMark)) at_ = sizeof kByteOrderMark - 1;
  bool good = true;
  std::size_t nul = text_.find('\0');
  if (nul != std::string_view::npos) good = fail(nul, "a NUL byte: save the file as UTF-8 text");
  while (good && at_ < text_.size()) {
    skip_blanks();
    if (peek() != '\n' && peek() != '#') good = read_statement();
    at_ = end_of_line() + 1;
  }
  if (good) return std::move(variables_);
  return Complaint{filled("%: %", line_of(fault_.at), fault_.text)};
}

/// Reads NAME=VALUE, NAME: VALUE or NAME, and stops somewhere on the last line that belongs to it.
bool Parser::read_statement() {
  skip_export();
  std::size_t start = at_;
  while (is_file_name_char(peek())) ++at_;
  std::string_view name = text_.substr(start, at_ - start);
  if (!is_variable_name(name)) return bad_name(start);

  std::size_t name_end = at_;
  skip_blanks();
  if (peek() == '=' || peek() == ':') {
    ++at_;
    return read_value(name);
  }
  if (peek() == '\n' || (peek() == '#' && at_ > name_end)) return inherit(name);
  return bad_name(start);
}

/// Reads up to the end of the line, or to a '#' with a blank before it.
bool Parser::read_value(std::string_view name) {
  std::size_t start = at_;
  skip_blanks();
  if (peek() == '"' || peek() == '\'') return read_quoted(name);
  std::size_t end = end_of_line();
  for (std::size_t i = start + 1; i < end; ++i) {
    if (text_[i] == '#' && is_blank(text_[i - 1])) end = i;
  }
  std::size_t begin = std::min(at_, end);
  end = begin + trim_end(text_.substr(begin, end - begin)).size();
  return expand(name, begin, end, Escapes::none);
}

bool Parser::read_quoted(std::string_view name) {
  std::size_t open = at_;
  char quote = text_[open];
  std::size_t close = open + 1;
  while (close < text_.size() && text_[close] != quote) close += text_[close] == '\\' ? 2U : 1U;
  if (close >= text_.size()) {
    std::string_view kind = quote == '"' ? "'\"'" : "\"'\"";
    return fail(open, filled("unterminated % quote: add the closing quote", kind));
  }
  at_ = close + 1;
  skip_blanks();
  if (peek() != '\n' && peek() != '#') {
    std::string rest = quoted(text_.substr(at_, end_of_line() - at_));
    return fail(at_, filled("% after the closing quote: put the whole value inside the quotes", rest));
  }
  if (quote == '"') return expand(name, open + 1, close, Escapes::backslash);
  return store(name, unescape_single(text_.substr(open + 1, close - open - 1)));
}

/// Stores what the text from begin to end means.
bool Parser::expand(std::string_view name, std::size_t begin, std::size_t end, Escapes escapes) {
  auto find = [](const void* self, std::string_view wanted) {
    return static_cast<const Parser*>(self)->look_up(wanted);
  };
  std::vector<std::string> unset;
  auto value = interpolate(text_.substr(begin, end - begin), escapes, Lookup{find, this}, &unset);
  // What stands behind a '$' without braces may be the rest of a password.
  for (std::string_view variable : unset) warn(begin, unset_text(name, variable.starts_with("${") ? variable : "$..."));
  if (!value.ok()) return fail(begin + value.error().at, value.error().text);
  return store(name, value.value());
}

bool Parser::inherit(std::string_view name) {
  auto value = environment_(name);
  return !value || store(name, *value);
}

bool Parser::store(std::string_view name, std::string_view value) {
  std::size_t entry_bytes = name.size() + value.size() + 2;  // '=' and the final NUL
  bytes_ += entry_bytes;
  if (entry_bytes > kMaxEntryBytes)
    return fail(at_, filled("% is longer than 128 KiB, the limit of execve(2)", quoted(name)));
  if (bytes_ > kMaxEnvironmentBytes) return fail(at_, "more than 2 MiB of values, the limit of execve(2)");
  std::size_t index = index_of(name);
  if (index == kMaxVariables) return fail(at_, filled("more than % variables", kMaxVariables));
  if (index == variables_.size()) variables_.push_back({std::string{name}, {}});
  variables_[index].value = value;
  return true;
}

bool Parser::bad_name(std::size_t at) {
  std::size_t end = text_.find_first_of("=\n", at);
  std::string shown = quoted(trim_end(text_.substr(at, end - at)));
  return fail(at,
              filled("% is not a variable name: use letters, digits, '_', '.' and '-', a letter or '_' first", shown));
}

void Parser::warn(std::size_t at, std::string_view text) {
  if (warnings_.all == nullptr || warnings_.all->size() >= kMaxEnvFileWarnings) return;
  std::size_t column = 1;
  for (std::size_t i = at; i > 0 && text_[i - 1] != '\n'; --i) column += (text_[i - 1] & 0xC0) == 0x80 ? 0U : 1U;
  warnings_.all->push_back(filled("%:%:%: %", warnings_.file, line_of(at), column, text));
}

long Parser::line_of(std::size_t at) const {
  std::string_view before = text_.substr(0, at);
  return std::ranges::count(before, '\n') + 1;
}

bool Parser::fail(std::size_t at, std::string text) {
  fault_ = {at, std::move(text)};
  return false;
}

void Parser::skip_blanks() {
  while (is_blank(peek())) ++at_;
}

/// `export ` in front of a name, as in a file that a shell can read too. `export=1` is a variable.
void Parser::skip_export() {
  constexpr std::string_view kExport = "export";
  if (!text_.substr(at_).starts_with(kExport)) return;
  std::size_t start = at_;
  std::size_t word_end = at_ + kExport.size();
  at_ = word_end;
  skip_blanks();
  bool is_prefix = at_ > word_end && is_file_name_char(peek());
  if (!is_prefix) at_ = start;
}

/// The place of a name, or the number of variables if it has none. Environments are short: a walk will do.
std::size_t Parser::index_of(std::string_view name) const {
  std::size_t index = 0;
  while (index < variables_.size() && variables_[index].name != name) ++index;
  return index;
}

std::optional<std::string_view> Parser::look_up(std::string_view name) const {
  if (auto value = environment_(name)) return value;
  std::size_t index = index_of(name);
  if (index == variables_.size()) return std::nullopt;
  return variables_[index].value;
}

}  // namespace

bool is_variable_name(std::string_view name) {
  return !name.empty() && is_name_start(name.front()) && std::ranges::all_of(name, is_file_name_char);
}

Result<std::vector<Variable>, Complaint> parse_env_file(std::string_view text, Lookup environment,
                                                        EnvFileWarnings warnings) {
  return Parser{text, environment, warnings}.run();
}

}  // namespace onit
