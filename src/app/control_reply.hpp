#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/service_policy.hpp"
#include "core/service_spec.hpp"

namespace onit {

inline constexpr char kJsonType[] = "application/json";
inline constexpr char kLinesType[] = "application/x-ndjson";
inline constexpr char kPlainType[] = "text/plain; charset=utf-8";
inline constexpr char kMetricsType[] = "text/plain; version=0.0.4; charset=utf-8";

/// About as much of a body is made at once, so that neither a client nor a thousand services hold up the loop.
inline constexpr std::size_t kPieceBytes = 16 * 1024;

/// What a body consists of, behind its text. Each is made piece by piece, as the client reads.
enum class Page : std::uint8_t {
  none,          ///< nothing: the text is all
  services,      ///< the status of all services
  analysis,      ///< how their start went
  events,        ///< what has happened
  logs,          ///< what they have written
  metrics,       ///< numbers for Prometheus
  explanations,  ///< why services are as they are
  outcome,       ///< nothing until it is known what has become of a service; it may then set status and text
};

/// How far the lines of a service have been sent.
struct LogPlace {
  std::uint64_t position;  ///< of its Tail
  std::uint64_t order;     ///< of the run that is next, or, while the last lines are looked for, of the one before
};

/// An answer to a client: what goes out first, and how far the rest is.
struct Reply {
  int status = 200;
  const char* type = kJsonType;
  std::string text{};

  Page page = Page::none;
  bool as_text = false;                    ///< for people, where there is also JSON
  bool has_colour = false;                 ///< as_text: for a terminal
  bool follows = false;                    ///< events, logs: what is still to come, too
  std::uint64_t cursor = 0;                ///< where the next piece begins; its meaning is the page's
  std::vector<ServiceId> services{};       ///< of these; none: of all
  LogStyle log_style = LogStyle::prefix;   ///< logs
  bool has_times = false;                  ///< logs: in front of each line; json always has them
  std::uint64_t last_lines = UINT64_MAX;   ///< logs: of what is there, only so many, the last ones
  std::vector<LogPlace> places{};          ///< logs: of each service; the page's own
  Condition awaited = Condition::started;  ///< outcome: of services[0]
  bool awaits_rest = false;                ///< outcome: instead, that nothing of it runs, nor is going to
  bool is_order = false;                   ///< outcome: somebody has asked for it, and wants no more than to know
  bool is_empty = true;                    ///< explanations: nothing was to be said so far
  std::array<std::uint8_t, 6> widths{};    ///< services: as_text: of the columns of the table
  std::size_t name_width = 0;              ///< as_text: of the first column
};

/// How far a page is after a piece.
enum class Progress : std::uint8_t {
  more,  ///< the next piece can be made at once
  idle,  ///< not before something happens
  done,
};

}  // namespace onit
