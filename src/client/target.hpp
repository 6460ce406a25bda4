#pragma once

#include <string>

#include "cli/request.hpp"
#include "control/http_request.hpp"

namespace onit {

/// How services are named to onit.
enum class NamedBy : std::uint8_t {
  nothing,
  path,   ///< one by one, each in a request of its own
  query,  ///< all in one request
};

/// Whether a verb names services in the path, if there are any, or in the query.
NamedBy named_by(VerbId verb);

/// Whether it changes something.
HttpMethod method_of(VerbId verb);

/// What onit is asked for. `service` is the one that is named in the path, null if none is. Neither tree nor analyze:
/// they ask for several things.
std::string target_of(const ControlCommand& command, const char* service, bool has_colour);

}  // namespace onit
