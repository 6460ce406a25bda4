#include "config/env_file.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace onit {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kShownBytes = 40;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_file_name_char(char c) { return is_name_start(c) || is_digit(c) || c == '.' || c == '-'; }

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Foreign text for a message: in quotes, cut short, on one line.
std::string quoted(std::string_view text) {
  std::size_t length = std::min(text.size(), kShownBytes);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  std::string shown{text.substr(0, length)};
  for (char& c : shown) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  return "'" + shown + (length < text.size() ? "...'" : "'");
}

/// What is wrong, and at which byte.
struct Fault {
  std::size_t at = 0;
  std::string text;
};

enum class Escapes : std::uint8_t { none, backslash };

/// What stands behind the name in `${NAME...}`.
enum class Operator : std::uint8_t { plain, fallback, required, alternative };

/// Expands one text by recursive descent:
/// text = { char | escape | "$$" | "$" name | "${" name [operator text] "}" }
class Expander {
 public:
  Expander(std::string_view text, Escapes escapes, Lookup variables)
      : text_(text), escapes_(escapes), variables_(variables) {}

  bool run(std::string& out) { return expand(&out, 0); }
  const Fault& fault() const { return fault_; }

 private:
  // An `out` of nullptr means: check the syntax and keep nothing. So an unused word is passed over.
  bool expand(std::string* out, int depth);
  bool dollar(std::string* out, int depth);
  bool braced(std::string* out, int depth);
  bool backslash(std::string* out);
  std::string_view take_name();
  bool take(char c);
  bool put(std::string* out, std::string_view text);
  bool fail(std::size_t at, std::string text);

  std::string_view text_;
  Escapes escapes_;
  Lookup variables_;
  std::size_t at_ = 0;
  Fault fault_;
};

/// Goes to the end of the text or, inside of braces, to the '}', which it leaves to braced().
bool Expander::expand(std::string* out, int depth) {
  while (at_ < text_.size()) {
    char c = text_[at_];
    if (c == '}' && depth > 0) return true;
    if (c == '$') {
      if (!dollar(out, depth)) return false;
    } else if (c == '\\' && escapes_ == Escapes::backslash) {
      if (!backslash(out)) return false;
    } else {
      if (!put(out, text_.substr(at_, 1))) return false;
      ++at_;
    }
  }
  return true;
}

bool Expander::dollar(std::string* out, int depth) {
  std::size_t start = at_++;
  if (take('$')) return put(out, "$");
  if (take('{')) return braced(out, depth);
  std::string_view name = take_name();
  if (name.empty()) return fail(start, "'$' without a name: write '$$' for a '$', or use single quotes");
  return put(out, variables_(name).value_or(""));
}

bool Expander::braced(std::string* out, int depth) {
  std::size_t start = at_ - 2;
  if (depth == kMaxNesting)
    return fail(start, "'${' nested deeper than " + std::to_string(kMaxNesting) + " levels");
  std::string_view name = take_name();
  if (name.empty()) return fail(start, "'${' without a name: write '${NAME}', or '$$' for a '$'");

  std::size_t name_end = at_;
  bool needs_text = take(':');
  Operator op = take('-')   ? Operator::fallback
                : take('?') ? Operator::required
                : take('+') ? Operator::alternative
                            : Operator::plain;
  bool ends = at_ == text_.size() || text_[at_] == '}';
  if (op == Operator::plain && (needs_text || !ends)) {
    return fail(start, "'${" + std::string{name} + "' is followed by " + quoted(text_.substr(name_end, 1)) +
                           ": expected '}', ':-', '-', ':?', '?', ':+' or '+'");
  }

  auto value = variables_(name);
  bool is_set = value && !(needs_text && value->empty());
  bool uses_word = out != nullptr && is_set == (op == Operator::alternative);
  std::string word;
  if (!expand(uses_word ? &word : nullptr, depth + 1)) return false;
  if (!take('}')) return fail(start, "unterminated '${': add the closing '}'");

  if (uses_word && op == Operator::required) {
    std::string reason = word.empty() ? "give it a value in the environment" : std::move(word);
    return fail(start, quoted(name) + (value ? " is empty: " : " is not set: ") + reason);
  }
  if (uses_word) return put(out, word);
  return put(out, value.value_or(""));
}

/// A backslash that begins no known escape stands for itself.
bool Expander::backslash(std::string* out) {
  constexpr std::string_view kEscapes = "nrt\\\"$";
  constexpr std::string_view kMeanings = "\n\r\t\\\"$";
  std::size_t escape = std::string_view::npos;
  if (at_ + 1 < text_.size()) escape = kEscapes.find(text_[at_ + 1]);
  bool known = escape != std::string_view::npos;
  if (!put(out, known ? kMeanings.substr(escape, 1) : "\\")) return false;
  at_ += known ? 2U : 1U;
  return true;
}

std::string_view Expander::take_name() {
  std::size_t start = at_;
  if (at_ < text_.size() && is_name_start(text_[at_])) ++at_;
  while (at_ > start && at_ < text_.size() && (is_name_start(text_[at_]) || is_digit(text_[at_]))) ++at_;
  return text_.substr(start, at_ - start);
}

bool Expander::take(char c) {
  if (at_ == text_.size() || text_[at_] != c) return false;
  ++at_;
  return true;
}

bool Expander::put(std::string* out, std::string_view text) {
  if (out == nullptr) return true;
  if (out->size() + text.size() >= kMaxEntryBytes) return fail(at_, "the value is longer than 128 KiB");
  out->append(text);
  return true;
}

bool Expander::fail(std::size_t at, std::string text) {
  fault_ = {at, std::move(text)};
  return false;
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
  Parser(std::string_view text, Lookup environment) : text_(text), environment_(environment) {}

  Result<std::vector<Variable>, Complaint> run();

 private:
  bool read_statement();
  bool read_value(std::string_view name);
  bool read_quoted(std::string_view name);
  bool expand(std::string_view name, std::size_t begin, std::size_t end, Escapes escapes);
  bool inherit(std::string_view name);
  bool store(std::string_view name, std::string_view value);
  bool bad_name(std::size_t at);
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
  std::size_t at_ = 0;
  std::size_t bytes_ = 0;  // of all values stored, also of those replaced since
  std::vector<Variable> variables_;
  Fault fault_;
};

Result<std::vector<Variable>, Complaint> Parser::run() {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  bool good = true;
  std::size_t nul = text_.find('\0');
  if (nul != std::string_view::npos) good = fail(nul, "a NUL byte: save the file as UTF-8 text");
  while (good && at_ < text_.size()) {
    skip_blanks();
    if (peek() != '\n' && peek() != '#') good = read_statement();
    at_ = end_of_line() + 1;
  }
  if (good) return std::move(variables_);
  std::string_view before = text_.substr(0, fault_.at);
  auto line = std::count(before.begin(), before.end(), '\n') + 1;
  return Complaint{std::to_string(line) + ": " + fault_.text};
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
    return fail(open, "unterminated " + std::string{kind} + " quote: add the closing quote");
  }
  at_ = close + 1;
  skip_blanks();
  if (peek() != '\n' && peek() != '#') {
    std::string rest = quoted(text_.substr(at_, end_of_line() - at_));
    return fail(at_, rest + " after the closing quote: put the whole value inside the quotes");
  }
  if (quote == '"') return expand(name, open + 1, close, Escapes::backslash);
  return store(name, unescape_single(text_.substr(open + 1, close - open - 1)));
}

/// Stores what the text from begin to end means.
bool Parser::expand(std::string_view name, std::size_t begin, std::size_t end, Escapes escapes) {
  auto find = [](const void* self, std::string_view wanted) {
    return static_cast<const Parser*>(self)->look_up(wanted);
  };
  Expander expander{text_.substr(begin, end - begin), escapes, Lookup{find, this}};
  std::string value;
  if (!expander.run(value)) return fail(begin + expander.fault().at, expander.fault().text);
  return store(name, value);
}

bool Parser::inherit(std::string_view name) {
  auto value = environment_(name);
  return !value || store(name, *value);
}

bool Parser::store(std::string_view name, std::string_view value) {
  std::size_t entry_bytes = name.size() + value.size() + 2;  // '=' and the final NUL
  bytes_ += entry_bytes;
  if (entry_bytes > kMaxEntryBytes)
    return fail(at_, quoted(name) + " is longer than 128 KiB, the limit of execve(2)");
  if (bytes_ > kMaxEnvironmentBytes) return fail(at_, "more than 2 MiB of values, the limit of execve(2)");
  std::size_t index = index_of(name);
  if (index == kMaxVariables) return fail(at_, "more than " + std::to_string(kMaxVariables) + " variables");
  if (index == variables_.size()) variables_.push_back({std::string{name}, {}});
  variables_[index].value = value;
  return true;
}

bool Parser::bad_name(std::size_t at) {
  std::size_t end = text_.find_first_of("=\n", at);
  std::string shown = quoted(trim_end(text_.substr(at, end - at)));
  return fail(
      at, shown + " is not a variable name: use letters, digits, '_', '.' and '-', a letter or '_' first");
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
  return !name.empty() && is_name_start(name.front()) &&
         std::all_of(name.begin(), name.end(), is_file_name_char);
}

Result<std::string, Complaint> interpolate(std::string_view text, Lookup variables) {
  Expander expander{text, Escapes::none, variables};
  std::string result;
  if (!expander.run(result)) return Complaint{expander.fault().text};
  return result;
}

Result<std::vector<Variable>, Complaint> parse_env_file(std::string_view text, Lookup environment) {
  return Parser{text, environment}.run();
}

}  // namespace onit
