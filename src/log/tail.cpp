#include "log/tail.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace onit {

void Tail::add(std::string_view lines) {
  if (lines.size() > kMaxBytes) {
    lines = lines.substr(lines.size() - kMaxBytes);
    has_forgotten_ = true;
  }
  if (lines.size() > capacity_ - size_ && capacity_ < kMaxBytes) grow(size_ + lines.size());
  if (lines.empty()) return;
  std::size_t before_end = std::min(lines.size(), capacity_ - next_);
  std::memcpy(ring_.get() + next_, lines.data(), before_end);
  std::memcpy(ring_.get(), lines.data() + before_end, lines.size() - before_end);
  next_ = (next_ + lines.size()) % capacity_;
  has_forgotten_ = has_forgotten_ || lines.size() > capacity_ - size_;
  size_ = std::min(size_ + lines.size(), capacity_);
}

/// Only as long as nothing was forgotten, so what is there begins the ring.
void Tail::grow(std::size_t wanted) {
  constexpr std::size_t kLeast = 1024;
  std::size_t capacity = std::max(capacity_, kLeast);
  while (capacity < std::min(wanted, kMaxBytes)) capacity *= 2;
  std::unique_ptr<char[]> ring(new char[capacity]);
  if (size_ > 0) std::memcpy(ring.get(), ring_.get(), size_);
  ring_ = std::move(ring);
  capacity_ = capacity;
  next_ = size_ % capacity_;
}

std::string Tail::lines() const {
  std::string text;
  text.reserve(size_);
  if (size_ == capacity_) text.append(ring_.get() + next_, capacity_ - next_);
  text.append(ring_.get(), next_);
  if (!has_forgotten_) return text;
  std::size_t newline = text.find('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

}  // namespace onit
