#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "cli/request.hpp"
#include "control/client.hpp"

namespace onit {

/// What an error of onit says, in words or as {"error": "words"}.
std::string words_of(std::string_view error);

/// Why there is no answer; if it is for the time, which is `timeout`, with that.
std::string words_of(const NoAnswer& failure, std::optional<Millis> timeout);

/// Says on stderr why there is no answer to what a command asks. Returns the exit code.
int fail(const ControlCommand& command, const NoAnswer& failure);

}  // namespace onit
