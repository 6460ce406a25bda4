#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

#include "log/bytes.hpp"

namespace onit {

/// Bytes on their way out: added behind, taken off in front. Its memory comes with the first byte.
class LineBuffer {
 public:
  /// Room for the longest line in JSON with every byte escaped, and for what a busy pipe holds of short ones.
  static constexpr std::size_t kCapacity = 256 * 1024;

  bool is_empty() const { return begin_ == end_; }
  std::string_view view() const { return {bytes_.get() + begin_, end_ - begin_}; }

  /// So many bytes can be added.
  std::size_t room() {
    if (begin_ > 0) move_to_front();
    return kCapacity - end_;
  }
  void add(std::string_view text) {
    copy_bytes(bytes() + end_, text.data(), text.size());
    end_ += text.size();
  }
  void add(char c) { bytes()[end_++] = c; }

  void remove_front(std::size_t size) {
    begin_ += size;
    if (begin_ == end_) clear();
  }
  void remove_back(std::size_t size) { end_ -= size; }
  void clear() { begin_ = end_ = 0; }

 private:
  char* bytes() {
    if (bytes_ == nullptr) bytes_.reset(new char[kCapacity]);
    return bytes_.get();
  }
  void move_to_front() {
    std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace onit
