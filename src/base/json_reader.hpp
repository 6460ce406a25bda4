#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace onit {

class JsonValue;

/// A JSON text with an index of its values, made by read_json().
class JsonDocument {
 public:
  /// Arrays and objects inside of one another. Nobody who means onit writes a tenth of that.
  static constexpr std::size_t kDeepest = 64;
  /// Values and keys in all, and punctuation inside of texts: a thousand services with all of their history have a
  /// fifth of that.
  static constexpr std::uint32_t kMostValues = 1'000'000;

  enum class Kind : std::uint8_t { none, null, boolean, number, text, array, object };

  /// The outermost value.
  JsonValue root() const;
  /// The text as it was read.
  std::string_view source() const { return text_; }

 private:
  friend class JsonReader;
  friend class JsonValue;

  /// The values of an array stand behind it, and so do the keys of an object, each followed by its value.
  struct Node {
    Kind kind;
    std::uint32_t begin;  ///< where it is in the text, without the quotes; array, object: the index of its first, or 0
    std::uint32_t end;    ///< array, object: the index of its last, or 0
    std::uint32_t next;   ///< the index of the next value of the array, or of the next key; 0: there is none
  };

  std::string text_;
  std::unique_ptr<Node[]> nodes_{};
};

/// A value in a document, which must outlive it. What is asked for and not there is a value too, of kind `none`, so
/// that a path through a document needs one check at its end.
class JsonValue {
 public:
  using Kind = JsonDocument::Kind;

  JsonValue() = default;

  /// False for what is not there.
  bool exists() const { return document_ != nullptr; }
  Kind kind() const { return document_ ? document_->nodes_[index_].kind : Kind::none; }

  /// The value of a key of an object; of a key that is there twice, the last.
  JsonValue operator[](const char* key) const;

  /// The first value of an array, and the one behind a value of an array.
  ///
  ///     for (JsonValue item = list.first(); item.exists(); item = item.next())
  JsonValue first() const;
  JsonValue next() const;

  /// The text without escapes, UTF-8; empty if it is none. Half of a surrogate pair becomes U+FFFD.
  std::string text() const;

  /// The number, if it is a whole one that is written as such and has its place in 63 bits.
  std::optional<std::int64_t> integer() const;

  bool is_true() const { return kind() == Kind::boolean && written().front() == 't'; }

  /// A number, a truth value or null as it was written; of a text what is between the quotes; else empty.
  std::string_view written() const;

 private:
  friend class JsonDocument;

  JsonValue(const JsonDocument* document, std::uint32_t index) : document_(document), index_(index) {}
  JsonValue at(std::uint32_t index) const { return index == 0 ? JsonValue{} : JsonValue{document_, index}; }

  const JsonDocument* document_ = nullptr;
  std::uint32_t index_ = 0;
};

/// Reads a JSON text, strictly: nothing if it is malformed, is not UTF-8 or exceeds a limit. Source: RFC 8259.
std::optional<JsonDocument> read_json(std::string text);

}  // namespace onit
