#include "base/pattern_program.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace onit {
namespace {

struct ByteRange {
  unsigned char first;
  unsigned char last;
};

struct CharacterClass {
  char name[7];
  std::uint8_t count;
  ByteRange ranges[4];
};

/// Source: isalpha(3), in the C locale.
constexpr CharacterClass kClasses[] = {
    {"digit", 1, {{'0', '9'}}},
    {"alpha", 2, {{'A', 'Z'}, {'a', 'z'}}},
    {"alnum", 3, {{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}},
    {"space", 2, {{'\t', '\r'}, {' ', ' '}}},
    {"upper", 1, {{'A', 'Z'}}},
    {"lower", 1, {{'a', 'z'}}},
    {"punct", 4, {{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}},
    {"xdigit", 3, {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}},
    {"blank", 2, {{'\t', '\t'}, {' ', ' '}}},
    {"cntrl", 2, {{0, 0x1f}, {0x7f, 0x7f}}},
    {"print", 1, {{' ', '~'}}},
    {"graph", 1, {{'!', '~'}}},
};

constexpr unsigned char kFirstBeyondAscii = 0x80;
constexpr int kEndless = -1;

void add_range(ByteSet& set, unsigned char first, unsigned char last) {
  for (unsigned byte = first; byte <= last; ++byte) set.set(byte);
}

bool is_repetition(char c) { return c == '*' || c == '+' || c == '?' || c == '{'; }

/// `\<`, `\>`, `\'` and a grave accent with a backslash have a meaning of their own for some.
bool is_escapable(char c) {
  return c > ' ' && c < '\x7f' && !is_letter(c) && !is_digit(c) &&
         std::string_view{"<>'`"}.find(c) == std::string::npos;
}

/// Translates an expression from its left to its right. Where states go on is relative, so that a piece of the program
/// can be moved and repeated. A function that returns false has failed.
class PatternCompiler {
 public:
  explicit PatternCompiler(std::string_view expression) : text_(expression) {}

  Result<PatternProgram, Complaint> run() {
    if (text_.size() > kMaxPatternBytes) return Complaint{"it is longer than 1024 bytes"};
    if (text_.empty()) return Complaint{"it is empty"};
    if (!add_alternatives(0) || !add({PatternOp::match})) return std::move(fault_);
    return std::move(program_);
  }

 private:
  bool add_alternatives(int depth);
  bool add_branch(int depth);
  bool add_atom(int depth);
  bool add_group(int depth);
  bool add_bracket();
  bool add_escaped();
  bool add_literal(std::size_t length);
  bool add_set(PatternOp op, const ByteSet& set);

  bool read_member(ByteSet& set);
  bool read_class(ByteSet& set);
  bool read_repetition(std::size_t begin);
  bool read_bounds(int& least, int& most);
  bool read_count(int& count);
  bool repeat(std::size_t begin, int least, int most);

  bool add(PatternState state);
  bool add_all(const std::vector<PatternState>& piece);
  bool add_way(PatternOp op, int distance) { return add({op, 0, static_cast<std::int16_t>(distance)}); }
  std::vector<PatternState> take_back(std::size_t begin);
  std::size_t size() const { return program_.states.size(); }

  bool is_at_end() const { return at_ == text_.size(); }
  bool is_at(std::string_view words) const { return text_.substr(at_).starts_with(words); }
  bool skip(std::string_view words);
  bool fail(std::size_t at, std::string_view words);

  std::string_view text_;
  std::size_t at_ = 0;
  PatternProgram program_;
  Complaint fault_;
};

bool PatternCompiler::fail(std::size_t at, std::string_view words) {
  fault_.text = filled("at %: %", at + 1, words);
  return false;
}

bool PatternCompiler::skip(std::string_view words) {
  if (!is_at(words)) return false;
  at_ += words.size();
  return true;
}

bool PatternCompiler::add(PatternState state) {
  if (size() == kMaxPatternStates) {
    fault_.text = "too large: with its repetitions it has more than 1000 states";
    return false;
  }
  program_.states.push_back(state);
  return true;
}

bool PatternCompiler::add_all(const std::vector<PatternState>& piece) {
  for (const PatternState& state : piece) {
    if (!add(state)) return false;
  }
  return true;
}

/// Cuts off the program from `begin` on, to put it elsewhere.
std::vector<PatternState> PatternCompiler::take_back(std::size_t begin) {
  auto first = program_.states.begin() + static_cast<std::ptrdiff_t>(begin);
  std::vector<PatternState> piece{first, program_.states.end()};
  program_.states.erase(first, program_.states.end());
  return piece;
}

bool PatternCompiler::add_alternatives(int depth) {
  std::size_t begin = size();
  if (!add_branch(depth)) return false;
  while (skip("|")) {
    std::size_t jump = size() + 1;
    std::vector<PatternState> before = take_back(begin);
    int behind_jump = static_cast<int>(before.size() + 2);
    bool is_added = add_way(PatternOp::split, behind_jump) && add_all(before) && add_way(PatternOp::jump, 0);
    if (!is_added || !add_branch(depth)) return false;
    program_.states[jump].operand = static_cast<std::int16_t>(size() - jump);
  }
  if (depth == 0 && !is_at_end()) return fail(at_, "')' closes nothing");
  return true;
}

bool PatternCompiler::add_branch(int depth) {
  std::size_t first = at_;
  while (!is_at_end() && !is_at("|") && !is_at(")")) {
    std::size_t begin = size();
    bool is_anchor = is_at("^") || is_at("$");
    if (!add_atom(depth)) return false;
    while (!is_at_end() && is_repetition(text_[at_])) {
      if (is_anchor) return fail(at_, filled("'%' has nothing to repeat", text_.substr(at_, 1)));
      if (!read_repetition(begin)) return false;
    }
  }
  // What is wrong with these is told by who comes next.
  bool is_unbalanced = depth == 0 ? is_at(")") : is_at_end();
  if (at_ == first && !is_unbalanced) return fail(at_, "nothing to look for");
  return true;
}

bool PatternCompiler::add_atom(int depth) {
  switch (text_[at_]) {
    case '(':
      return add_group(depth);
    case '[':
      return add_bracket();
    case '\\':
      return add_escaped();
    case '.':
      ++at_;
      return add_set(PatternOp::character, ByteSet{}.set());
    case '^':
      ++at_;
      return add({PatternOp::begin});
    case '$':
      ++at_;
      return add({PatternOp::end});
    case '*':
    case '+':
    case '?':
    case '{':
      return fail(at_, filled("'%' has nothing to repeat", text_.substr(at_, 1)));
    default:
      return add_literal(std::max(utf8_length(text_.substr(at_)), std::size_t{1}));
  }
}

bool PatternCompiler::add_group(int depth) {
  std::size_t open = at_++;
  if (depth == kMaxPatternDepth) return fail(open, "more than 32 groups in each other");
  if (!add_alternatives(depth + 1)) return false;
  return skip(")") || fail(open, "'(' is not closed");
}

bool PatternCompiler::add_literal(std::size_t length) {
  for (std::size_t end = at_ + length; at_ < end; ++at_) {
    if (!add({PatternOp::byte, static_cast<unsigned char>(text_[at_])})) return false;
  }
  return true;
}

bool PatternCompiler::add_escaped() {
  std::size_t start = at_++;
  if (is_at_end()) return fail(start, "'\\' has nothing behind it");
  char c = text_[at_];
  if (is_escapable(c)) return add_literal(1);
  if (is_digit(c)) return fail(start, "a '\\' and a digit: what a group has found is not looked for again");
  return fail(start, "'\\' goes before punctuation only; a set is written as [0-9], [[:space:]] or [[:alnum:]_]");
}

bool PatternCompiler::add_set(PatternOp op, const ByteSet& set) {
  auto found = std::ranges::find(program_.sets, set);
  auto index = static_cast<std::int16_t>(found - program_.sets.begin());
  if (found == program_.sets.end()) program_.sets.push_back(set);
  return add({op, 0, index});
}

bool PatternCompiler::add_bracket() {
  std::size_t open = at_++;
  bool is_negated = skip("^");
  ByteSet set;
  // One that is first is a member.
  for (bool is_first = true; is_first || !is_at("]"); is_first = false) {
    if (is_at_end()) return fail(open, "'[' is not closed");
    if (!read_member(set)) return false;
  }
  ++at_;
  return add_set(is_negated ? PatternOp::character : PatternOp::set, is_negated ? ~set : set);
}

/// Reads a character, a range or a class between '[' and ']'.
bool PatternCompiler::read_member(ByteSet& set) {
  if (is_at("[:")) return read_class(set);
  if (is_at("[.") || is_at("[=")) return fail(at_, "[. and [= are not known; [:alpha:] and the like are");
  std::size_t start = at_;
  auto first = static_cast<unsigned char>(text_[at_++]);
  unsigned char last = first;
  bool is_range = is_at("-") && !is_at("-]") && at_ + 1 < text_.size();
  if (is_range) {
    ++at_;
    if (is_at("[:") || is_at("[.") || is_at("[=")) return fail(start, "a range goes from one character to another");
    last = static_cast<unsigned char>(text_[at_++]);
  }
  if (first >= kFirstBeyondAscii || last >= kFirstBeyondAscii) {
    return fail(start, "only characters of ASCII go between '[' and ']'; write alternatives for others, as (a|b)");
  }
  if (first > last) return fail(start, "the range ends before it begins");
  add_range(set, first, last);
  return true;
}

bool PatternCompiler::read_class(ByteSet& set) {
  std::size_t start = at_;
  for (const CharacterClass& known : kClasses) {
    if (!skip(filled("[:%:]", known.name))) continue;
    for (std::size_t i = 0; i < known.count; ++i) add_range(set, known.ranges[i].first, known.ranges[i].last);
    return true;
  }
  return fail(start,
              "an unknown class; there are [:digit:], [:alpha:], [:alnum:], [:space:] and the others of isalpha(3)");
}

bool PatternCompiler::read_repetition(std::size_t begin) {
  if (skip("*")) return repeat(begin, 0, kEndless);
  if (skip("+")) return repeat(begin, 1, kEndless);
  if (skip("?")) return repeat(begin, 0, 1);
  int least = 0;
  int most = 0;
  return read_bounds(least, most) && repeat(begin, least, most);
}

/// Reads `{m}`, `{m,}` or `{m,n}`.
bool PatternCompiler::read_bounds(int& least, int& most) {
  std::size_t open = at_++;
  if (!read_count(least)) return false;
  most = least;
  if (skip(",")) {
    most = kEndless;
    if (!is_at("}") && !read_count(most)) return false;
  }
  if (!skip("}")) return fail(open, "a repetition is {m}, {m,} or {m,n}; the character is written as \\{");
  if (most != kEndless && most < least) return fail(open, "the repetition ends before it begins");
  return true;
}

bool PatternCompiler::read_count(int& count) {
  std::size_t start = at_;
  while (!is_at_end() && is_digit(text_[at_])) ++at_;
  auto number = parse_number(text_.substr(start, at_ - start), kMaxPatternRepeat);
  if (!number) return fail(start, "a repetition has a number from 0 to 255 here; the character '{' is written as \\{");
  count = static_cast<int>(*number);
  return true;
}

/// Puts the piece of the program that starts at `begin` there as often as that.
bool PatternCompiler::repeat(std::size_t begin, int least, int most) {
  const std::vector<PatternState> piece = take_back(begin);
  int length = static_cast<int>(piece.size());
  for (int i = 0; i < least; ++i) {
    if (!add_all(piece)) return false;
  }
  if (most == kEndless && least > 0) return add_way(PatternOp::split, -length);
  if (most == kEndless) {
    return add_way(PatternOp::split, length + 2) && add_all(piece) && add_way(PatternOp::jump, -length - 1);
  }
  for (int i = least; i < most; ++i) {
    if (!add_way(PatternOp::split, length + 1) || !add_all(piece)) return false;
  }
  return true;
}

}  // namespace

Result<PatternProgram, Complaint> compile_pattern(std::string_view expression) {
  return PatternCompiler{expression}.run();
}

}  // namespace onit
