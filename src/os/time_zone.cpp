#include "os/time_zone.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/parse.hpp"
#include "base/text.hpp"
#include "os/file.hpp"

namespace onit {
namespace {

using namespace std::chrono;

/// Where images have the database.
constexpr char kDirectories[][24] = {
    "/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo",
};

constexpr std::size_t kMaxNameBytes = 100;        // the longest is below 40
constexpr std::size_t kMaxFileBytes = 64 * 1024;  // the largest is below 4 KiB
constexpr year kEpochYear{1970};
constexpr year kTableEndYear{2100};
constexpr WallTime kTableEnd = sys_days{kTableEndYear / January / 1};

// The layout of a TZif file. Source: RFC 8536, section 3.1 and 3.2.
constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kCountsOffset = 20;
constexpr std::size_t kTypeBytes = 6;
constexpr std::size_t kMostOfAnything = 10'000;   // no product of it overflows; files have some hundred
constexpr std::int32_t kOffsetBound = 26 * 3600;  // seconds
constexpr std::uint32_t kMostRuleHours = 167;

std::uint64_t number_at(std::string_view bytes, std::size_t at, std::size_t length) {
  std::uint64_t value = 0;
  for (char c : bytes.substr(at, length)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// A block of data, in its parts.
struct Block {
  std::string_view times;    ///< of the transitions
  std::string_view indexes;  ///< the type that each transition leads to, in one byte
  std::string_view types;    ///< kTypeBytes each, of which the first four are the offset
  std::string_view rest;     ///< what follows the block
};

/// Takes one header and its block, whose times have `time_bytes` each. Nothing if that is not all there.
std::optional<Block> take_block(std::string_view bytes, std::size_t time_bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  std::size_t counts[6];
  for (std::size_t i = 0; i < std::size(counts); ++i) {
    counts[i] = number_at(bytes, kCountsOffset + 4 * i, 4);
    if (counts[i] > kMostOfAnything) return std::nullopt;
  }
  const auto [ut_flags, standard_flags, leap_seconds, transitions, types, name_bytes] = counts;
  const std::size_t lengths[] = {kHeaderBytes, transitions * time_bytes, transitions, types * kTypeBytes,
                                 name_bytes + leap_seconds * (time_bytes + 4) + standard_flags + ut_flags};
  std::string_view parts[std::size(lengths)];
  for (std::size_t i = 0; i < std::size(lengths); ++i) {
    if (bytes.size() < lengths[i]) return std::nullopt;
    parts[i] = bytes.substr(0, lengths[i]);
    bytes.remove_prefix(lengths[i]);
  }
  return Block{parts[1], parts[2], parts[3], bytes};
}

/// The offset of one type, or nothing if there is no such type or no such offset.
std::optional<seconds> offset_of(const Block& block, std::size_t type) {
  if (type >= block.types.size() / kTypeBytes) return std::nullopt;
  auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(number_at(block.types, type * kTypeBytes, 4)));
  if (offset <= -kOffsetBound || offset >= kOffsetBound) return std::nullopt;
  return seconds{offset};
}

/// A moment of each year, as a clock on the wall shows it.
struct YearlyMoment {
  char kind = 'M';  ///< what the day is: 'M' a day of a week of a month, 'J' one from 1 to 365 as if there were no
                    ///< February 29, 'n' one from 0 to 365
  std::uint32_t month = 1;  ///< this and the next for 'M' only
  std::uint32_t week = 1;   ///< 5 is the last one
  std::uint32_t day = 0;
  seconds time = hours{2};  ///< may lie in another day

  seconds in(year of) const {
    sys_days date = of / January / 1;
    if (kind == 'M') {
      year_month in_month = of / std::chrono::month{month};
      date = week == 5 ? sys_days{in_month / weekday{day}[last]} : sys_days{in_month / weekday{day}[week]};
    } else {
      bool is_counted_from_1 = kind == 'J' && (!of.is_leap() || day < 60);
      date += days{day} - days{is_counted_from_1 ? 1 : 0};
    }
    return date.time_since_epoch() + time;
  }
};

/// What holds after the last transition.
struct Rule {
  seconds standard{};
  bool has_summer = false;
  seconds summer{};
  YearlyMoment begin{};  ///< of the summer, in standard time
  YearlyMoment end{};    ///< in summer time
};

/// Reads a rule such as CET-1CEST,M3.5.0,M10.5.0/3. Source: RFC 8536, section 3.3; tzset(3).
class RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  std::optional<Rule> rule() {
    Rule read;
    bool is_good = name() && time(read.standard);
    read.has_summer = is_good && !text_.empty();
    read.standard = -read.standard;
    read.summer = read.standard + hours{1};
    if (!read.has_summer) return is_good ? std::optional{read} : std::nullopt;
    is_good = name();
    if (is_good && !text_.starts_with(',')) {
      is_good = time(read.summer);
      read.summer = -read.summer;
    }
    is_good = is_good && moment(read.begin) && moment(read.end) && text_.empty();
    return is_good ? std::optional{read} : std::nullopt;
  }

 private:
  bool take(char c) {
    bool is_next = text_.starts_with(c);
    if (is_next) text_.remove_prefix(1);
    return is_next;
  }

  bool number(std::uint32_t& out, std::uint32_t maximum) {
    std::string_view digits = text_.substr(0, text_.find_first_not_of("0123456789"));
    auto value = parse_number(digits, maximum);
    if (value) out = static_cast<std::uint32_t>(*value);
    text_.remove_prefix(digits.size());
    return value.has_value();
  }

  bool name() {
    std::size_t length = 0;
    if (text_.starts_with('<')) {
      length = text_.find('>') + 1;
    } else {
      while (length < text_.size() && is_letter(text_[length])) ++length;
    }
    text_.remove_prefix(length);
    return length > 0;
  }

  /// Hours, with minutes and seconds if they are there.
  bool time(seconds& out) {
    bool negative = take('-');
    if (!negative) take('+');
    std::uint32_t parts[3] = {};
    if (!number(parts[0], kMostRuleHours)) return false;
    for (std::size_t i = 1; i < std::size(parts) && take(':'); ++i) {
      if (!number(parts[i], 59)) return false;
    }
    out = hours{parts[0]} + minutes{parts[1]} + seconds{parts[2]};
    if (negative) out = -out;
    return true;
  }

  bool moment(YearlyMoment& out) {
    if (!take(',')) return false;
    bool is_good = false;
    if (take('M')) {
      is_good = number(out.month, 12) && take('.') && number(out.week, 5) && take('.') && number(out.day, 6) &&
                out.month > 0 && out.week > 0;
    } else {
      out.kind = take('J') ? 'J' : 'n';
      is_good = number(out.day, 365) && (out.kind == 'n' || out.day > 0);
    }
    return is_good && (!take('/') || time(out.time));
  }

  std::string_view text_;
};

/// Changes, as they are found one after the other.
class Timeline {
 public:
  void add(seconds since_epoch, seconds offset) {
    WallTime at{since_epoch};
    if (at >= kTableEnd) return;
    if (!changes_.empty() && changes_.back().at >= at) changes_.pop_back();
    if (at <= WallTime{}) {
      first_ = offset;
    } else if (offset != (changes_.empty() ? first_ : changes_.back().offset)) {
      changes_.push_back({at, offset});
    }
  }

  /// What holds behind `from`.
  void add(const Rule& rule, seconds from) {
    if (!rule.has_summer) add(from, rule.standard);
    for (year of = kEpochYear - years{1}; rule.has_summer && of < kTableEndYear; ++of) {
      OffsetChange begin{WallTime{rule.begin.in(of)-rule.standard}, rule.summer};
      OffsetChange end{WallTime{rule.end.in(of)-rule.summer}, rule.standard};
      if (begin.at > end.at) std::swap(begin, end);
      for (const OffsetChange& change : {begin, end}) {
        if (change.at > WallTime{from}) add(change.at.time_since_epoch(), change.offset);
      }
    }
  }

  TimeZone zone() { return TimeZone{first_, std::move(changes_)}; }

 private:
  seconds first_{};
  std::vector<OffsetChange> changes_;
};

bool is_zone_name(std::string_view name) {
  auto is_allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+'; };
  return name.size() <= kMaxNameBytes && name.front() != '/' && std::ranges::all_of(name, is_allowed);
}

bool has_database() {
  return std::ranges::any_of(kDirectories, [](const char* directory) { return ::access(directory, F_OK) == 0; });
}

}  // namespace

seconds TimeZone::offset_at(WallTime time) const {
  auto later = std::ranges::upper_bound(changes_, time, {}, &OffsetChange::at);
  return later == changes_.begin() ? first_ : std::prev(later)->offset;
}

std::optional<OffsetChange> TimeZone::next_change(WallTime time) const {
  auto later = std::ranges::upper_bound(changes_, time, {}, &OffsetChange::at);
  if (later == changes_.end()) return std::nullopt;
  return *later;
}

std::optional<TimeZone> parse_zone_file(std::string_view bytes) {
  std::size_t time_bytes = 4;
  auto block = take_block(bytes, time_bytes);
  bool has_rule = block && bytes[4] != '\0';
  if (has_rule) {
    // The same again for programs that know more than version 1.
    time_bytes = 8;
    block = take_block(block->rest, time_bytes);
  }
  auto first = block ? offset_of(*block, 0) : std::nullopt;
  if (!first) return std::nullopt;

  Timeline timeline;
  seconds last = seconds::min() / 2;
  timeline.add(last, *first);
  for (std::size_t i = 0; i < block->indexes.size(); ++i) {
    auto offset = offset_of(*block, static_cast<unsigned char>(block->indexes[i]));
    std::uint64_t at = number_at(block->times, i * time_bytes, time_bytes);
    seconds time{time_bytes == 8 ? static_cast<std::int64_t>(at) : static_cast<std::int32_t>(at)};
    if (!offset || time < last) return std::nullopt;
    timeline.add(time, *offset);
    last = time;
  }

  // In a line of its own.
  std::string_view line = block->rest;
  if (has_rule && (line.size() < 2 || line.front() != '\n' || line.back() != '\n')) return std::nullopt;
  if (has_rule && line.size() > 2) {
    auto rule = RuleReader(line.substr(1, line.size() - 2)).rule();
    if (!rule) return std::nullopt;
    timeline.add(*rule, last);
  }
  return timeline.zone();
}

Result<TimeZone, Complaint> load_time_zone(std::string_view name) {
  if (name.empty() || name == "UTC") return TimeZone{};
  if (!is_zone_name(name)) return Complaint{filled("% is no name of a time zone, such as Europe/Berlin", quoted(name))};
  for (const char* directory : kDirectories) {
    std::string path = filled("%/%", directory, name);
    auto content = read_file(path.c_str(), kMaxFileBytes);
    bool is_elsewhere = !content.ok() && (content.error().code == ENOENT || content.error().code == ENOTDIR);
    if (is_elsewhere) continue;
    auto zone = content.ok() ? parse_zone_file(content.value()) : std::nullopt;
    if (zone) return std::move(*zone);
    return Complaint{filled("time zone %: % cannot be read as one", quoted(name), path)};
  }
  if (has_database()) return Complaint{filled("no time zone is called %", quoted(name))};
  return Complaint{"no time zone but UTC: there is no /usr/share/zoneinfo (package tzdata)"};
}

}  // namespace onit
