#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace onit {

/// The texts of a constant table, one behind the other and each with a NUL, made while compiling. Pointers to texts
/// would have to be relocated at start, and arrays of one width would be mostly padding.
template <std::size_t Size>
struct TextPool {
  char bytes[Size]{};
  std::size_t used = 1;  ///< the empty text is at 0

  /// Where it is in `bytes`.
  constexpr std::uint16_t add(std::string_view text) {
    static_assert(Size <= UINT16_MAX);
    if (text.empty()) return 0;
    std::size_t at = used;
    for (char c : text) bytes[used++] = c;
    ++used;
    return static_cast<std::uint16_t>(at);
  }
};

}  // namespace onit
