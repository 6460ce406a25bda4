#include <getopt.h>

#include <csignal>
#include <cstdlib>
#include <cstring>

#include "base/panic.hpp"
#include "base/parse.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "cli/personality.hpp"
#include "cli/tool.hpp"

namespace onit {
namespace {

/// What `docker info` shows, and older daemons compare: the release that this stands in for, and its commit.
constexpr char kVersion[] = "tini version 0.19.0 - git.de40ad0\n";

constexpr char kHelp[] =
    " [OPTION]... [--] PROGRAM [ARG]...\n"
    "onit in the place of tini: runs PROGRAM, passes signals on and reaps orphans.\n\n"
    "  -h         print this and exit\n"
    "  --version  print the version and exit (only as the one argument)\n"
    "  -l         say under which licence this is, and exit\n"
    "  -s         adopt orphans without being PID 1 (or TINI_SUBREAPER)\n"
    "  -p SIGNAL  get SIGNAL when the parent dies, such as SIGKILL\n"
    "  -v         more messages; up to three times (or TINI_VERBOSITY, from 0; 1 if not said)\n"
    "  -w         warn of each orphan that is reaped\n"
    "  -g         signals are for PROGRAM's process group (or TINI_KILL_PROCESS_GROUP)\n"
    "  -e CODE    exit with 0 in place of CODE, from 0 to 255; repeatable\n\n"
    "ONIT_OPTIONS in the environment adds options of onit's own; 'onit --help' lists them.\n";

constexpr char kLicence[] = "This is onit in the place of tini. onit is licensed under the Apache License, 2.0.\n";

Phrase tini_phrase(What what) {
  switch (what) {
    case What::failure:
      return {Verbosity::errors, "[FATAL tini (%P)] %t"};
    case What::exec_failed:
      return {Verbosity::errors, "[FATAL tini (%p)] exec %t failed: %e"};
    case What::cannot_adopt:
      return {
          Verbosity::warnings,
          "[WARN  tini (%P)] Tini is not running as PID 1 and is no child subreaper, so it will not reap the orphans "
          "of its child; use -s or set TINI_SUBREAPER"};
    case What::not_permitted:
      return {Verbosity::warnings, "[WARN  tini (%P)] cannot send %S: not permitted"};
    case What::started:
      return {Verbosity::info, "[INFO  tini (%P)] Spawned child process '%t' with pid '%p'"};
    case What::command_exited:
      return {Verbosity::info, "[INFO  tini (%P)] Main child exited normally (with status '%c')"};
    case What::command_killed:
      return {Verbosity::info, "[INFO  tini (%P)] Main child exited with signal (with signal '%S')"};
    case What::passed_on:
      return {Verbosity::debug, "[DEBUG tini (%P)] Passing signal: '%S'"};
    case What::child_news:
      return {Verbosity::debug, "[DEBUG tini (%P)] Received SIGCHLD"};
    case What::orphan_exited:
    case What::orphan_killed:
      return {Verbosity::debug, "[DEBUG tini (%P)] Reaped zombie process with pid=%p"};
    case What::received:
      return {Verbosity::trace, "[TRACE tini (%P)] Received %S"};
    case What::warning:
    case What::rewritten:
    case What::dropped:
    case What::draining:
    case What::drain_over:
    case What::cascading:
    case What::stopped:
    case What::continued:
    case What::suspending:
    case What::sent_to_rest:
    case What::overrun:
    case What::rest_killed:
    case What::more_killed:
    case What::unkillable:
    case What::rest_unknown:
    case What::leaving:
    case What::leaving_others:
    case What::service_news:
    case What::session_made:
    case What::told_at_end:
      return {Verbosity::trace, nullptr};
  }
  panic("a fact without words");
}

/// With -w.
Phrase warning_tini_phrase(What what) {
  if (what == What::orphan_exited || what == What::orphan_killed) {
    return {Verbosity::warnings, "[WARN  tini (%P)] Reaped zombie process with pid=%p"};
  }
  return tini_phrase(what);
}

Answer usage(const Invocation& invocation) { return {filled("Usage: %%", invocation.name, kHelp), true, 1}; }

Answer not_valid(const Invocation& invocation, char option) {
  return {filled("[FATAL tini (%)] Not a valid option for -%: %\n", invocation.pid, option, optarg), true, 1};
}

/// The full name of a signal and nothing else. Source: tini's README, "Parent death signal".
bool set_parent_death_signal(Plan& plan, std::string_view name) {
  if (!name.starts_with("SIG")) return false;
  auto signal = parse_signal(name.substr(3));
  if (!signal || *signal >= kFirstRealTimeSignal || SignalName(*signal).view() != name) return false;
  if (*signal == SIGIO || *signal == SIGPWR || *signal == SIGSTKFLT) return false;  // tini has no names for them
  plan.parent_death_signal = *signal;
  return true;
}

bool map_to_success(Plan& plan, const char* text) {
  // tini takes what strtol(3) does: blanks before the number, and nothing at all for 0.
  std::string_view digits{text + std::strspn(text, " \t\n\v\f\r")};
  auto code = *text == '\0' ? std::int64_t{0} : parse_signed(digits, 0, 255);
  if (!code) return false;
  plan.policy.exit_code_map.replace(static_cast<int>(*code), 0);
  return true;
}

Verbosity verbosity_of(int level) {
  if (level <= 0) return Verbosity::errors;
  return level >= 4 ? Verbosity::trace : static_cast<Verbosity>(level);
}

Plan default_plan(const Invocation& invocation) {
  Plan plan;
  plan.policy.forward = Target::child;
  plan.policy.on_exit = on_exit_of(invocation);
  drop_own_signals(plan.policy.rewrites);
  plan.launch.like_execvp = true;
  plan.failure_codes = {.not_found = 127, .denied = 126, .other = 1, .setup = 1};
  plan.messages.phrasebook = tini_phrase;
  plan.messages.info_on_stdout = true;
  plan.adopts_orphans = false;
  plan.dies_as_command = false;
  return plan;
}

/// As presence counts, so does an empty value.
void apply_environment(Plan& plan, const Invocation& invocation, int& verbosity) {
  if (find_variable(invocation.environment, "TINI_SUBREAPER")) plan.adopts_orphans = true;
  if (find_variable(invocation.environment, "TINI_KILL_PROCESS_GROUP")) plan.policy.forward = Target::group;
  if (const char* level = find_variable(invocation.environment, "TINI_VERBOSITY")) verbosity = std::atoi(level);
}

}  // namespace

Request tini_request(const Invocation& invocation) {
  if (invocation.argc == 2 && std::string_view{invocation.argv[1]} == "--version") return Answer{kVersion, false, 0};
  Plan plan = default_plan(invocation);
  int verbosity = 1;
  opterr = 0;
  optind = 0;
  for (int option; (option = ::getopt(invocation.argc, invocation.argv, "+p:hvwgle:s")) != -1;) {
    switch (option) {
      case 'h':
        return Answer{filled("Usage: %%", invocation.name, kHelp), false, 0};
      case 'l':
        return Answer{kLicence, false, 0};
      case 's':
        plan.adopts_orphans = true;
        break;
      case 'p':
        if (!set_parent_death_signal(plan, optarg)) return not_valid(invocation, 'p');
        break;
      case 'v':
        ++verbosity;
        break;
      case 'w':
        plan.messages.phrasebook = warning_tini_phrase;
        break;
      case 'g':
        plan.policy.forward = Target::group;
        break;
      case 'e':
        if (!map_to_success(plan, optarg)) return not_valid(invocation, 'e');
        break;
      default:
        return usage(invocation);
    }
  }
  if (optind >= invocation.argc) return usage(invocation);
  apply_environment(plan, invocation, verbosity);
  plan.messages.verbosity = verbosity_of(verbosity);
  plan.launch.argv = invocation.argv + optind;
  return plan;
}

}  // namespace onit
