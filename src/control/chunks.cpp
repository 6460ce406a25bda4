#include "control/chunks.hpp"

#include "base/text.hpp"

namespace onit {
namespace {

/// Nobody who means it sends more at once.
constexpr std::size_t kMaxChunkBytes = std::size_t{1} << 30;

/// -1: it is none.
int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

}  // namespace

/// The line with the size, or the one that ends the data, is over.
bool Chunks::end_line() {
  if (stage_ != Stage::data_end && !has_digit_) return false;
  bool is_size = stage_ != Stage::data_end;
  stage_ = !is_size ? Stage::size : left_ > 0 ? Stage::data : Stage::done;
  has_digit_ = false;
  has_return_ = false;
  return true;
}

bool Chunks::take_size(char c) {
  if (c == ';' && has_digit_) {
    stage_ = Stage::extension;
    return true;
  }
  int value = hex_value(c);
  std::uint64_t size = std::uint64_t{left_} * 16 + static_cast<std::uint64_t>(value);
  if (value < 0 || size > kMaxChunkBytes) return false;
  left_ = static_cast<std::size_t>(size);
  has_digit_ = true;
  return true;
}

/// What is not data. A CR is the first half of the end of a line.
bool Chunks::take_framing(char c) {
  if (c == '\n') return end_line();
  if (has_return_) return false;
  has_return_ = c == '\r';
  return has_return_ || stage_ == Stage::extension || (stage_ == Stage::size && take_size(c));
}

Chunks::State Chunks::take(std::string_view bytes, std::string& body) {
  while (!bytes.empty()) {
    if (stage_ == Stage::done) return State::done;
    if (stage_ == Stage::data) {
      std::string_view part = bytes.substr(0, left_);
      body.append(part);
      bytes.remove_prefix(part.size());
      left_ -= part.size();
      if (left_ == 0) stage_ = Stage::data_end;
      continue;
    }
    char c = bytes.front();
    bytes.remove_prefix(1);
    if (!take_framing(c)) return State::malformed;
  }
  return stage_ == Stage::done ? State::done : State::more;
}

}  // namespace onit
