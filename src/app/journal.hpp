#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "core/service_policy.hpp"

namespace onit {

/// Something that has happened.
struct JournalEntry {
  std::uint64_t number;      ///< one more than that of the one before
  std::uint64_t time_us;     ///< since 1970
  std::string_view service;  ///< its name; empty: it is about all
  std::string_view what;     ///< such as "ready"
  std::string_view text;     ///< for people: "service 'db' is ready after 1.25 s"
};

/// The last of what has happened. Takes memory as it comes, at most kMaxBytes.
class Journal {
 public:
  static constexpr std::size_t kMaxBytes = 64 * 1024;

  Journal();
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Texts of more than 1 KiB are cut.
  void add(std::uint64_t time_us, std::string_view service, std::string_view what, std::string_view text);

  /// The number of the oldest that is still there, and that of the next to come. The first of all is 1.
  std::uint64_t first() const;
  std::uint64_t next() const;

  /// The first with that number or a higher one; nothing if there is none yet. Valid until add().
  std::optional<JournalEntry> find(std::uint64_t number) const;

  /// The next one, without looking for it; nothing behind the last.
  std::optional<JournalEntry> after(const JournalEntry& entry) const;

 private:
  struct Ring;
  std::unique_ptr<Ring> ring_;
};

}  // namespace onit
