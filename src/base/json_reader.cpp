#include "base/json_reader.hpp"

#include <array>
#include <cstring>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

namespace onit {
namespace {

using Kind = JsonDocument::Kind;

/// The letters behind a backslash, and what each stands for.
constexpr char kEscapes[] = "\"\\/bfnrt";
constexpr char kEscaped[] = "\"\\/\b\f\n\r\t";

constexpr std::uint32_t kReplacement = 0xFFFD;

/// The value of four hexadecimal digits; nothing if they are not there.
std::optional<std::uint32_t> hex_code(std::string_view text) {
  if (text.size() < 4) return std::nullopt;
  std::uint32_t code = 0;
  for (char c : text.substr(0, 4)) {
    char lower = static_cast<char>(c | 0x20);
    bool is_hex_letter = lower >= 'a' && lower <= 'f';
    if (!is_digit(c) && !is_hex_letter) return std::nullopt;
    code = code * 16 + static_cast<std::uint32_t>(is_hex_letter ? lower - 'a' + 10 : c - '0');
  }
  return code;
}

/// The code of an escape `\uXXXX` that the text begins with; nothing if it does not.
std::optional<std::uint32_t> unicode_escape(std::string_view text) {
  if (!text.starts_with("\\u")) return std::nullopt;
  return hex_code(text.substr(2));
}

}  // namespace

/// Goes once through the text. What is open is on a list, not on the stack.
class JsonReader {
 public:
  explicit JsonReader(std::string text) { document_.text_ = std::move(text); }

  std::optional<JsonDocument> read() {
    // Each value but the first stands behind one of these.
    std::size_t most = 1;
    for (char c : document_.text_) most += c == ',' || c == ':' || c == '[' || c == '{' ? 1 : 0;
    if (document_.text_.size() >= UINT32_MAX || most > JsonDocument::kMostValues) return std::nullopt;
    document_.nodes_.reset(new JsonDocument::Node[most]);
    do {
      if (!read_value()) return std::nullopt;
      if (!read_behind_value()) return std::nullopt;
    } while (depth_ != 0);
    if (at_ != document_.text_.size()) return std::nullopt;
    return std::move(document_);
  }

 private:
  std::string_view rest() const { return std::string_view{document_.text_}.substr(at_); }

  /// The next character behind blanks; zero at the end.
  char peek() {
    while (at_ < document_.text_.size() && std::memchr(" \t\n\r", document_.text_[at_], 4) != nullptr) ++at_;
    return at_ < document_.text_.size() ? document_.text_[at_] : '\0';
  }

  bool take(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  /// Adds a value, or a key. Values of objects stand behind their keys and are in no list of their own. Returns true,
  /// for those who have nothing else to do.
  bool add(Kind kind, std::size_t begin, std::size_t end, bool is_listed) {
    auto& nodes = document_.nodes_;
    std::uint32_t index = count_++;
    if (depth_ != 0 && is_listed) {
      auto& around = nodes[open_[depth_ - 1]];
      (around.begin == 0 ? around.begin : nodes[around.end].next) = index;
      around.end = index;
    }
    nodes[index] = {kind, static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end), 0};
    return true;
  }

  bool is_in_object() const { return depth_ != 0 && document_.nodes_[open_[depth_ - 1]].kind == Kind::object; }

  /// A value, or the beginning of an array or object up to its first scalar. What is empty is left to what comes
  /// behind.
  bool read_value() {
    for (;;) {
      bool is_listed = !is_in_object();
      if (!is_listed && !(peek() == '"' && read_text(true) && take(':'))) return false;
      char c = peek();
      if (c != '[' && c != '{') return read_scalar(c, is_listed);
      ++at_;
      if (depth_ == open_.size()) return false;
      add(c == '[' ? Kind::array : Kind::object, 0, 0, is_listed);
      open_[depth_++] = count_ - 1;
      if (peek() == (c == '[' ? ']' : '}')) return true;
    }
  }

  /// What closes, up to the comma in front of the next value, or to the end of all.
  bool read_behind_value() {
    for (;;) {
      char c = peek();
      if (depth_ == 0) return true;
      ++at_;
      if (c == ',') return true;
      if (c != (is_in_object() ? '}' : ']')) return false;
      --depth_;
    }
  }

  bool read_scalar(char c, bool is_listed) {
    if (c == '"') return read_text(is_listed);
    if (c == '-' || is_digit(c)) return read_number(is_listed);
    for (const char* word : {"null", "true", "false"}) {
      std::size_t length = std::strlen(word);
      if (rest().substr(0, length) != word) continue;
      at_ += length;
      return add(c == 'n' ? Kind::null : Kind::boolean, at_ - length, at_, is_listed);
    }
    return false;
  }

  bool read_text(bool is_listed) {
    std::size_t begin = ++at_;
    for (;;) {
      std::string_view text = rest();
      std::size_t length = utf8_length(text);
      if (length == 0 || static_cast<unsigned char>(text[0]) < ' ') return false;
      at_ += length;
      if (text[0] == '"') return add(Kind::text, begin, at_ - 1, is_listed);
      if (text[0] != '\\') continue;
      bool is_code = unicode_escape(text).has_value();
      bool is_letter = text.size() > 1 && text[1] != '\0' && std::strchr(kEscapes, text[1]) != nullptr;
      if (!is_code && !is_letter) return false;
      at_ += is_code ? 5 : 1;
    }
  }

  std::size_t skip_digits() {
    std::size_t begin = at_;
    while (at_ < document_.text_.size() && is_digit(document_.text_[at_])) ++at_;
    return at_ - begin;
  }

  bool skip(const char* any_of) {
    bool is_there = at_ < document_.text_.size() && document_.text_[at_] != '\0' &&
                    std::strchr(any_of, document_.text_[at_]) != nullptr;
    if (is_there) ++at_;
    return is_there;
  }

  bool read_number(bool is_listed) {
    std::size_t begin = at_;
    skip("-");
    bool begins_with_zero = rest().starts_with('0');
    std::size_t digits = skip_digits();
    if (digits == 0 || (begins_with_zero && digits > 1)) return false;
    if (skip(".") && skip_digits() == 0) return false;
    if (skip("eE")) {
      skip("+-");
      if (skip_digits() == 0) return false;
    }
    return add(Kind::number, begin, at_, is_listed);
  }

  JsonDocument document_;
  std::uint32_t count_ = 0;  ///< of values and keys
  std::size_t at_ = 0;
  std::array<std::uint32_t, JsonDocument::kDeepest> open_;  ///< arrays and objects that have not ended
  std::size_t depth_ = 0;                                   ///< how many of them there are
};

std::optional<JsonDocument> read_json(std::string text) { return JsonReader{std::move(text)}.read(); }

JsonValue JsonDocument::root() const { return JsonValue{this, 0}; }

std::string_view JsonValue::written() const {
  if (kind() == Kind::none || kind() >= Kind::array) return {};
  const auto& node = document_->nodes_[index_];
  return std::string_view{document_->text_}.substr(node.begin, node.end - node.begin);
}

JsonValue JsonValue::first() const { return kind() == Kind::array ? at(document_->nodes_[index_].begin) : JsonValue{}; }

JsonValue JsonValue::next() const { return kind() == Kind::none ? JsonValue{} : at(document_->nodes_[index_].next); }

JsonValue JsonValue::operator[](const char* key) const {
  JsonValue found;
  if (kind() != Kind::object) return found;
  for (JsonValue name = at(document_->nodes_[index_].begin); name.document_; name = name.next()) {
    if (name.text() == key) found = at(name.index_ + 1);
  }
  return found;
}

std::string JsonValue::text() const {
  std::string plain;
  if (kind() != Kind::text) return plain;
  for (std::string_view rest = written(); !rest.empty();) {
    std::size_t taken = 1;
    if (rest[0] != '\\') {
      plain += rest[0];
    } else if (auto code = unicode_escape(rest)) {
      taken = 6;
      std::uint32_t character = *code;
      if (auto low = unicode_escape(rest.substr(6));
          low && (character & 0xFC00) == 0xD800 && (*low & 0xFC00) == 0xDC00) {
        taken = 12;
        character = 0x10000 + ((character & 0x3FF) << 10 | (*low & 0x3FF));
      }
      append_utf8(plain, (character & 0xFFFFF800) == 0xD800 ? kReplacement : character);
    } else {
      taken = 2;
      plain += kEscaped[std::strchr(kEscapes, rest[1]) - kEscapes];
    }
    rest.remove_prefix(taken);
  }
  return plain;
}

std::optional<std::int64_t> JsonValue::integer() const {
  return kind() == Kind::number ? parse_signed(written(), -INT64_MAX, INT64_MAX) : std::nullopt;
}

}  // namespace onit
