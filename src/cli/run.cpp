#include <getopt.h>

#include <csignal>

#include "cli/personality.hpp"
#include "cli/run_shared.hpp"
#include "cli/tool.hpp"

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

}  // namespace

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
        return run_error(getopt_complaint(invocation, option));
    }
  }
  if (optind >= invocation.argc) return run_answer(kHelp);

  constexpr int kForwarded[] = {SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
  Plan plan = run_defaults(quiet, kForwarded);
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
