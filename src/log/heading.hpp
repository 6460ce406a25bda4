#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "core/service_spec.hpp"

namespace onit {

using LogTime = std::chrono::sys_time<std::chrono::microseconds>;

/// The two streams of a service, as LineOrigin::stream.
inline constexpr std::array<std::string_view, 2> kStreamNames{"stdout", "stderr"};

/// A longer name is not padded to, lest it push all lines to the right.
inline constexpr std::size_t kMaxNameWidth = 24;

/// Whose lines they are, as far as it can be seen in them.
struct LineOrigin {
  std::string_view service;
  std::string_view stream;    ///< stdout or stderr
  std::size_t name_width;     ///< to which the name is padded with blanks
  std::string_view colour{};  ///< the escape sequence for it; empty: none
};

/// The colour of a service on a terminal: an escape sequence. Neighbours differ.
std::string_view service_colour(ServiceId service);

/// RFC 3339 in UTC, to the microsecond.
void append_time(std::string& text, LogTime time);

/// What each line of a run begins with. json: everything up to the message.
struct Heading {
  LogStyle style;
  std::string text;
};

/// Makes the heading for lines that were read at that time.
void make_heading(Heading& heading, const LogSpec& log, const LineOrigin& origin, LogTime time);

}  // namespace onit
