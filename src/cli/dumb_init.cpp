#include <getopt.h>

#include <csignal>

#include "base/panic.hpp"
#include "base/parse.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "cli/personality.hpp"
#include "cli/tool.hpp"

namespace onit {
namespace {

constexpr char kVersion[] = "dumb-init v1.2.5 (onit " ONIT_VERSION ")\n";
constexpr int kLastRewritable = 31;

constexpr char kHelp[] =
    " [option] program [args]\n"
    "onit in the place of dumb-init: runs program, passes signals on and reaps orphans.\n\n"
    "  -c, --single-child  signals are for program alone, and it gets no session of its own\n"
    "                      (or DUMB_INIT_SETSID=0)\n"
    "  -r, --rewrite S:R   pass on signal R in place of S, by their numbers; 0 drops it;\n"
    "                      repeatable\n"
    "  -v, --verbose       tell on stderr what happens (or DUMB_INIT_DEBUG=1)\n"
    "  -h, --help          print this and exit\n"
    "  -V, --version       print the version and exit\n\n"
    "ONIT_OPTIONS in the environment adds options of onit's own; 'onit --help' lists them.\n";

constexpr option kOptions[] = {
    {"help", no_argument, nullptr, 'h'},          {"single-child", no_argument, nullptr, 'c'},
    {"rewrite", required_argument, nullptr, 'r'}, {"verbose", no_argument, nullptr, 'v'},
    {"version", no_argument, nullptr, 'V'},       {nullptr, 0, nullptr, 0},
};

Phrase dumb_init_phrase(What what) {
  switch (what) {
    case What::failure:
      return {Verbosity::errors, "[dumb-init] %t"};
    case What::exec_failed:
      return {Verbosity::errors, "[dumb-init] %t: %e"};
    case What::cannot_adopt:
      return {Verbosity::warnings, ""};
    case What::session_made:
      return {Verbosity::info, "[dumb-init] setsid complete."};
    case What::started:
      return {Verbosity::info, "[dumb-init] Child spawned with PID %p."};
    case What::received:
    case What::child_news:
      return {Verbosity::info, "[dumb-init] Received signal %s."};
    case What::rewritten:
      return {Verbosity::info, "[dumb-init] Signal %s becomes %o."};
    case What::dropped:
      return {Verbosity::info, "[dumb-init] Signal %s is not forwarded."};
    case What::passed_on:
    case What::told_at_end:
      return {Verbosity::info, "[dumb-init] Forwarded signal %s to children."};
    case What::suspending:
      return {Verbosity::info, "[dumb-init] Stopping as the children do."};
    case What::command_exited:
    case What::orphan_exited:
      return {Verbosity::info, "[dumb-init] A child with PID %p exited with exit status %c."};
    case What::command_killed:
    case What::orphan_killed:
      return {Verbosity::info, "[dumb-init] A child with PID %p was terminated by signal %s."};
    case What::leaving:
    case What::leaving_others:
      return {Verbosity::info, "[dumb-init] Child exited with status %c. Goodbye."};
    case What::warning:
    case What::service_news:
    case What::draining:
    case What::drain_over:
    case What::cascading:
    case What::stopped:
    case What::continued:
    case What::sent_to_rest:
    case What::overrun:
    case What::rest_killed:
    case What::more_killed:
    case What::unkillable:
    case What::not_permitted:
    case What::rest_unknown:
      return {Verbosity::info, nullptr};
  }
  panic("a fact without words");
}

Answer failure(std::string text) { return {std::move(text), true, 1}; }

Answer bad_rewrite() {
  return failure(
      "Usage: -r option takes <signum>:<signum>: the first from 1 to 31, the second from 0 to 31.\n"
      "It may be given several times; --help says more.\n");
}

/// What the rewrites were so far, and which signals have one.
class Rewrites {
 public:
  bool add(std::string_view text) {
    std::size_t colon = text.find(':');
    if (colon == text.npos) return false;
    auto from = parse_number(text.substr(0, colon), kLastRewritable);
    auto to = parse_number(text.substr(colon + 1), kLastRewritable);
    if (!from || !to || *from == 0) return false;
    set(static_cast<int>(*from), static_cast<int>(*to));
    return true;
  }
  void set(int from, int to) {
    rewrites_.set(from, to);
    defined_ |= std::uint64_t{1} << from;
  }
  void set_unless_defined(int from, int to) {
    if ((defined_ >> from & 1) == 0) set(from, to);
  }
  const SignalRewrites& rewrites() const { return rewrites_; }

 private:
  SignalRewrites rewrites_;
  std::uint64_t defined_ = 0;
};

/// The end of the child is told to the others as a TERM would be: rewritten, or not at all.
void set_end(Plan& plan, const Invocation& invocation) {
  int signal = plan.policy.rewrites(SIGTERM);
  plan.policy.on_exit = invocation.pid == 1 ? OnExit::stop : OnExit::notify;
  if (signal == SignalRewrites::kDrop) {
    plan.policy.on_exit = OnExit::leave;
  } else {
    plan.policy.stop_signal = signal;
  }
}

Plan make_plan(const Invocation& invocation, Rewrites& rewrites, bool single_child, bool verbose) {
  Plan plan;
  plan.policy.forward = single_child ? Target::child : Target::group;
  if (!single_child) {
    for (int signal : {SIGTSTP, SIGTTIN, SIGTTOU}) rewrites.set_unless_defined(signal, SIGSTOP);
  }
  rewrites.set(SIGCHLD, SignalRewrites::kDrop);
  plan.policy.rewrites = rewrites.rewrites();
  plan.policy.stops_self = SignalSet::of(SIGTSTP).with(SIGTTIN).with(SIGTTOU);
  set_end(plan, invocation);
  plan.launch.session = single_child ? Session::inherited : Session::own;
  plan.launch.like_execvp = true;
  plan.launch.reset_signals = true;
  plan.failure_codes = {.not_found = 2, .denied = 2, .other = 2, .setup = 1};
  plan.messages.phrasebook = dumb_init_phrase;
  if (verbose) plan.messages.verbosity = Verbosity::info;
  plan.adopts_orphans = false;
  plan.leaves_directory = true;
  plan.dies_as_command = false;
  return plan;
}

bool is_exactly(const char* value, char expected) { return value && value[0] == expected && value[1] == '\0'; }

}  // namespace

Request dumb_init_request(const Invocation& invocation) {
  Rewrites rewrites;
  bool verbose = is_exactly(find_variable(invocation.environment, "DUMB_INIT_DEBUG"), '1');
  bool single_child = is_exactly(find_variable(invocation.environment, "DUMB_INIT_SETSID"), '0');
  opterr = 0;
  optind = 0;
  for (int option; (option = ::getopt_long(invocation.argc, invocation.argv, "+:hvVcr:", kOptions, nullptr)) != -1;) {
    switch (option) {
      case 'h':
        return Answer{filled("Usage: %%", invocation.name, kHelp), true, 0};
      case 'V':
        return Answer{kVersion, true, 0};
      case 'v':
        verbose = true;
        break;
      case 'c':
        single_child = true;
        break;
      case 'r':
        if (!rewrites.add(optarg)) return bad_rewrite();
        break;
      case ':':
        return bad_rewrite();
      default:
        return failure(filled("dumb-init: %\n", getopt_complaint(invocation, option)));
    }
  }
  if (optind >= invocation.argc) {
    std::string name = invocation.name;
    return failure(filled("Usage: % [option] program [args]\nTry % --help for full usage.\n", name, name));
  }
  Plan plan = make_plan(invocation, rewrites, single_child, verbose);
  plan.launch.argv = invocation.argv + optind;
  return plan;
}

}  // namespace onit
