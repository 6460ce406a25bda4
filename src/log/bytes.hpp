#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace onit {

// The C library of the release has no vector code: for a line of a hundred bytes its memchr takes four times, and its
// memcpy twice as long as these.

/// Sixteen bytes that are compared and copied at once.
using Block __attribute__((vector_size(16))) = unsigned char;

inline Block load_block(const char* from) {
  Block block;
  std::memcpy(&block, from, sizeof block);
  return block;
}

/// The place of the first byte that is not 0; the size of the block if there is none.
inline std::size_t first_set(Block block) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t halves[2];
  std::memcpy(halves, &block, sizeof block);
  if (halves[0] != 0) return static_cast<std::size_t>(std::countr_zero(halves[0])) / 8;
  if (halves[1] != 0) return sizeof(std::uint64_t) + static_cast<std::size_t>(std::countr_zero(halves[1])) / 8;
  return sizeof block;
}

/// The first newline from `at` on, or `end`.
inline const char* find_newline(const char* at, const char* end) {
  while (static_cast<std::size_t>(end - at) >= sizeof(Block)) {
    std::size_t place = first_set(reinterpret_cast<Block>(load_block(at) == '\n'));
    at += place;
    if (place < sizeof(Block)) return at;
  }
  while (at < end && *at != '\n') ++at;
  return at;
}

/// How many newlines there are.
inline std::size_t count_newlines(const char* at, const char* end) {
  constexpr std::size_t kMaxInByte = 255;
  std::size_t count = 0;
  while (static_cast<std::size_t>(end - at) >= sizeof(Block)) {
    Block found{};  // a newline is -1 in its byte
    for (std::size_t i = 0; i < kMaxInByte && static_cast<std::size_t>(end - at) >= sizeof(Block); ++i) {
      found -= reinterpret_cast<Block>(load_block(at) == '\n');
      at += sizeof(Block);
    }
    for (std::size_t i = 0; i < sizeof(Block); ++i) count += found[i];
  }
  for (; at < end; ++at) count += *at == '\n' ? 1U : 0U;
  return count;
}

/// memcpy(3) for what is rarely longer than a line.
inline void copy_bytes(char* to, const char* from, std::size_t size) {
  if (size < sizeof(Block)) {
    for (std::size_t i = 0; i < size; ++i) to[i] = from[i];
    return;
  }
  std::size_t last = size - sizeof(Block);
  for (std::size_t i = 0; i < last; i += sizeof(Block)) std::memcpy(to + i, from + i, sizeof(Block));
  std::memcpy(to + last, from + last, sizeof(Block));
}

}  // namespace onit
