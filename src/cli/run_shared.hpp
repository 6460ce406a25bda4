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

/// Where they differ in the options that both have.
struct RunGeneration {
  const char* help;
  const char* version;
  std::uint64_t longest_s;  ///< for -t
  const char* bad_time;     ///< what -t complains of
};

/// The options that both have.
struct RunOptions {
  int quiet = 0;                     ///< how often -q was given
  std::optional<int> signal;         ///< -s
  std::optional<Millis> kill_after;  ///< -t
};

/// Takes in an option that both have, and complains of one that is unknown. With an Answer nothing is run.
std::optional<Answer> take_run_option(RunOptions& options, const RunGeneration& generation,
                                      const Invocation& invocation, int option);

/// `run: [error] ...`, exit code 1.
Answer run_error(const std::string& text);

/// `-v` and `-h`: on stderr, exit code 1.
Answer run_answer(std::string text);

/// A plan with their words and exit codes. Only the signals in `forwarded` are passed on.
Plan run_defaults(const RunOptions& options, std::span<const int> forwarded);

}  // namespace onit
