#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "log/heading.hpp"
#include "log/line_splitter.hpp"

namespace onit {

/// What is known of lines that were read together.
struct TailMark {
  std::uint64_t order;  ///< higher than that of all that was read before, of other services too
  LogTime time;
  std::uint8_t which;  ///< 0: stdout, 1: stderr
  Part part;           ///< whole: they are whole lines; otherwise it is one part of a line that is too long
};

/// The last lines of a service, and when they came. Takes memory as they come. A position counts the bytes from the
/// first one that was ever added.
class Tail {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;
  /// So many runs are remembered. Lines of 64 bytes, each read by itself, still fill kMaxBytes.
  static constexpr std::size_t kMaxRuns = 1024;

  /// A new run begins.
  void begin(const TailMark& mark);
  /// Adds to the run that was begun last. All together that is whole lines, or a part that ends with a newline. What
  /// goes beyond kMaxBytes is not even looked at.
  void add(std::string_view text);

  /// Where the first line begins that is still there as a whole, and where the next one will.
  std::uint64_t first() const;
  std::uint64_t end() const { return end_; }

  /// What is there of a run.
  struct Run {
    TailMark mark;
    std::uint64_t begin;
    std::uint64_t end;
  };
  /// The run with the byte at a position, or the first one, if that is forgotten; nothing behind the last one.
  std::optional<Run> run_at(std::uint64_t position) const;

  /// Bytes from a position on, before `end`, as many as lie side by side: at least one. They must be there.
  std::string_view piece(std::uint64_t position, std::uint64_t end) const;
  /// All of them, behind a text.
  void append_to(std::string& text, std::uint64_t position, std::uint64_t end) const;

 private:
  struct Entry {
    TailMark mark;
    std::uint32_t end;  // the low bits of the position behind it
  };

  Entry& entry(std::size_t index) const { return entries_[(first_entry_ + index) % entry_capacity_]; }
  std::uint64_t end_of(const Entry& entry) const { return end_ - (static_cast<std::uint32_t>(end_) - entry.end); }
  void put(std::string_view text);
  void grow(std::size_t wanted);
  void grow_entries();
  void forget_first();

  std::unique_ptr<char[]> ring_;
  std::unique_ptr<Entry[]> entries_;  // a ring, too
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;  // how many bytes there are
  std::size_t entry_capacity_ = 0;
  std::size_t first_entry_ = 0;
  std::size_t entry_count_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t forgotten_ = 0;  // where the last run ended that is forgotten altogether
};

}  // namespace onit
