#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "config/interpolate.hpp"
#include "config/services_keys.hpp"
#include "config/services_problems.hpp"
#include "config/toml.hpp"

namespace onit {

/// All texts of all files together, after their variables were replaced: a file of a few kilobytes can name a long
/// variable many times.
inline constexpr std::size_t kMaxTextBytes = std::size_t{16} * 1024 * 1024;

/// What the readers of all files share.
struct Reading {
  Lookup variables;
  std::string (*zone_fault)(const std::string& zone) = nullptr;  ///< see ServicesRequest
  std::vector<std::string> good_zones{};  ///< those without fault: to look at one takes a millisecond
  Problems problems{};
  Problems warnings{};         ///< what can be used, but is hardly meant; the places are those of `problems`
  std::size_t file = 0;        ///< the one that is being read
  std::size_t text_bytes = 0;  ///< see kMaxTextBytes
  bool has_gaps = false;       ///< a part of some file could not be read

  Place place(const toml::Value& value) const { return {file, value.at}; }
  void warn(const toml::Value& value, std::string_view text) {
    warnings.add_complete(place(value), problems.show(place(value)).append(": ").append(text));
  }
  void fail(const toml::Value& value, std::string_view text) { problems.add(place(value), text); }
  template <class... Parts>
  void fail(const toml::Value& value, const char* pattern, const Parts&... parts) requires(sizeof...(parts) > 0) {
    fail_with(value, pattern, part_kinds<Parts...>(), as_argument(parts)...);
  }
  void fail_with(const toml::Value& value, const char* pattern, PartKinds kinds, ...);
  /// Something is not there. It may be where nothing could be read.
  void miss(Place where, std::string_view text) {
    if (!has_gaps) problems.add(where, text);
  }
};

/// Where variables of a text are replaced.
enum class Variables : std::uint8_t { replaced, kept };

/// The text of a value that is one, with variables replaced. Nothing, and a problem, if it is none or has a NUL, which
/// no program can be given.
std::optional<std::string> read_text(Reading& in, std::string_view name, const toml::Value& value,
                                     Variables variables = Variables::replaced);

/// The entries of one table of a file, by the keys of its section. Every read() leaves `out` alone if the key is not
/// there, or its value cannot be used; that is a problem then. It returns whether `out` was set.
class Fields {
 public:
  /// Entries that the section does not have are problems. All must outlive this.
  Fields(Reading& in, Section section, const toml::Table& table);

  bool has(const char* name) const { return table_.find(name) != nullptr; }
  const toml::Value* find(const char* name) const { return table_.find(name); }
  /// Where the value of a key is that is there.
  Place place(const char* name) const { return in_.place(*find(name)); }
  /// Adds a problem at the value of a key that is there: a text, or a pattern and what is filled in.
  void fail(const char* name, std::string_view text) const { in_.fail(*find(name), text); }
  template <class... Parts>
  void fail(const char* name, const char* pattern, const Parts&... parts) const requires(sizeof...(parts) > 0) {
    fail_with(name, pattern, part_kinds<Parts...>(), as_argument(parts)...);
  }

  bool read(const char* name, bool& out) const;
  bool read(const char* name, int& out) const;            ///< integer, signal
  bool read(const char* name, std::uint32_t& out) const;  ///< octal, cpus (in thousandths)
  bool read(const char* name, std::uint64_t& out) const;  ///< size, integer
  bool read(const char* name, Millis& out) const;
  bool read(const char* name, std::string& out) const;               ///< text, any_text, account
  bool read(const char* name, std::vector<std::string>& out) const;  ///< texts, accounts, command
  template <class T>
  bool read(const char* name, std::optional<T>& out) const {
    T value{};
    if (!read(name, value)) return false;
    out = value;
    return true;
  }
  /// A choice: the place of its word among all.
  std::optional<int> read_choice(const char* name) const;
  template <class Enum>
  bool read_choice(const char* name, Enum& out) const {
    auto index = read_choice(name);
    if (index) out = static_cast<Enum>(*index);
    return index.has_value();
  }

  /// The values of an array of tables that are tables. Others are problems.
  std::vector<const toml::Value*> read_sections(const char* name) const;

  /// The value of a key as an array, or a table, which it has to be.
  const toml::Array* read_array(const char* name) const;
  const toml::Table* read_table(const char* name) const;

 private:
  struct Field {
    const Key& key;
    const toml::Value& value;
  };
  void fail_with(const char* name, const char* pattern, PartKinds kinds, ...) const;
  std::optional<Field> field(const char* name) const;
  bool mistyped(const Field& field) const;
  bool refuse(const Field& field, std::string_view shown, std::string_view why) const;
  std::optional<std::string> text(const Field& field) const;
  bool read_number(const Field& field, std::int64_t& out) const;
  bool read_words(const Field& field, std::vector<std::string>& out) const;
  std::optional<std::string> element(const Field& field, const toml::Value& value) const;

  Reading& in_;
  Section section_;
  const toml::Table& table_;
};

}  // namespace onit
