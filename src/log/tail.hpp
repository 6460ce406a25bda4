#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace onit {

/// The last lines of a service. Takes memory as they come.
class Tail {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;

  /// Adds whole lines, newlines included. What goes beyond kMaxBytes is not even looked at.
  void add(std::string_view lines);

  /// The last bytes that were added, at most kMaxBytes, from the beginning of a line on.
  std::string lines() const;

 private:
  void grow(std::size_t wanted);

  std::unique_ptr<char[]> ring_;
  std::size_t capacity_ = 0;
  std::size_t next_ = 0;        // where the next byte goes
  std::size_t size_ = 0;        // how many bytes there are
  bool has_forgotten_ = false;  // something came before them
};

}  // namespace onit
