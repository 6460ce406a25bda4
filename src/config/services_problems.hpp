#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/parts.hpp"
#include "config/toml.hpp"

namespace onit {

/// A place in one of the files.
struct Place {
  static constexpr std::size_t kCommandLine = SIZE_MAX;

  std::size_t file = kCommandLine;  ///< as numbered by Problems
  toml::Position at{};

  bool is_in_file() const { return file != kCommandLine; }
};

/// What is wrong in some files, in the order of the text.
class Problems {
 public:
  /// So many are told at most; the rest is likely to follow from them.
  static constexpr std::size_t kMost = 100;

  /// Files come in the order in which their problems are told. Returns the number of this one.
  std::size_t add_file(std::string_view name);
  const std::string& file_name(std::size_t file) const { return files_[file]; }
  std::size_t file_count() const { return files_.size(); }

  /// What is there already at this place is not said again.
  void add(Place place, std::string_view text);
  /// The text is filled(pattern, parts...).
  template <class... Parts>
  void add(Place place, const char* pattern, const Parts&... parts) requires(sizeof...(parts) > 0) {
    add_with(place, pattern, part_kinds<Parts...>(), as_argument(parts)...);
  }
  /// The same for a text that names its place already.
  void add_complete(Place place, std::string text);

  bool empty() const { return entries_.empty(); }
  bool is_full() const { return entries_.size() == kMost; }
  /// `FILE:LINE:COLUMN`, or `command line`.
  std::string show(Place place) const;
  std::vector<std::string> take();

 private:
  void add_with(Place place, const char* pattern, PartKinds kinds, ...);

  struct Entry {
    Place place;
    std::string text;
  };
  std::vector<std::string> files_;
  std::vector<Entry> entries_;  // sorted by place
};

}  // namespace onit
