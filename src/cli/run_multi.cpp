#include <getopt.h>

#include <csignal>
#include <cstring>

#include "cli/personality.hpp"
#include "cli/run_shared.hpp"
#include "cli/tool.hpp"

namespace onit {
namespace {

constexpr std::uint64_t kLongestTime_s = 3600;

constexpr char kHelp[] =
    "Usage: run-multi [-qg] [-s SIG [-t SECONDS]] COMMAND...\n"
    "onit in the place of run's second generation: runs up to 32 commands side by side, each of them\n"
    "one argument: a path and its arguments, with blanks between. It ends with the last of them; the\n"
    "exit code is the first that is not 0.\n\n"
    "  -q          fewer messages; twice: errors only\n"
    "  -g          signals are for the process group of each command\n"
    "  -s SIG      whenever a process ends, send SIG to the commands (INT TERM KILL QUIT HUP USR1 USR2)\n"
    "  -t SECONDS  only once, and KILL follows after that time; at most 3600\n"
    "  -h, -v      print this, or the version, and exit\n\n"
    "ONIT_OPTIONS in the environment adds options of onit's own; 'onit --help' lists them.\n";

Phrase run_multi_phrase(What what) {
  if (what == What::leaving_others) return {Verbosity::info, "run: [info] exit code %c (ignoring daemons)"};
  if (what == What::passed_on) return {Verbosity::info, "run: [info] signal %S(%s) sent to pid %p"};
  return run_phrase(what);
}

/// With -g.
Phrase run_multi_group_phrase(What what) { return what == What::passed_on ? run_phrase(what) : run_multi_phrase(what); }

/// One argument, split where it stands: at blanks, and a word that begins with a quote ends with the next one of that
/// kind. Nothing for a quote that nobody closes.
std::optional<std::vector<char*>> split_command(char* text) {
  constexpr char kBlanks[] = " \t\n";
  std::vector<char*> words;
  for (;;) {
    text += std::strspn(text, kBlanks);
    if (*text == '\0') break;
    bool is_quoted = *text == '"' || *text == '\'';
    const char closing[] = {*text, '\0'};
    if (is_quoted) ++text;
    words.push_back(text);
    text += std::strcspn(text, is_quoted ? closing : kBlanks);
    if (*text == '\0') {
      if (is_quoted) return std::nullopt;
      break;
    }
    *text++ = '\0';
  }
  words.push_back(nullptr);
  return words;
}

/// An error, if there is one.
std::optional<Answer> add_commands(Plan& plan, char* const* arguments) {
  for (; *arguments != nullptr; ++arguments) {
    if (plan.launch.side_by_side.size() == kMostCommands) return run_error("more than 32 commands");
    auto words = split_command(*arguments);
    if (!words) return run_error("a command with a quote that is not closed");
    if (words->front() == nullptr) return run_error("an empty command");
    plan.launch.side_by_side.push_back(std::move(*words));
  }
  plan.policy.commands = static_cast<int>(plan.launch.side_by_side.size());
  return std::nullopt;
}

}  // namespace

Request run_multi_request(const Invocation& invocation) {
  const RunGeneration generation{kHelp, "run-multi (onit " ONIT_VERSION ")\n", kLongestTime_s,
                                 "-t: not a number of seconds up to 3600: "};
  RunOptions options;
  Target target = Target::child;
  opterr = 0;
  optind = 0;
  for (int option; (option = ::getopt(invocation.argc, invocation.argv, "+:qhvgs:t:")) != -1;) {
    if (option == 'g') {
      target = Target::group;
    } else if (auto answer = take_run_option(options, generation, invocation, option)) {
      return *answer;
    }
  }
  if (optind >= invocation.argc) return run_answer(kHelp);

  constexpr int kForwarded[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
  Plan plan = run_defaults(options, kForwarded);
  plan.messages.phrasebook = target == Target::group ? run_multi_group_phrase : run_multi_phrase;
  plan.policy.forward = target;
  plan.policy.on_exit = on_exit_of(invocation);
  plan.policy.exit_code_from = ExitCodeFrom::first;
  plan.launch.session = Session::own;
  plan.launch.search_path = false;
  if (options.signal) {
    plan.policy.cascade = {.signal = *options.signal, .target = target, .every_time = !options.kill_after};
    plan.policy.kill_after = options.kill_after.value_or(Millis{0});
  } else if (options.kill_after) {
    plan.warnings.push_back("-t without -s has no effect");
  }
  if (auto error = add_commands(plan, invocation.argv + optind)) return *error;
  return plan;
}

}  // namespace onit
