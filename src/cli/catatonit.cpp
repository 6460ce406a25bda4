#include <getopt.h>

#include <csignal>

#include "base/panic.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "cli/personality.hpp"
#include "cli/tool.hpp"

namespace onit {
namespace {

/// Podman looks for the last word.
constexpr char kVersion[] = "tini version 0.2.1_catatonit\n";

constexpr char kUsage[] = " [-ghLPV] [--] program [args]...\n";

constexpr char kHelp[] =
    "onit in the place of catatonit: runs program, passes signals on and reaps orphans.\n\n"
    "  -g             signals are for program's process group\n"
    "  -P             pause: run nothing, reap orphans, end at a TERM or INT\n"
    "  -h             print this and exit\n"
    "  -L             say under which licence this is, and exit\n"
    "  -V, --version  print the version and exit\n\n"
    "CATATONIT_DEBUG in the environment makes it tell what happens. ONIT_OPTIONS adds options of onit's own; 'onit "
    "--help'\n"
    "lists them.\n";

constexpr char kLicence[] = "This is onit in the place of catatonit. onit is licensed under the Apache License, 2.0.\n";

constexpr option kOptions[] = {{"version", no_argument, nullptr, 'V'}, {nullptr, 0, nullptr, 0}};

Phrase catatonit_phrase(What what) {
  switch (what) {
    case What::failure:
      return {Verbosity::errors, "ERROR (catatonit:%P): %t"};
    case What::exec_failed:
      return {Verbosity::errors, "ERROR (catatonit:%p): cannot execute %t: %e"};
    case What::not_permitted:
      return {Verbosity::warnings, "WARN (catatonit:%P): cannot send %S: not permitted"};
    case What::started:
      return {Verbosity::debug, "DEBUG (catatonit:%P): child %p started: %t"};
    case What::passed_on:
      return {Verbosity::debug, "DEBUG (catatonit:%P): passing on signal %s (%S)"};
    case What::command_exited:
    case What::orphan_exited:
      return {Verbosity::debug, "DEBUG (catatonit:%P): child %p exited with code %c"};
    case What::command_killed:
    case What::orphan_killed:
      return {Verbosity::debug, "DEBUG (catatonit:%P): child %p was killed by signal %s (%S)"};
    case What::warning:
    case What::cannot_adopt:
    case What::received:
    case What::child_news:
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
      return {Verbosity::debug, nullptr};
  }
  panic("a fact without words");
}

Answer complain(const Invocation& invocation, const std::string& what) {
  return {filled("ERROR (catatonit:%): %; usage: %%", invocation.pid, what, invocation.name, kUsage), true, 1};
}

Plan make_plan(const Invocation& invocation) {
  Plan plan;
  plan.policy.forward = Target::child;
  plan.policy.on_exit = on_exit_of(invocation);
  drop_own_signals(plan.policy.rewrites);
  plan.policy.rewrites.set(SIGTSTP, SignalRewrites::kDrop);
  plan.launch.like_execvp = true;
  plan.failure_codes = {.not_found = 1, .denied = 1, .other = 1, .setup = 1};
  plan.messages.phrasebook = catatonit_phrase;
  if (find_variable(invocation.environment, "CATATONIT_DEBUG")) plan.messages.verbosity = Verbosity::debug;
  plan.leaves_directory = true;
  plan.dies_as_command = false;
  return plan;
}

/// A pod's pause process: no command, and deaf to all but a request to end.
Plan make_pause(const Invocation& invocation) {
  Plan plan = make_plan(invocation);
  plan.policy.commands = 0;
  constexpr int kRequestsToEnd[] = {SIGTERM, SIGINT};
  pass_on_only(plan.policy.rewrites, kRequestsToEnd);
  return plan;
}

}  // namespace

Request catatonit_request(const Invocation& invocation) {
  if (find_variable(invocation.environment, "CATATONIT_LOG"))
    return complain(invocation, "CATATONIT_LOG is not supported");
  bool is_pause = false;
  bool to_group = false;
  opterr = 0;
  optind = 0;
  for (int option; (option = ::getopt_long(invocation.argc, invocation.argv, "+ghLPV", kOptions, nullptr)) != -1;) {
    switch (option) {
      case 'g':
        to_group = true;
        break;
      case 'P':
        is_pause = true;
        break;
      case 'h':
        return Answer{filled("Usage: %%%", invocation.name, kUsage, kHelp), true, 0};
      case 'L':
        return Answer{kLicence, false, 0};
      case 'V':
        return Answer{kVersion, false, 0};
      default:
        return complain(invocation, getopt_complaint(invocation, option));
    }
  }
  if (is_pause) return make_pause(invocation);
  if (optind >= invocation.argc) return complain(invocation, "no program");
  Plan plan = make_plan(invocation);
  if (to_group) plan.policy.forward = Target::group;
  plan.launch.argv = invocation.argv + optind;
  return plan;
}

}  // namespace onit
