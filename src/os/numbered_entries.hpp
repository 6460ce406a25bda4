#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "os/fd.hpp"

namespace onit {

/// The entries of a directory whose names are numbers, as in /proc and /proc/self/fd. Unlike readdir(3) it needs no
/// heap. Source: getdents64(2).
class NumberedEntries {
 public:
  explicit NumberedEntries(const char* path);

  bool valid() const { return directory_.valid(); }
  int directory() const { return directory_.get(); }

  /// The next number in the directory's own order; nothing at the end.
  std::optional<int> next();
  void rewind();

 private:
  Fd directory_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
  alignas(8) std::array<char, 2048> entries_;
};

}  // namespace onit
