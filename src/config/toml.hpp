#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace onit::toml {

/// A place in the text, both from 1; a column is one character.
struct Position {
  int line = 1;
  int column = 1;
};

/// Something that is wrong, in words for the person who wrote it.
struct Problem {
  Position at;
  std::string text;
};

/// One of TOML's four kinds of dates and times. It has been checked, and is kept as it was written.
struct Datetime {
  enum class Kind : std::uint8_t { offset, local, date, time };
  Kind kind;
  std::string text;
};

/// A number with a point or an exponent, inf or nan. It has been checked, and is kept as it was written, without
/// underscores: nothing here computes with it, so nothing is lost to rounding.
struct Float {
  std::string text;
};

struct Value;
struct Entry;
using Array = std::vector<Value>;

/// The entries of a table in the order in which they were written.
struct Table {
  /// How it came to be, on which depends who may add to it.
  enum class Origin : std::uint8_t {
    implied,  ///< by a longer header: [a] for [a.b]
    header,   ///< by its own header
    dotted,   ///< by a dotted key: a for a.b = 1
    braces,   ///< it is complete
  };

  std::vector<Entry> entries;
  Origin origin = Origin::implied;
  /// Where the key of an entry is found, by its hash: the number of the entry, from 1, or 0. Small tables have none.
  std::vector<std::uint32_t> places{};

  const Value* find(std::string_view key) const;
  /// Adds an entry whose key is not there yet.
  Value& add(Entry entry);
};

struct Value {
  Position at;
  std::variant<std::string, std::int64_t, Float, bool, Datetime, Array, Table> content;
  bool is_table_array = false;  ///< an Array that [[headers]] made
};

struct Entry {
  std::string key;
  Position at;
  Value value;
};

struct Document {
  Table root;
  std::vector<Problem> problems;  ///< none: the document is well-formed
};

/// So many problems are told at most, and so deep may values nest, or a dotted key go.
inline constexpr std::size_t kMostProblems = 50;
inline constexpr int kDeepest = 32;

/// Reads a document and goes on behind each problem, so that all are told at once; then `root` has what could be read.
/// The caller limits the size of the text. Source: toml.io, TOML v1.0.0; and `\\e` of 1.1.
Document parse(std::string_view text);

}  // namespace onit::toml
