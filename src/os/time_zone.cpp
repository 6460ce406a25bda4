#include "os/time_zone.hpp"

#include <time.h>
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

using std::chrono::seconds;
using std::chrono::weeks;

/// Where images have the database; the C library knows the first one itself.
constexpr const char* kDirectories[] = {
    "/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo",
};

constexpr std::size_t kMaxNameBytes = 100;             // the longest is below 40
constexpr std::size_t kMaxRuleBytes = 100;             // the longest is below 50
constexpr std::size_t kMaxFileBytes = 64 * 1024;       // the largest is below 4 KiB
constexpr WallTime kTableEnd{seconds{4'102'444'800}};  // 2100-01-01

/// No zone has ever changed its offset twice in such a time: a walk in days finds nothing more in the whole database.
/// Ramadan is the shortest period with a time of its own.
constexpr weeks kStride{1};

// The layout of a TZif file. Source: RFC 8536, section 3.1 and 3.2.
constexpr std::size_t kHeaderBytes = 44;
constexpr std::size_t kCountsOffset = 20;
constexpr std::size_t kTypeBytes = 6;
constexpr std::size_t kMostOfAnything = 10'000;   // no product of it overflows; files have some hundred
constexpr std::int32_t kOffsetBound = 26 * 3600;  // seconds

/// How many of each there are in a block of data.
struct Counts {
  std::size_t ut_flags;
  std::size_t standard_flags;
  std::size_t leap_seconds;
  std::size_t transitions;
  std::size_t types;
  std::size_t name_bytes;
};

std::size_t number_at(std::string_view bytes, std::size_t at) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

/// Checks one header and its block of data, whose times have `time_bytes` each. Returns the length of both; nothing if
/// there is something wrong with them.
std::optional<std::size_t> sound_block(std::string_view bytes, std::size_t time_bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  std::size_t numbers[6];
  for (std::size_t i = 0; i < std::size(numbers); ++i) {
    numbers[i] = number_at(bytes, kCountsOffset + 4 * i);
    if (numbers[i] > kMostOfAnything) return std::nullopt;
  }
  Counts counts{numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]};
  if (counts.types == 0 || counts.name_bytes == 0) return std::nullopt;
  std::size_t indexes = kHeaderBytes + counts.transitions * time_bytes;
  std::size_t types = indexes + counts.transitions;
  std::size_t names = types + counts.types * kTypeBytes;
  std::size_t end =
      names + counts.name_bytes + counts.leap_seconds * (time_bytes + 4) + counts.standard_flags + counts.ut_flags;
  if (end > bytes.size()) return std::nullopt;

  for (std::size_t i = 0; i < counts.transitions; ++i) {
    if (static_cast<unsigned char>(bytes[indexes + i]) >= counts.types) return std::nullopt;
  }
  for (std::size_t i = 0; i < counts.types; ++i) {
    std::size_t type = types + i * kTypeBytes;
    auto offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(number_at(bytes, type)));
    if (offset <= -kOffsetBound || offset >= kOffsetBound) return std::nullopt;
    if (static_cast<unsigned char>(bytes[type + 5]) >= counts.name_bytes) return std::nullopt;
  }
  if (bytes[names + counts.name_bytes - 1] != '\0') return std::nullopt;
  return end;
}

/// The line that says what holds after the last transition, such as CET-1CEST,M3.5.0,M10.5.0/3. Numbers may be wrong,
/// but not so large that something is counted beyond its end, as musl does with months.
bool is_sound_rule(std::string_view rule) {
  bool in_name = false;  // <+0330> has digits that are no number
  std::size_t digits = 0;
  for (std::size_t i = 0; i < rule.size(); ++i) {
    if (is_control(rule[i])) return false;
    if (rule[i] == '<' || rule[i] == '>') in_name = rule[i] == '<';
    digits = !in_name && is_digit(rule[i]) ? digits + 1 : 0;
    if (digits > 3) return false;
    if (!rule.substr(i).starts_with(",M")) continue;
    std::string_view month = rule.substr(i + 2, rule.find('.', i) - i - 2);
    if (parse_number(month, 12).value_or(0) == 0) return false;
  }
  return rule.size() <= kMaxRuleBytes;
}

/// What localtime_r(3) makes of time zones, which it takes from the environment: that is replaced by nothing but TZ for
/// as long as this lives, without touching the strings or the array of the real one.
class BorrowedEnvironment {
 public:
  explicit BorrowedEnvironment(std::string zone) : variable_(filled("TZ=%", {zone})), saved_(environ) {
    environ = entries_;
    ::tzset();
  }
  ~BorrowedEnvironment() {
    // The C library lets go of the file, so that the next look reads what is there by then.
    variable_ = "TZ=UTC0";
    entries_[0] = variable_.data();
    ::tzset();
    environ = saved_;
  }
  BorrowedEnvironment(const BorrowedEnvironment&) = delete;
  BorrowedEnvironment& operator=(const BorrowedEnvironment&) = delete;

  seconds offset_at(WallTime time) const {
    time_t then = time.time_since_epoch().count();
    tm fields{};
    if (::localtime_r(&then, &fields) == nullptr) return seconds{0};
    return seconds{fields.tm_gmtoff};
  }

 private:
  std::string variable_;
  char* entries_[2]{variable_.data(), nullptr};
  char** saved_;
};

/// The first moment in (from, to] at which the offset is no longer that of `from`.
WallTime find_change(const BorrowedEnvironment& zone, WallTime from, WallTime to) {
  seconds before = zone.offset_at(from);
  while (to - from > seconds{1}) {
    WallTime middle = from + (to - from) / 2;
    (zone.offset_at(middle) == before ? from : to) = middle;
  }
  return to;
}

/// Asks the C library for all changes at once: it keeps one zone at a time, and reads the file where it lies. Later on
/// nobody depends on either.
TimeZone read_changes(std::string zone) {
  BorrowedEnvironment borrowed{std::move(zone)};
  WallTime time{};
  seconds first = borrowed.offset_at(time);
  seconds offset = first;
  std::vector<OffsetChange> changes;
  while (time < kTableEnd) {
    WallTime next = time + kStride;
    seconds next_offset = borrowed.offset_at(next);
    if (next_offset != offset) changes.push_back({find_change(borrowed, time, next), next_offset});
    offset = next_offset;
    time = next;
  }
  return TimeZone{first, std::move(changes)};
}

bool is_zone_name(std::string_view name) {
  auto is_allowed = [](char c) { return is_letter(c) || is_digit(c) || c == '/' || c == '_' || c == '-' || c == '+'; };
  return name.size() <= kMaxNameBytes && name.front() != '/' && std::all_of(name.begin(), name.end(), is_allowed);
}

bool has_database() {
  return std::any_of(std::begin(kDirectories), std::end(kDirectories),
                     [](const char* directory) { return ::access(directory, F_OK) == 0; });
}

}  // namespace

seconds TimeZone::offset_at(WallTime time) const {
  auto later = std::upper_bound(changes_.begin(), changes_.end(), time,
                                [](WallTime moment, const OffsetChange& change) { return moment < change.at; });
  return later == changes_.begin() ? first_ : std::prev(later)->offset;
}

std::optional<OffsetChange> TimeZone::next_change(WallTime time) const {
  auto later = std::upper_bound(changes_.begin(), changes_.end(), time,
                                [](WallTime moment, const OffsetChange& change) { return moment < change.at; });
  if (later == changes_.end()) return std::nullopt;
  return *later;
}

bool is_sound_zone_file(std::string_view bytes) {
  auto first = sound_block(bytes, 4);
  if (!first) return false;
  if (bytes[4] == '\0') return true;  // version 1 has this one only
  auto second = sound_block(bytes.substr(*first), 8);
  if (!second) return false;
  // A rule for the time behind the last transition, in a line of its own.
  std::string_view rule = bytes.substr(*first + *second);
  return rule.size() >= 2 && rule.front() == '\n' && rule.back() == '\n' &&
         is_sound_rule(rule.substr(1, rule.size() - 2));
}

Result<TimeZone, Complaint> load_time_zone(std::string_view name) {
  if (name.empty() || name == "UTC") return TimeZone{};
  if (!is_zone_name(name))
    return Complaint{filled("% is no name of a time zone, such as Europe/Berlin", {quoted(name)})};
  for (const char* directory : kDirectories) {
    std::string path = filled("%/%", {directory, name});
    auto content = read_file(path.c_str(), kMaxFileBytes);
    bool is_elsewhere = !content.ok() && (content.error().code == ENOENT || content.error().code == ENOTDIR);
    if (is_elsewhere) continue;
    if (!content.ok() || !is_sound_zone_file(content.value())) {
      return Complaint{filled("time zone %: % cannot be read as one", {quoted(name), path})};
    }
    // By its name where that will do: with privileges of its file, a program is denied paths by musl, without a word.
    return read_changes(filled(":%", {directory == kDirectories[0] ? std::string{name} : path}));
  }
  if (has_database()) return Complaint{filled("no time zone is called %", {quoted(name)})};
  return Complaint{"no time zone but UTC: there is no /usr/share/zoneinfo (package tzdata)"};
}

}  // namespace onit
