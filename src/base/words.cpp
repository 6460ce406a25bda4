#include "base/words.hpp"

namespace onit {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

/// Whether a backslash takes the meaning from `c`: inside of double quotes only from what has one there.
bool is_escapable(char c, char quote) {
  return c != '\0' && (quote == '\0' || (quote == '"' && (c == '"' || c == '\\' || c == '$' || c == '`')));
}

/// Reads one word from `from`, and writes it without its quotes from `to` on, which is not behind `from`.
/// Returns whether all quotes were closed.
bool take_word(const char*& from, char*& to) {
  char quote = '\0';
  for (; *from != '\0' && (quote != '\0' || !is_blank(*from)); ++from) {
    bool is_quote = quote != '\0' ? *from == quote : *from == '"' || *from == '\'';
    if (is_quote) {
      quote = quote != '\0' ? '\0' : *from;
      continue;
    }
    if (*from == '\\' && is_escapable(from[1], quote)) ++from;
    *to++ = *from;
  }
  return quote == '\0';
}

}  // namespace

Result<std::vector<char*>, Complaint> split_words(char* text) {
  std::vector<char*> words;
  const char* from = text;
  char* to = text;
  for (;;) {
    while (is_blank(*from)) ++from;
    if (*from == '\0') return words;
    words.push_back(to);
    if (!take_word(from, to)) return Complaint{"a quote is not closed"};
    bool is_last = *from == '\0';  // the end of this word may be written over it
    *to++ = '\0';
    if (is_last) return words;
    ++from;
  }
}

}  // namespace onit
