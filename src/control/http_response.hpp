#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace onit {

/// So much of an answer has to be enough to know its status: no server sends a line of even half that length.
inline constexpr std::size_t kMaxAnswerBytes = 512;

/// What the beginning of an HTTP/1 answer says.
struct HttpAnswer {
  enum class State : std::uint8_t {
    incomplete,  ///< more has to come before it can be told
    malformed,   ///< it is no answer of HTTP/1, or its status line is too long
    complete,
  };

  State state = State::incomplete;
  int code = 0;               ///< complete: 101, or 200..599
  std::string_view reason{};  ///< complete: part of what was received; may be empty, and may hold bytes above 127
};

/// Reads the status line of what a server has sent so far, at most kMaxAnswerBytes of it. Interim answers (1xx) in
/// front of the final one are passed over. A line may end without the CR, and have no blank behind the code.
/// Source: RFC 9112, sections 2.2 and 4; RFC 9110, section 15.2.
HttpAnswer read_http_answer(std::string_view received);

}  // namespace onit
