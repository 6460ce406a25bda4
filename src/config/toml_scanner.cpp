#include "config/toml_scanner.hpp"

#include "base/text.hpp"
#include "base/utf8.hpp"

namespace onit::toml {

bool is_bare(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }

namespace {

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// `2024-01-31`, behind which a blank may stand in front of the time.
bool is_date_like(std::string_view token) {
  constexpr std::string_view kShape = "0000-00-00";
  if (token.size() != kShape.size()) return false;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (kShape[i] == '0' ? !is_digit(token[i]) : token[i] != '-') return false;
  }
  return true;
}

}  // namespace

Scanner::Scanner(std::string_view text, std::vector<Problem>& problems) : text_(text), problems_(problems) {
  take(kByteOrderMark);
  counted_to_ = at_;
}

Position Scanner::position() const {
  for (; counted_to_ < at_; ++counted_to_) {
    if ((text_[counted_to_] & 0xC0) != 0x80) ++column_;
  }
  return {line_, column_};
}

std::string Scanner::here() const {
  if (at_end()) return "the end of the file";
  if (at_newline()) return "the end of the line";
  return quoted(text_.substr(at_, utf8_length(text_.substr(at_))));
}

std::nullopt_t Scanner::fail(Position at, std::string text) {
  if (problems_.size() < kMostProblems) problems_.push_back({at, std::move(text)});
  return std::nullopt;
}

bool Scanner::take(std::string_view expected) {
  if (!text_.substr(at_).starts_with(expected)) return false;
  at_ += expected.size();
  return true;
}

void Scanner::skip_blanks() {
  while (peek() == ' ' || peek() == '\t') ++at_;
}

void Scanner::skip_comment() {
  if (peek() != '#') return;
  while (!at_end() && !at_newline()) ++at_;
}

void Scanner::take_newline() {
  at_ += peek() == '\r' ? 2U : 1U;
  counted_to_ = at_;
  column_ = 1;
  ++line_;
}

void Scanner::skip_lines() {
  for (;;) {
    skip_blanks();
    skip_comment();
    if (!at_newline()) return;
    take_newline();
  }
}

char Scanner::peek_behind_lines() const {
  Scanner ahead = *this;
  ahead.skip_lines();
  return ahead.line_ > line_ ? ahead.peek() : '\0';
}

bool Scanner::take_line_end() {
  skip_blanks();
  skip_comment();
  if (at_end()) return true;
  if (!at_newline()) return false;
  take_newline();
  return true;
}

void Scanner::skip_rest_of_line() {
  while (!at_end() && !at_newline()) ++at_;
  if (!at_end()) take_newline();
}

std::optional<std::string> Scanner::key() {
  Position start = position();
  if (peek() == '"' || peek() == '\'') {
    bool is_multi_line = peek(1) == peek() && peek(2) == peek();
    if (is_multi_line) return fail(start, "a key is on one line: write it in single quotes");
    return string();
  }
  std::size_t from = at_;
  while (is_bare(peek())) ++at_;
  if (at_ > from) return std::string{text_.substr(from, at_ - from)};
  return fail(start, filled("a key belongs here, not %; other characters than A-Z a-z 0-9 _ - take quotes", here()));
}

std::optional<Value> Scanner::scalar() {
  Position start = position();
  if (peek() == '"' || peek() == '\'') {
    auto text = string();
    if (!text) return std::nullopt;
    return Value{start, std::move(*text)};
  }
  std::string_view written = token();
  if (written.empty()) return fail(start, filled("a value belongs here, not %", here()));
  auto value = parse_token(written);
  if (!value) {
    std::string_view kind = is_letter(written[0]) ? "value" : "number, date or time";
    return fail(start, filled("% is no %; text takes quotes", quoted(written), kind));
  }
  value->at = start;
  return value;
}

/// What a number, a boolean or a date can consist of.
std::string_view Scanner::token() {
  std::size_t from = at_;
  auto take_run = [&] {
    while (is_bare(peek()) || peek() == '+' || peek() == '.' || peek() == ':') ++at_;
  };
  take_run();
  if (is_date_like(text_.substr(from, at_ - from)) && peek() == ' ' && is_digit(peek(1))) {
    ++at_;
    take_run();
  }
  return text_.substr(from, at_ - from);
}

std::optional<std::string> Scanner::string() {
  Position start = position();
  for (char quote : {'"', '\''}) {
    const char three[] = {quote, quote, quote};
    if (take({three, 3})) return string_behind(start, quote, true);
    if (take({three, 1})) return string_behind(start, quote, false);
  }
  return std::nullopt;
}

/// The end of a string, if it is here. Up to two quotes more than the closing ones belong to the text.
bool Scanner::take_closing(std::string_view quotes, std::string& text) {
  if (!take(quotes)) return false;
  for (int i = 0; quotes.size() == 3 && i < 2 && peek() == quotes[0]; ++i) text += text_[at_++];
  return true;
}

/// Text in three quotes may go over several lines; text in apostrophes is taken as it stands.
std::optional<std::string> Scanner::string_behind(Position start, char quote, bool multi_line) {
  const char three[] = {quote, quote, quote};
  std::string_view closing{three, multi_line ? 3U : 1U};
  bool is_good = true;
  std::string text;
  if (multi_line && at_newline()) take_newline();
  while (!at_end()) {
    if (take_closing(closing, text)) return is_good ? std::optional{text} : std::nullopt;
    if (at_newline()) {
      if (!multi_line) break;
      take_newline();
      text += '\n';
    } else if (peek() == '\\' && quote == '"') {
      is_good = escape(text, multi_line) && is_good;
    } else {
      text += text_[at_++];
    }
  }
  return fail(start, "this text has no closing quote");
}

bool Scanner::escape(std::string& text, bool multi_line) {
  Position start = position();
  ++at_;
  constexpr std::string_view kLetters = "btnfre\"\\";  // \e is of TOML 1.1
  constexpr std::string_view kMeanings = "\b\t\n\f\r\x1b\"\\";
  std::size_t which = at_end() ? kLetters.npos : kLetters.find(peek());
  if (which != kLetters.npos) {
    text += kMeanings[which];
    ++at_;
    return true;
  }
  if (take("u")) return unicode_escape(text, start, 4);
  if (take("U")) return unicode_escape(text, start, 8);
  std::size_t blanks = 0;
  while (peek(blanks) == ' ' || peek(blanks) == '\t') ++blanks;
  bool ends_line = peek(blanks) == '\n' || (peek(blanks) == '\r' && peek(blanks + 1) == '\n');
  if (multi_line && ends_line) {
    skip_escaped_newline();
    return true;
  }
  fail(start, filled("a backslash cannot stand in front of %; write \\\\, or the text in single quotes", here()));
  return false;
}

/// A backslash at the end of a line takes away all white space up to the next character.
void Scanner::skip_escaped_newline() {
  for (;;) {
    skip_blanks();
    if (!at_newline()) return;
    take_newline();
  }
}

bool Scanner::unicode_escape(std::string& text, Position start, int digits) {
  std::uint32_t code = 0;
  for (int i = 0; i < digits; ++i) {
    int digit = hex_digit(peek());
    if (digit < 0) {
      fail(start, filled("this takes % hexadecimal digits", digits));
      return false;
    }
    code = code << 4 | static_cast<std::uint32_t>(digit);
    ++at_;
  }
  bool is_character = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (!is_character) fail(start, "this is no character of Unicode");
  if (is_character) append_utf8(text, code);
  return is_character;
}

}  // namespace onit::toml
