#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cli/request.hpp"

namespace onit {

// What the two generations of run have in common.

/// Their words.
Phrase run_phrase(What what);

/// The value of -s: a name from a short list, with or without SIG; nothing for any other.
std::optional<int> run_signal(std::string_view text);

/// The value of -t: whole seconds, at most `maximum`, in at most nine digits, and not 0; nothing for anything else.
std::optional<Millis> run_seconds(std::string_view text, std::uint64_t maximum);

/// `run: [error] ...`, exit code 1.
Answer run_error(const std::string& text);

/// `-v` and `-h`: on stderr, exit code 1.
Answer run_answer(std::string text);

/// A plan with their words and exit codes; `quiet` is how often -q was given. Only the signals in `forwarded` are
/// passed on.
Plan run_defaults(int quiet, std::span<const int> forwarded);

}  // namespace onit
