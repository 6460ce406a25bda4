#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace onit {

/// A request that is larger than this is refused: nobody who means onit sends half of it.
inline constexpr std::size_t kMaxRequestBytes = 4096;

enum class HttpMethod : std::uint8_t { get, post };

/// What a client asks for.
struct HttpRequest {
  enum class State : std::uint8_t {
    incomplete,  ///< more has to come before it can be told
    malformed,   ///< it is none that is understood here; `status` says how that is answered
    complete,
  };

  State state = State::incomplete;
  int status = 0;  ///< malformed: 400, 405, 413, 431 or 505
  HttpMethod method = HttpMethod::get;
  bool knows_chunks = false;  ///< complete: it is of HTTP/1.1, so that the answer may come in chunks
  std::string_view path{};    ///< complete: begins with '/'; letters, digits and `-._/` only; part of what was received
  std::string_view query{};   ///< complete: what is behind '?'; those, and `=&`
};

/// Reads what a client has sent so far, at most kMaxRequestBytes of it: GET and POST of HTTP/1.0 and 1.1, without a
/// body. What comes behind the empty line is not looked at. Percent-encoding is refused: nothing that can be asked for
/// needs it. Source: RFC 9112, sections 2, 3 and 5; RFC 9110, section 5.6.2 (names of fields).
HttpRequest read_http_request(std::string_view received);

/// The value of a parameter of the query; empty if it has none behind its name, nothing if it is not there.
std::optional<std::string_view> find_parameter(std::string_view query, std::string_view name);

}  // namespace onit
