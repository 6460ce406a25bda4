#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/history.hpp"
#include "base/json_reader.hpp"
#include "cli/request.hpp"

namespace onit {

/// A moment that never came, and a service that there is not.
inline constexpr std::uint32_t kNever = UINT32_MAX;
inline constexpr std::uint32_t kNobody = UINT32_MAX;

/// What a service was for a time, in milliseconds since onit's start.
struct AnalysedSpan {
  Span what;
  std::uint32_t from;
  std::uint32_t to;

  /// Reads one of the spans in a page; what is not known counts as down.
  explicit AnalysedSpan(JsonValue span);
};

/// How a service started. Moments are in milliseconds since onit's start.
struct AnalysedService {
  JsonValue page{};
  std::string_view name{};         ///< letters, digits and "_.-" only
  std::uint32_t wanted = kNever;   ///< it waited, or began
  std::uint32_t begun = kNever;    ///< it was executed for the first time
  std::uint32_t ready = kNever;    ///< it was up, or had completed, for the first time
  std::uint32_t settled = kNever;  ///< if it was never ready: when it came to an end, or now
  std::uint32_t cause = kNobody;   ///< the service that it waited for longest
  std::uint32_t tries = 0;         ///< until it was ready
  Span state = Span::down;         ///< now
  bool belongs_to_start = false;   ///< it was to run from the beginning
  bool is_critical = false;        ///< part of the critical chain
  std::uint32_t row = 0;           ///< of a picture, from above
  std::uint64_t key = 0;           ///< by which Analysis::next() puts it in order

  JsonValue first_span() const { return page["spans"].first(); }
  bool was_ready() const { return ready != kNever; }
  bool has_begun() const { return begun != kNever; }
  /// From when it was wanted until it began.
  std::uint32_t waited() const { return (has_begun() ? begun : settled) - wanted; }
  /// From when it began until it was ready; 0: it has not begun.
  std::uint32_t took() const { return has_begun() ? (was_ready() ? ready : settled) - begun : 0; }
};

/// How the start of all services went.
struct Analysis {
  std::unique_ptr<AnalysedService[]> room{};
  std::span<AnalysedService> services{};  ///< in the order of the file
  std::uint32_t now = 0;
  std::uint32_t count = 0;        ///< of those that belong to the start
  std::uint32_t ready_count = 0;  ///< of those of them that became ready
  std::uint32_t ready = 0;        ///< when the last of these did
  /// Which one that was. It, the one that it waited for longest (its cause), and so on are the critical chain.
  std::uint32_t last = kNobody;

  bool are_all_ready() const { return count != 0 && ready_count == count; }

  /// The service behind another one in order of their keys; of those with equal keys that of the file. kNobody: the
  /// first; or there is none.
  std::uint32_t next(std::uint32_t index) const;
};

/// Makes an analysis of the JSON of /v1/analysis, which has to outlive it.
Analysis analyse(JsonValue page);

/// "all 5 services were ready after 2.31 s", or who was not.
std::string summary_text(const Analysis& analysis);

/// The services of the start, those that took longest first. Changes their keys.
std::string blame_text(Analysis& analysis);

/// The critical chain, as systemd-analyze(1) shows it.
std::string critical_chain_text(const Analysis& analysis);

/// onitctl analyze: asks the onit at one of the places how its start went, and prints what `command` says of it.
/// Returns the exit code.
int show_analysis(const ControlCommand& command, const std::vector<std::string>& places);

}  // namespace onit
