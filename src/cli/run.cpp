#include "cli/run.hpp"

#include <getopt.h>

#include <csignal>

#include "base/panic.hpp"
#include "base/parse.hpp"
#include "base/signal.hpp"

namespace onit {
namespace {

constexpr std::uint64_t kLongestTime_s = 999'999'999;

constexpr char kHelp[] =
    "Usage: run [-qd] [-s SIG [-t SECONDS]] command [argument...]\n"
    "onit in the place of run: runs command, passes signals on, reaps orphans, and ends when all\n"
    "that came from command has ended; the exit code is the highest of all.\n\n"
    "  -q          fewer messages; twice: errors only\n"
    "  -s SIG      when any process ends, send SIG once to the others (INT TERM KILL QUIT HUP USR1 USR2)\n"
    "  -t SECONDS  KILL follows after that time\n"
    "  -d          not if command ends with 0\n"
    "  -h, -v      print this, or the version, and exit\n\n"
    "ONIT_OPTIONS in the environment adds options of onit's own; 'onit --help' lists them.\n";

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
      return {Verbosity::info, "run: [info] exit code %c"};
    case What::cannot_adopt:
    case What::received:
    case What::received_by_child:
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
      return {Verbosity::info, nullptr};
  }
  panic("a fact without words");
}

}  // namespace

std::optional<int> run_signal(std::string_view text) {
  if (text.starts_with("SIG")) text.remove_prefix(3);
  for (int signal : {SIGINT, SIGTERM, SIGKILL, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2}) {
    if (SignalName(signal).view().substr(3) == text) return signal;
  }
  return std::nullopt;
}

std::optional<Millis> run_seconds(std::string_view text, std::uint64_t maximum) {
  auto seconds = parse_number(text, maximum);
  if (!seconds || *seconds == 0) return std::nullopt;
  return std::chrono::seconds{*seconds};
}

Answer run_error(const std::string& text) { return {"run: [error] " + text + "\n", true, 1}; }

Answer run_answer(std::string text) { return {std::move(text), true, 1}; }

Plan run_plan(int quiet, std::span<const int> forwarded) {
  Plan plan;
  for (int signal = 1; signal <= kLastSignal; ++signal) plan.policy.rewrites.set(signal, SignalRewrites::kDrop);
  for (int signal : forwarded) plan.policy.rewrites.set(signal, signal);
  plan.failure_codes = {.not_found = 127, .denied = 126, .other = 126, .setup = 1};
  plan.messages.phrasebook = run_phrase;
  plan.messages.verbosity = quiet == 0 ? Verbosity::info : quiet == 1 ? Verbosity::warnings : Verbosity::errors;
  plan.dies_as_command = false;
  return plan;
}

Request run_request(const Invocation& invocation) {
  int quiet = 0;
  bool spares_success = false;
  std::optional<int> signal;
  std::optional<Millis> kill_after;
  opterr = 0;
  optind = 0;
  for (int option; (option = ::getopt(invocation.argc, invocation.argv, "+:qhvds:t:")) != -1;) {
    switch (option) {
      case 'q':
        ++quiet;
        break;
      case 'h':
        return run_answer(kHelp);
      case 'v':
        return run_answer("run (onit " ONIT_VERSION ")\n");
      case 'd':
        spares_success = true;
        break;
      case 's':
        signal = run_signal(optarg);
        if (!signal) return run_error(std::string{"-s: no such signal: "} + optarg);
        break;
      case 't':
        kill_after = run_seconds(optarg, kLongestTime_s);
        if (!kill_after) return run_error(std::string{"-t: not a number of seconds: "} + optarg);
        break;
      default:
        return run_error(unusable_option(invocation, option));
    }
  }
  if (optind >= invocation.argc) return run_answer(kHelp);

  constexpr int kForwarded[] = {SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
  Plan plan = run_plan(quiet, kForwarded);
  plan.policy.on_exit = OnExit::wait;
  plan.policy.exit_code_from = ExitCodeFrom::max;
  plan.launch.parent_death_signal = signal.value_or(SIGTERM);
  plan.launch.argv = invocation.argv + optind;
  if (signal) {
    plan.policy.cascade = {.signal = *signal, .target = Target::all, .spares_success = spares_success};
    plan.policy.kill_after = kill_after.value_or(Millis{0});
  } else {
    if (kill_after) plan.warnings.push_back("-t without -s has no effect");
    if (spares_success) plan.warnings.push_back("-d without -s has no effect");
  }
  return plan;
}

}  // namespace onit
