#include "app/journal.hpp"

#include <algorithm>
#include <cstring>
#include <string>

namespace onit {
namespace {

/// A text that is longer is cut: one entry must not drive out all others.
constexpr std::size_t kMaxText = 1024;

/// What is free again when there was no more room: entries are moved seldom.
constexpr std::size_t kLeastFree = Journal::kMaxBytes / 4;

/// What stands in front of the texts of an entry.
struct Header {
  std::uint64_t time_us;
  std::uint16_t service;  // bytes, and so on
  std::uint16_t what;
  std::uint16_t text;

  std::size_t size() const { return sizeof(Header) + service + what + text; }
};
static_assert(2 * (sizeof(Header) + 3 * kMaxText) < kLeastFree);

Header header_at(std::string_view bytes) {
  Header header;
  std::memcpy(&header, bytes.data(), sizeof header);
  return header;
}

std::string_view cut(std::string_view text) {
  std::size_t length = std::min(text.size(), kMaxText);
  // Not in the middle of a UTF-8 character.
  while (length > 0 && length < text.size() && (text[length] & 0xC0) == 0x80) --length;
  return text.substr(0, length);
}

}  // namespace

/// Entries one behind the other, the oldest first.
struct Journal::Ring {
  std::string bytes;
  std::uint64_t first = 1;
  std::uint64_t next = 1;

  void make_room(std::size_t wanted);
  JournalEntry entry(std::uint64_t number, std::size_t at) const;
};

void Journal::Ring::make_room(std::size_t wanted) {
  if (bytes.size() + wanted > kMaxBytes) {
    std::size_t gone = 0;
    while (bytes.size() - gone > kMaxBytes - kLeastFree) {
      gone += header_at(std::string_view{bytes}.substr(gone)).size();
      ++first;
    }
    bytes.erase(0, gone);
  }
  // Twice as much each time, but never more than may be used.
  std::size_t least = bytes.size() + wanted;
  if (least > bytes.capacity()) bytes.reserve(std::min(kMaxBytes, std::max<std::size_t>(512, 2 * least)));
}

/// The entry that begins there.
JournalEntry Journal::Ring::entry(std::uint64_t number, std::size_t at) const {
  std::string_view rest = std::string_view{bytes}.substr(at);
  Header header = header_at(rest);
  rest.remove_prefix(sizeof header);
  return {.number = number,
          .time_us = header.time_us,
          .service = rest.substr(0, header.service),
          .what = rest.substr(header.service, header.what),
          .text = rest.substr(std::size_t{header.service} + header.what, header.text)};
}

Journal::Journal() = default;
Journal::~Journal() = default;

void Journal::add(std::uint64_t time_us, std::string_view service, std::string_view what, std::string_view text) {
  if (!ring_) ring_ = std::make_unique<Ring>();
  service = cut(service);
  what = cut(what);
  text = cut(text);
  Header header{time_us, static_cast<std::uint16_t>(service.size()), static_cast<std::uint16_t>(what.size()),
                static_cast<std::uint16_t>(text.size())};
  ring_->make_room(header.size());
  ring_->bytes.append(reinterpret_cast<const char*>(&header), sizeof header);
  ring_->bytes.append(service).append(what).append(text);
  ++ring_->next;
}

std::uint64_t Journal::first() const { return ring_ ? ring_->first : 1; }

std::uint64_t Journal::next() const { return ring_ ? ring_->next : 1; }

std::optional<JournalEntry> Journal::find(std::uint64_t number) const {
  if (!ring_ || number >= ring_->next) return std::nullopt;
  number = std::max(number, ring_->first);
  std::size_t at = 0;
  for (std::uint64_t other = ring_->first; other < number; ++other) {
    at += header_at(std::string_view{ring_->bytes}.substr(at)).size();
  }
  return ring_->entry(number, at);
}

std::optional<JournalEntry> Journal::after(const JournalEntry& entry) const {
  if (entry.number + 1 >= next()) return std::nullopt;
  const char* end = entry.text.data() + entry.text.size();
  return ring_->entry(entry.number + 1, static_cast<std::size_t>(end - ring_->bytes.data()));
}

}  // namespace onit
