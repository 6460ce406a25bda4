#pragma once

#include "cli/request.hpp"

namespace onit {

/// Reads the command line of onitctl, `onitctl VERB ...`. Mistakes become an Answer on stderr with exit code 125.
Request onitctl_request(const Invocation& invocation);

}  // namespace onit
