#include "base/shell_text.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace onit {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";

struct Word {
  std::string_view text;  ///< with its quotes
  bool is_bare;           ///< it has no quotes and no backslash
};

/// The word that `text` begins with.
Word first_word(std::string_view text) {
  char quote = '\0';
  bool is_bare = true;
  std::size_t at = 0;
  for (; at < text.size() && (quote != '\0' || kBlanks.find(text[at]) == kBlanks.npos); ++at) {
    char c = text[at];
    bool is_escape = c == '\\' && quote != '\'';
    bool is_quote = quote != '\0' ? c == quote : c == '\'' || c == '"';
    if (is_escape || is_quote) is_bare = false;
    if (is_quote) quote = quote != '\0' ? '\0' : c;
    if (is_escape && at + 1 < text.size()) ++at;
  }
  return {text.substr(0, at), is_bare};
}

bool is_assignment(std::string_view word) {
  std::size_t equals = word.find('=');
  if (equals == word.npos || !is_name_start(word[0])) return false;
  for (char c : word.substr(0, equals)) {
    if (!is_name_start(c) && !is_digit(c)) return false;
  }
  return true;
}

bool is_operator(std::string_view word) {
  static constexpr char kOperators[][3] = {"&&", "||", "|", "&"};
  for (const char* known : kOperators) {
    if (word == known) return true;
  }
  // `2>` and `&>` are redirections too.
  std::size_t sign = std::min(word.find_first_not_of("0123456789&"), word.size());
  bool redirects = word.substr(sign).starts_with('>') || word.substr(sign).starts_with('<');
  return redirects || word.starts_with("$(") || word.starts_with('`') || word.ends_with(';');
}

}  // namespace

bool is_shell_text(std::string_view text) {
  bool is_first = true;
  for (;;) {
    std::size_t begin = text.find_first_not_of(kBlanks);
    if (begin == text.npos) return false;
    text.remove_prefix(begin);
    Word word = first_word(text);
    if (word.is_bare && is_operator(word.text)) return true;
    if (is_first && is_assignment(word.text)) return true;
    is_first = false;
    text.remove_prefix(word.text.size());
  }
}

}  // namespace onit
