#pragma once

#include <span>

#include "cli/personality.hpp"

namespace onit {

// What the two generations of run have in common.

/// The value of -s: a name from a short list, with or without SIG; nothing for any other.
std::optional<int> run_signal(std::string_view text);

/// The value of -t: whole seconds, at most `maximum`, and not 0; nothing for anything else.
std::optional<Millis> run_seconds(std::string_view text, std::uint64_t maximum);

/// `run: [error] ...`, exit code 1.
Answer run_error(const std::string& text);

/// `-v` and `-h`: on stderr, exit code 1.
Answer run_answer(std::string text);

/// A plan with run's words and exit codes; `quiet` is how often -q was given. Only the signals in `forwarded` are
/// passed on.
Plan run_plan(int quiet, std::span<const int> forwarded);

}  // namespace onit
