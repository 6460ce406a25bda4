#include <getopt.h>

#include <csignal>

#include "cli/personality.hpp"
#include "cli/run_shared.hpp"

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
  const RunGeneration generation{kHelp, "run (onit " ONIT_VERSION ")\n", kLongestTime_s,
                                 "-t: not a number of seconds: "};
  RunOptions options;
  bool spares_success = false;
  opterr = 0;
  optind = 0;
  for (int option; (option = ::getopt(invocation.argc, invocation.argv, "+:qhvds:t:")) != -1;) {
    if (option == 'd') {
      spares_success = true;
    } else if (auto answer = take_run_option(options, generation, invocation, option)) {
      return *answer;
    }
  }
  if (optind >= invocation.argc) return run_answer(kHelp);

  constexpr int kForwarded[] = {SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
  Plan plan = run_defaults(options, kForwarded);
  plan.policy.on_exit = OnExit::wait;
  plan.policy.exit_code_from = ExitCodeFrom::max;
  plan.launch.parent_death_signal = options.signal.value_or(SIGTERM);
  plan.launch.argv = invocation.argv + optind;
  if (options.signal) {
    plan.policy.cascade = {.signal = *options.signal, .target = Target::all, .spares_success = spares_success};
    plan.policy.kill_after = options.kill_after.value_or(Millis{0});
  } else {
    if (options.kill_after) plan.warnings.push_back("-t without -s has no effect");
    if (spares_success) plan.warnings.push_back("-d without -s has no effect");
  }
  return plan;
}

}  // namespace onit
