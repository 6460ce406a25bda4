#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/parts.hpp"
#include "config/toml.hpp"

namespace onit::tree {

/// Memory that is given back all at once: whoever works on the file of another tool passes pointers and views around.
/// Such a file can ask for much more than it has, in many ways, so there is a limit to all of it together.
class Memory {
 public:
  Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  ~Memory();

  /// Aligned for pointers; null if the limit is reached.
  void* allocate(std::size_t size);
  bool is_full() const { return used_ > kMostBytes; }
  // Texts that live as long as this; empty if the limit is reached.

  /// `pattern` with each '%' replaced by the next part.
  template <class... Parts>
  std::string_view filled(const char* pattern, const Parts&... parts) {
    return text_of_parts(pattern, part_kinds<Parts...>(), as_argument(parts)...);
  }
  std::string_view copy(std::string_view text) { return filled("%", text); }
  /// In decimals.
  std::string_view number(std::int64_t value);

 private:
  static constexpr std::size_t kMostBytes = std::size_t{64} * 1024 * 1024;
  struct Block {
    Block* next;
  };
  Block* blocks_ = nullptr;
  char* free_ = nullptr;
  std::size_t left_ = 0;
  std::size_t used_ = 0;

  std::string_view text_of_parts(const char* pattern, PartKinds kinds, ...);
};

/// A text that is put together.
class Text {
 public:
  explicit Text(Memory& memory) : memory_(&memory) {}

  void add(std::string_view text);
  void add(char c) { add({&c, 1}); }
  /// `pattern` with each '%' replaced by the next part.
  template <class... Parts>
  void add(const char* pattern, const Parts&... parts) requires(sizeof...(parts) > 0) {
    add_parts(pattern, part_kinds<Parts...>(), as_argument(parts)...);
  }
  void append(const char* pattern, PartKinds kinds, std::va_list parts);
  std::string_view view() const { return {data_, size_}; }
  bool empty() const { return size_ == 0; }

 private:
  void add_parts(const char* pattern, PartKinds kinds, ...);

  Memory* memory_;
  char* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

enum class Kind : std::uint8_t { scalar, sequence, mapping };

/// A value, or the key of one. Those of a sequence or mapping are a list, and may be in several.
struct Node {
  toml::Position at{};
  std::string_view text{};   ///< of a scalar
  Node* first = nullptr;     ///< its first item or key
  Node* next = nullptr;      ///< behind it in its list: the next item; the value of a key, or the key behind a value
  std::uint32_t weight = 1;  ///< how many nodes it is, long texts counting more
  Kind kind = Kind::scalar;
  std::uint8_t height = 1;  ///< of the tree below
  bool is_plain = false;    ///< a scalar without quotes
  bool is_marked = false;   ///< for whoever works on it
};

// What a stranger's file may have. Aliases count as what they stand for, so that nobody who walks through a tree takes
// longer or goes deeper than that.
inline constexpr std::uint32_t kMostNodes = 100'000;
inline constexpr int kDeepest = 32;
/// Keys are compared with each other.
inline constexpr int kMostKeys = 4096;

// Of nodes that may be null.

/// The value of a key of a mapping; null if it is not there.
Node* find(const Node* mapping, std::string_view key);
/// Its text, if that is a scalar; else empty.
std::string_view text_at(const Node* mapping, const char* key);
/// Whether it is this text.
bool says(const Node* mapping, const char* key, const char* text);
/// Of a scalar; else empty.
std::string_view text_of(const Node* node);
/// Its first item or key.
inline Node* first_of(const Node* node) { return node ? node->first : nullptr; }
/// Nothing behind its key, or a word that means that.
bool is_null(const Node* node);
inline bool is(const Node* node, Kind kind) { return node && node->kind == kind; }

/// The list of a sequence or mapping that is being made.
struct List {
  Node* owner;
  Node* last = nullptr;
  int keys = 0;
};

/// What a file of another tool says.
struct Tree {
  Memory memory{};
  Node* root = nullptr;     ///< null: it could not be read
  toml::Problem problem{};  ///< then: the first one
  std::uint32_t count = 0;

  /// Null and a problem if there are too many.
  Node* add(Kind kind, toml::Position at);
  // A null node is one that there was a problem with; these return false then, and for problems of their own.
  bool append(List& to, Node* node);
  bool append(List& to, Node* key, Node* value);

  /// The first problem counts.
  bool fail(toml::Position at, std::string_view text);
};

}  // namespace onit::tree
