#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "log/heading.hpp"
#include "log/line_buffer.hpp"
#include "log/line_splitter.hpp"

namespace onit {

/// What a part ends with that another one follows, as a line that a shell continues.
inline constexpr std::string_view kCutMark = "\\\n";

/// What was taken off the front of a run.
struct Taken {
  std::size_t bytes = 0;
  std::uint64_t lines = 0;
  bool continues = false;  ///< the next run begins inside a line
  bool has_parts = false;  ///< there may be some of lines that are too long
};

/// What is left of a run.
inline LineRun rest_of(const LineRun& run, const Taken& taken) {
  return {run.bytes.substr(taken.bytes), taken.continues, run.ends, run.until - std::min(run.until, taken.bytes)};
}

/// Adds a line, or a part of one. There has to be room for it: a quarter of a buffer is enough for any.
void add_line(LineBuffer& buffer, const Heading& heading, const Line& line);

/// Adds lines of a run to the buffer, as many as are sure to fit in it, and no more than `limit` bytes. Each ends with
/// a newline, parts that another one follows with kCutMark; in json all parts have a field that says which they are.
/// Otherwise raw lines without heading stay as they are.
Taken add_lines(LineBuffer& buffer, const Heading& heading, const LineRun& run, std::size_t limit = SIZE_MAX);

/// Takes all lines of a run and writes them nowhere.
Taken skip_lines(const LineRun& run);

}  // namespace onit
