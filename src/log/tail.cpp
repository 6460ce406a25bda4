#include "log/tail.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "log/bytes.hpp"

namespace onit {

void Tail::begin(const TailMark& mark) {
  if (entry_count_ == kMaxRuns) {
    size_ = static_cast<std::size_t>(end_ - end_of(entry(0)));
    forget_first();
  } else if (entry_count_ == entry_capacity_) {
    grow_entries();
  }
  entry(entry_count_++) = {mark, static_cast<std::uint32_t>(end_)};
}

void Tail::add(std::string_view text) {
  if (text.empty()) return;
  if (text.size() > kMaxBytes) {
    std::size_t left_out = text.size() - kMaxBytes;
    end_ += left_out;
    text.remove_prefix(left_out);
  }
  if (text.size() > capacity_ - size_ && capacity_ < kMaxBytes) grow(size_ + text.size());
  put(text);
  size_ = std::min(size_ + text.size(), capacity_);
  entry(entry_count_ - 1).end = static_cast<std::uint32_t>(end_);
  while (end_of(entry(0)) <= end_ - size_) forget_first();
}

/// Each byte has the place that its position gives it.
void Tail::put(std::string_view text) {
  std::size_t place = end_ % capacity_;
  std::size_t before_wrap = std::min(text.size(), capacity_ - place);
  std::memcpy(ring_.get() + place, text.data(), before_wrap);
  std::memcpy(ring_.get(), text.data() + before_wrap, text.size() - before_wrap);
  end_ += text.size();
}

void Tail::grow(std::size_t wanted) {
  constexpr std::size_t kLeast = 1024;
  std::size_t capacity = std::max(capacity_, kLeast);
  while (capacity < std::min(wanted, kMaxBytes)) capacity *= 2;
  std::string there;
  append_to(there, end_ - size_, end_);
  ring_.reset(new char[capacity]);
  capacity_ = capacity;
  end_ -= size_;
  put(there);
}

void Tail::grow_entries() {
  constexpr std::size_t kLeast = 16;
  std::size_t capacity = std::max(entry_capacity_ * 2, kLeast);
  std::unique_ptr<Entry[]> entries(new Entry[capacity]);
  for (std::size_t i = 0; i < entry_count_; ++i) entries[i] = entry(i);
  entries_ = std::move(entries);
  entry_capacity_ = capacity;
  first_entry_ = 0;
}

void Tail::forget_first() {
  forgotten_ = end_of(entry(0));
  first_entry_ = (first_entry_ + 1) % entry_capacity_;
  --entry_count_;
}

std::uint64_t Tail::first() const {
  std::uint64_t position = end_ - size_;
  if (position == forgotten_ || entry_count_ == 0) return position;
  std::uint64_t end = end_of(entry(0));
  while (position < end) {
    std::string_view bytes = piece(position, end);
    const char* newline = find_newline(bytes.begin(), bytes.end());
    if (newline != bytes.end()) return position + static_cast<std::size_t>(newline - bytes.begin()) + 1;
    position += bytes.size();
  }
  return end;
}

std::optional<Tail::Run> Tail::run_at(std::uint64_t position) const {
  std::uint64_t all_begin = first();
  position = std::max(position, all_begin);
  if (position >= end_) return std::nullopt;
  std::size_t low = 0;
  for (std::size_t high = entry_count_ - 1; low < high;) {
    std::size_t middle = (low + high) / 2;
    if (end_of(entry(middle)) > position) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  std::uint64_t before = low == 0 ? forgotten_ : end_of(entry(low - 1));
  return Run{entry(low).mark, std::max(before, all_begin), end_of(entry(low))};
}

std::string_view Tail::piece(std::uint64_t position, std::uint64_t end) const {
  std::size_t place = position % capacity_;
  return {ring_.get() + place, static_cast<std::size_t>(std::min<std::uint64_t>(end - position, capacity_ - place))};
}

void Tail::append_to(std::string& text, std::uint64_t position, std::uint64_t end) const {
  while (position < end) {
    std::string_view bytes = piece(position, end);
    text += bytes;
    position += bytes.size();
  }
}

}  // namespace onit
