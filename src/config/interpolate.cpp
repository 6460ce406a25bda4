#include "config/interpolate.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"

namespace onit {
namespace {

/// What stands behind the name in `${NAME...}`.
enum class Operator : std::uint8_t { plain, fallback, required, alternative };

/// Expands one text by recursive descent:
/// text = { char | escape | "$$" | "$" name | "${" name [operator text] "}" }
class Expander {
 public:
  Expander(std::string_view text, Escapes escapes, Lookup variables, std::vector<std::string>* unset)
      : text_(text), escapes_(escapes), variables_(variables), unset_(unset) {}

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
  bool put_unset(const std::string* out, std::size_t start);
  bool fail(std::size_t at, std::string text);

  std::string_view text_;
  Escapes escapes_;
  Lookup variables_;
  std::vector<std::string>* unset_;
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
  if (name.empty()) return fail(start, "'$' without a name: write '$$' for a '$'");
  auto value = variables_(name);
  return value ? put(out, *value) : put_unset(out, start);
}

bool Expander::braced(std::string* out, int depth) {
  std::size_t start = at_ - 2;
  if (depth == kMaxNesting) return fail(start, filled("'${' nested deeper than % levels", kMaxNesting));
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
    return fail(start, filled("'${%' is followed by %: expected '}', ':-', '-', ':?', '?', ':+' or '+'", name,
                              quoted(text_.substr(name_end, 1))));
  }

  auto value = variables_(name);
  bool is_set = value && !(needs_text && value->empty());
  bool uses_word = out != nullptr && is_set == (op == Operator::alternative);
  std::string word;
  if (!expand(uses_word ? &word : nullptr, depth + 1)) return false;
  if (!take('}')) return fail(start, "unterminated '${': add the closing '}', or quotes if there are blanks inside");

  if (uses_word && op == Operator::required) {
    std::string reason = word.empty() ? "give it a value in the environment" : std::move(word);
    return fail(start, concat(quoted(name), value ? " is empty: " : " is not set: ", reason));
  }
  if (!value && op == Operator::plain) return put_unset(out, start);
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

/// Nothing, for the variable that is written from `start` to here.
bool Expander::put_unset(const std::string* out, std::size_t start) {
  if (out == nullptr || unset_ == nullptr || unset_->size() == kMostUnset) return true;
  std::string_view written = text_.substr(start, at_ - start);
  if (std::ranges::find(*unset_, written) == unset_->end()) unset_->emplace_back(written);
  return true;
}

bool Expander::fail(std::size_t at, std::string text) {
  fault_ = {at, std::move(text)};
  return false;
}

}  // namespace

Result<std::string, Fault> interpolate(std::string_view text, Escapes escapes, Lookup variables,
                                       std::vector<std::string>* unset) {
  Expander expander{text, escapes, variables, unset};
  std::string result;
  if (!expander.run(result)) return expander.fault();
  return result;
}

std::string unset_text(std::string_view name, std::string_view variable) {
  return filled(
      "%: % is not set, so nothing is in its place; write $% to keep the dollar, or ${NAME:-} if it may be empty", name,
      variable, variable);
}

}  // namespace onit
