#include "cli/run_shared.hpp"

#include <getopt.h>

#include <csignal>

#include "base/panic.hpp"
#include "base/parse.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "cli/tool.hpp"

namespace onit {
namespace {

constexpr std::size_t kMostDigits = 9;

/// The value of -s: a name from a short list, with or without SIG; nothing for any other.
std::optional<int> run_signal(std::string_view text) {
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (int signal : {SIGINT, SIGTERM, SIGKILL, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}) {
    if (SignalName(signal).view().substr(3) == text) return signal;
  }
  return std::nullopt;
}

/// The value of -t: whole seconds, at most `maximum`, in at most nine digits, and not 0; nothing for anything else.
std::optional<Millis> run_seconds(std::string_view text, std::uint64_t maximum) {
  auto seconds = parse_number(text, maximum);
  if (text.size() > kMostDigits || !seconds || *seconds == 0) return std::nullopt;
  return std::chrono::seconds{*seconds};
}

}  // namespace

Phrase run_phrase(What what) {
  switch (what) {
    case What::failure:
      return {Verbosity::errors, "run: [error] %t"};
    case What::exec_failed:
      return {Verbosity::errors, "run: [error] exec %t: %e"};
    case What::warning:
      return {Verbosity::warnings, "run: [warn] %t"};
    case What::not_permitted:
      return {Verbosity::warnings, "run: [warn] signal %S(%s) could not be sent: not permitted"};
    case What::overrun:
      return {Verbosity::warnings, "run: [warn] the time is over, sending SIGKILL(9)"};
    case What::started:
      return {Verbosity::info, "run: [info] pid %p: command `%t`"};
    case What::command_exited:
    case What::orphan_exited:
      return {Verbosity::info, "run: [info] pid %p: exited with code %c"};
    case What::command_killed:
    case What::orphan_killed:
      return {Verbosity::info, "run: [info] pid %p: killed by %S(%s)"};
    case What::passed_on:
      return {Verbosity::info, "run: [info] signal %S(%s) sent to group %p"};
    case What::sent_to_rest:
      return {Verbosity::info, "run: [info] signal %S(%s) sent to %c that are left"};
    case What::cascading:
      return {Verbosity::info, "run: [info] shutting down"};
    case What::leaving:
    case What::leaving_others:
      return {Verbosity::info, "run: [info] exit code %c"};
    case What::cannot_adopt:
    case What::received:
    case What::service_news:
    case What::child_news:
    case What::rewritten:
    case What::dropped:
    case What::draining:
    case What::drain_over:
    case What::stopped:
    case What::continued:
    case What::suspending:
    case What::rest_killed:
    case What::more_killed:
    case What::unkillable:
    case What::rest_unknown:
    case What::session_made:
    case What::told_at_end:
      return {Verbosity::info, nullptr};
  }
  panic("a fact without words");
}

Answer run_error(const std::string& text) { return {filled("run: [error] %\n", text), true, 1}; }

Answer run_answer(std::string text) { return {std::move(text), true, 1}; }

std::optional<Answer> take_run_option(RunOptions& options, const RunGeneration& generation,
                                      const Invocation& invocation, int option) {
  switch (option) {
    case 'q':
      ++options.quiet;
      return std::nullopt;
    case 'h':
      return run_answer(generation.help);
    case 'v':
      return run_answer(generation.version);
    case 's':
      options.signal = run_signal(optarg);
      if (options.signal) return std::nullopt;
      return run_error(filled("-s: no such signal: %", optarg));
    case 't':
      options.kill_after = run_seconds(optarg, generation.longest_s);
      if (options.kill_after) return std::nullopt;
      return run_error(concat(generation.bad_time, optarg));
    default:
      return run_error(getopt_complaint(invocation, option));
  }
}

Plan run_defaults(const RunOptions& options, std::span<const int> forwarded) {
  Plan plan;
  pass_on_only(plan.policy.rewrites, forwarded);
  plan.failure_codes = {.not_found = 127, .denied = 126, .other = 126, .setup = 1};
  plan.messages.phrasebook = run_phrase;
  plan.messages.verbosity = options.quiet == 0   ? Verbosity::info
                            : options.quiet == 1 ? Verbosity::warnings
                                                 : Verbosity::errors;
  plan.dies_as_command = false;
  return plan;
}

}  // namespace onit
