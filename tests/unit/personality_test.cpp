#include "cli/personality.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/command_line.hpp"
#include "cli/phrases.hpp"

namespace onit {
namespace {

using Strings = std::vector<const char*>;

/// How onit is called, in a test.
struct Line {
  const char* name;
  Strings arguments;
  Strings environment{};
  pid_t pid = 42;
  const char* more = nullptr;  ///< ONIT_OPTIONS
};

/// What became of it.
struct Outcome {
  std::vector<std::string> plan;  ///< one fact each, in words
  std::string answer;
  bool on_stderr = false;
  int exit_code = -1;
  std::string complaint;
  bool operator==(const Outcome&) const = default;
};

std::string name_of(int signal) {
  std::string name{SignalName(signal).view()};
  return name.starts_with("SIG") ? name.substr(3) : name;
}

template <class T, std::size_t N>
std::string word(T value, const char* const (&words)[N]) {
  return words[static_cast<std::size_t>(value)];
}

std::string word(Target target) { return word(target, {"child", "group", "all"}); }

std::string words(char* const* argv) {
  std::string line;
  for (; *argv != nullptr; ++argv) line.append(line.empty() ? "" : " ").append("[").append(*argv).append("]");
  return line;
}

/// Which signals are not passed on as they are: `drops ...`, or `only ...` when these are fewer, and what they become.
std::vector<std::string> describe(const SignalRewrites& rewrites) {
  std::string dropped, passed, changed;
  int drops = 0;
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    int to = rewrites(signal);
    if (to == SignalRewrites::kDrop) ++drops;
    (to == SignalRewrites::kDrop ? dropped : passed).append(" ").append(name_of(signal));
    bool is_changed = to != SignalRewrites::kDrop && to != signal;
    if (is_changed) changed.append(" ").append(name_of(signal)).append(":").append(name_of(to));
  }
  return {drops > kLastSignal / 2 ? "only" + passed : "drops" + dropped, "rewrites" + changed};
}

std::string describe(const Cascade& cascade) {
  if (cascade.signal == 0) return "cascade none";
  return "cascade " + name_of(cascade.signal) + " to " + word(cascade.target) +
         (cascade.every_time ? " every time" : " once") + (cascade.spares_success ? " unless it succeeded" : "");
}

/// Everything in a plan that decides what happens.
std::vector<std::string> describe(const Plan& plan) {
  const CommandPolicy& policy = plan.policy;
  const Launch& launch = plan.launch;
  auto yes = [](bool value) { return std::string{value ? "yes" : "no"}; };
  auto signal = [](int number) { return number == 0 ? std::string{"none"} : name_of(number); };
  std::vector<std::string> lines = describe(policy.rewrites);
  auto add = [&](const char* name, const std::string& value) { lines.push_back(std::string{name} + " " + value); };
  lines.push_back(describe(policy.cascade));
  add("command", launch.argv == nullptr ? "none" : words(launch.argv));
  for (const auto& argv : launch.side_by_side) add("one of", words(argv.data()));
  add("commands", std::to_string(policy.commands));
  add("session", word(launch.session, {"automatic", "own", "inherited"}));
  add("search path", yes(launch.search_path));
  add("like execvp", yes(launch.like_execvp));
  add("reset signals", yes(launch.reset_signals));
  add("command's pdeathsig", signal(launch.parent_death_signal));
  add("forward", word(policy.forward));
  add("stop signal", signal(policy.stop_signal));
  add("grace", std::to_string(policy.stop_grace_period.count()));
  add("on exit", word(policy.on_exit, {"stop", "wait", "leave", "notify"}));
  std::string stops;
  for (int number = 1; number <= kLastSignal; ++number) {
    if (policy.stops_self.has(number)) stops.append(" ").append(name_of(number));
  }
  lines.push_back("stops itself" + stops);
  add("kill after", std::to_string(policy.kill_after.count()));
  add("drain", std::to_string(policy.drain.count()));
  add("exit code", word(policy.exit_code_from, {"main", "first", "max"}));
  std::string map;
  for (int code = 0; code <= 255; ++code) {
    int to = policy.exit_code_map(code);
    if (to != code) map.append(" ").append(std::to_string(code)).append(":").append(std::to_string(to));
  }
  lines.push_back("map" + map);
  if (plan.failure_codes) {
    const FailureCodes& codes = *plan.failure_codes;
    add("failure", std::to_string(codes.not_found) + " " + std::to_string(codes.denied) + " " +
                       std::to_string(codes.other) + " " + std::to_string(codes.setup));
  } else {
    add("failure", "own");
  }
  add("verbosity", word(plan.messages.verbosity, {"errors", "warnings", "info", "debug", "trace"}));
  add("format", word(plan.messages.format.value_or(LogFormat::text), {"text", "json"}));
  add("info on stdout", yes(plan.messages.info_on_stdout));
  Phrasebook phrasebook = plan.messages.phrasebook;
  const char* failure = phrasebook == nullptr ? nullptr : phrasebook(What::failure).text;
  add("words", failure == nullptr ? "own" : failure);
  bool warns = phrasebook != nullptr && phrasebook(What::orphan_exited).level <= Verbosity::warnings &&
               phrasebook(What::orphan_killed).level <= Verbosity::warnings;
  add("warns of orphans", yes(warns));
  for (const char* warning : plan.warnings) add("warning", warning);
  add("pdeathsig", signal(plan.parent_death_signal));
  add("adopts orphans", yes(plan.adopts_orphans));
  add("leaves directory", yes(plan.leaves_directory));
  add("dies as command", yes(plan.dies_as_command));
  add("dry run", yes(plan.dry_run));
  for (auto group : launch.group_add) add("group", std::string{group});
  for (auto variable : launch.env) add("env", std::string{variable});
  add("user", launch.user == nullptr ? "same" : launch.user);
  return lines;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> found;
  for (std::string& string : strings) found.push_back(string.data());
  found.push_back(nullptr);
  return found;
}

Outcome read_once(const Line& line) {
  std::vector<std::string> arguments{line.name};
  arguments.insert(arguments.end(), line.arguments.begin(), line.arguments.end());
  std::vector<std::string> environment(line.environment.begin(), line.environment.end());
  std::vector<char*> argv = pointers(arguments);
  const std::vector<char*> argv_before = argv;
  std::vector<char*> envp = pointers(environment);
  std::string more = line.more == nullptr ? "" : line.more;
  auto read = read_command_line({line.name, static_cast<int>(arguments.size()), argv.data(), envp.data(), line.pid,
                                 line.more == nullptr ? nullptr : more.data()});
  CHECK_MESSAGE(argv == argv_before, "the arguments were put into another order");
  Outcome outcome;
  if (!read.ok()) {
    outcome.complaint = read.error().text;
  } else if (const auto* plan = std::get_if<Plan>(&read.value())) {
    outcome.plan = describe(*plan);
  } else if (const auto* answer = std::get_if<Answer>(&read.value())) {
    outcome.answer = answer->text;
    outcome.on_stderr = answer->on_stderr;
    outcome.exit_code = answer->exit_code;
  }
  return outcome;
}

/// Reads the line twice: getopt(3) looks for POSIXLY_CORRECT, and must not care here.
Outcome read(const Line& line) {
  ::unsetenv("POSIXLY_CORRECT");
  Outcome outcome = read_once(line);
  ::setenv("POSIXLY_CORRECT", "1", 1);
  bool is_same = read_once(line) == outcome;
  ::unsetenv("POSIXLY_CORRECT");
  CHECK_MESSAGE(is_same, "POSIXLY_CORRECT makes a difference");
  return outcome;
}

/// What two plans do not have in common: what the second one says, in its order.
std::string changes(const std::vector<std::string>& from, const std::vector<std::string>& to) {
  std::string changed;
  for (const std::string& line : to) {
    if (std::find(from.begin(), from.end(), line) == from.end()) {
      changed.append(changed.empty() ? "" : "; ").append(line);
    }
  }
  return changed;
}

/// What makes this line different from the tool's name with the command `c`.
std::string changes(const Line& line) {
  Outcome outcome = read(line);
  if (outcome.plan.empty()) return "no plan: " + outcome.answer + outcome.complaint;
  return changes(read({line.name, {"c"}, {}, line.pid}).plan, outcome.plan);
}

/// ... and from onit under its own name.
std::string different_from_onit(const Line& line) { return changes(read({"onit", {"c"}}).plan, read(line).plan); }

struct Row {
  Strings arguments;
  std::string changes;
  Strings environment{};
};

template <std::size_t N>
void check_rows(const char* name, const Row (&rows)[N]) {
  for (const Row& row : rows) {
    std::string shown = name;
    for (const char* variable : row.environment) shown = std::string{variable} + " " + shown;
    for (const char* argument : row.arguments) shown.append(" ").append(argument);
    CAPTURE(shown);
    CHECK(changes({name, row.arguments, row.environment}) == row.changes);
  }
}

enum class On { out, err };

struct Reply {
  Strings arguments;
  On on;
  int exit_code;
  std::string beginning;
};

template <std::size_t N>
void check_replies(const char* name, const Reply (&replies)[N]) {
  for (const Reply& reply : replies) {
    Outcome outcome = read({name, reply.arguments});
    std::string shown = name;
    for (const char* argument : reply.arguments) shown.append(" ").append(argument);
    CAPTURE(shown);
    CAPTURE(outcome.complaint);
    CHECK(outcome.answer.substr(0, reply.beginning.size()) == reply.beginning);
    CHECK(outcome.answer.ends_with("\n"));
    CHECK(outcome.on_stderr == (reply.on == On::err));
    CHECK(outcome.exit_code == reply.exit_code);
  }
}

bool mentions(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

auto lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

// --- tini -----------------------------------------------------------------------------------------------------------

TEST_CASE("tini is different from onit in what it does not do, and says so in its own words") {
  CHECK(different_from_onit({"tini", {"c"}}) ==
        "drops ILL TRAP ABRT BUS FPE SEGV CHLD TTIN TTOU SYS; like execvp yes; forward child; on exit leave; "
        "failure 127 126 1 1; info on stdout yes; words [FATAL tini (%P)] %t; adopts orphans no; dies as command no");
}

TEST_CASE("all names of one tool are that tool, with a directory before them or not") {
  for (const char* name : {"tini-static", "docker-init", "/sbin/docker-init", "./tini", "../tini-static"}) {
    CHECK(read({name, {"-g", "c"}}).plan == read({"tini", {"-g", "c"}}).plan);
  }
  for (const char* name : {"podman-init", "/run/podman-init"}) {
    CHECK(read({name, {"-g", "c"}}).plan == read({"catatonit", {"-g", "c"}}).plan);
  }
  CHECK(read({"/usr/bin/dumb-init", {"-c", "c"}}).plan == read({"dumb-init", {"-c", "c"}}).plan);
  CHECK(read({"/x/run", {"-q", "c"}}).plan == read({"run", {"-q", "c"}}).plan);
  CHECK(read({"/x/run-multi", {"-q", "c"}}).plan == read({"run-multi", {"-q", "c"}}).plan);
  for (const char* name : {"onit", "tin", "tini2", "Tini", "", "/", "tini/", "dumb_init"}) {
    CHECK_FALSE(static_cast<bool>(find_personality(name)));
  }
}

TEST_CASE("every personality that is listed can be found") {
  int count = 0;
  for (std::size_t i = 0; personality_name(i) != nullptr; ++i, ++count) {
    CHECK(static_cast<bool>(find_personality(personality_name(i))));
  }
  CHECK(count == 9);
}

TEST_CASE("tini's options") {
  const Row rows[] = {
      {{"-g", "c"}, "forward group"},
      {{"-s", "c"}, "adopts orphans yes"},
      {{"-w", "c"}, "warns of orphans yes"},
      {{"-v", "c"}, "verbosity info"},
      {{"-v", "-v", "c"}, "verbosity debug"},
      {{"-vv", "c"}, "verbosity debug"},
      {{"-vvv", "c"}, "verbosity trace"},
      {{"-vvvv", "c"}, "verbosity trace"},
      {{"-p", "SIGKILL", "c"}, "pdeathsig KILL"},
      {{"-pSIGUSR1", "c"}, "pdeathsig USR1"},
      {{"-p", "SIGTERM", "-p", "SIGHUP", "c"}, "pdeathsig HUP"},
      {{"-e", "0", "c"}, ""},
      {{"-e2", "c"}, "map 2:0"},
      {{"-e", "143", "-e", "255", "c"}, "map 143:0 255:0"},
      {{"-gvse7", "c"}, "forward group; map 7:0; verbosity info; adopts orphans yes"},
      {{"--", "c"}, ""},
      {{"-g", "--", "c"}, "forward group"},
      {{"-g", "c", "-s"}, "command [c] [-s]; forward group"},
      {{"c", "-g", "--", "-s"}, "command [c] [-g] [--] [-s]"},
      {{"--", "c", "-g"}, "command [c] [-g]"},
      {{"--", "--", "c"}, "command [--] [c]"},
      {{"--", "-g"}, "command [-g]"},
      {{"-", "-g"}, "command [-] [-g]"},
      {{"c", "--version"}, "command [c] [--version]"},
      {{"--", "--version"}, "command [--version]"},
      {{""}, "command []"},
  };
  check_rows("tini", rows);
}

TEST_CASE("tini's environment: two variables count by being there, one by its number") {
  const Row rows[] = {
      {{"c"}, "adopts orphans yes", {"TINI_SUBREAPER=1"}},
      {{"c"}, "adopts orphans yes", {"TINI_SUBREAPER="}},
      {{"c"}, "adopts orphans yes", {"TINI_SUBREAPER=0"}},
      {{"c"}, "", {"TINI_SUBREAPERS=1", "XTINI_SUBREAPER=1"}},
      {{"c"}, "forward group", {"TINI_KILL_PROCESS_GROUP=1"}},
      {{"c"}, "forward group", {"TINI_KILL_PROCESS_GROUP="}},
      {{"c"}, "forward group", {"TINI_KILL_PROCESS_GROUP=0"}},
      {{"c"}, "verbosity errors", {"TINI_VERBOSITY=0"}},
      {{"c"}, "", {"TINI_VERBOSITY=1"}},
      {{"c"}, "verbosity info", {"TINI_VERBOSITY=2"}},
      {{"c"}, "verbosity debug", {"TINI_VERBOSITY=3"}},
      {{"c"}, "verbosity trace", {"TINI_VERBOSITY=4"}},
      {{"c"}, "verbosity trace", {"TINI_VERBOSITY=9"}},
      {{"c"}, "verbosity errors", {"TINI_VERBOSITY=-1"}},
      {{"-vvv", "c"}, "", {"TINI_VERBOSITY=1"}},
      {{"-vvv", "c"}, "verbosity errors", {"TINI_VERBOSITY=0"}},
      {{"c"}, "", {"DUMB_INIT_SETSID=0", "DUMB_INIT_DEBUG=1", "CATATONIT_DEBUG=1", "CATATONIT_LOG=1"}},
  };
  check_rows("tini", rows);
}

TEST_CASE("tini's answers") {
  const Reply replies[] = {
      {{"--version"}, On::out, 0, "tini version 0.19.0 - git."},
      {{"-h"}, On::out, 0, "Usage: tini "},
      {{"-gh", "c"}, On::out, 0, "Usage: tini "},
      {{"-l"}, On::out, 0, "This is onit"},
      {{"-l", "-h"}, On::out, 0, "This is onit"},
      {{}, On::err, 1, "Usage: tini "},
      {{"--"}, On::err, 1, "Usage: tini "},
      {{"-g"}, On::err, 1, "Usage: tini "},
      {{"--version", "c"}, On::err, 1, "Usage: tini "},
      {{"-x", "c"}, On::err, 1, "Usage: tini "},
      {{"-gx", "c"}, On::err, 1, "Usage: tini "},
      {{"--help"}, On::err, 1, "Usage: tini "},
      {{"-p"}, On::err, 1, "Usage: tini "},
      {{"-e"}, On::err, 1, "Usage: tini "},
      {{"-p", "TERM", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: TERM\n"},
      {{"-p", "15", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: 15\n"},
      {{"-p", "sigterm", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: sigterm\n"},
      {{"-p", "SIGterm", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: SIGterm\n"},
      {{"-p", "SIG15", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: SIG15\n"},
      {{"-p", "", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: \n"},
      {{"-p", "SIG", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -p: SIG\n"},
      {{"-e", "256", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: 256\n"},
      {{"-e", "-1", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: -1\n"},
      {{"-e", "1x", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: 1x\n"},
      {{"-e", "x", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: x\n"},
      {{"-e", "99999999999999999999", "c"}, On::err, 1, "[FATAL tini (42)] Not a valid option for -e: 9999"},
  };
  check_replies("tini", replies);
}

TEST_CASE("dockerd finds the version of docker-init, which it splits at a dash, and its own name in the usage") {
  std::string version = read({"/sbin/docker-init", {"--version"}}).answer;
  std::size_t split = version.find(" - ");
  REQUIRE(split != std::string::npos);
  CHECK(version.substr(0, split) == "tini version 0.19.0");
  CHECK(version.substr(split + 3, 4) == "git.");
  CHECK(lines_in(version) == 1);
  CHECK(read({"/sbin/docker-init", {}}).answer.starts_with("Usage: /sbin/docker-init "));
}

// --- dumb-init ------------------------------------------------------------------------------------------------------

TEST_CASE("dumb-init is different from onit in its session, its stops and how it leaves") {
  CHECK(different_from_onit({"dumb-init", {"c"}}) ==
        "drops CHLD; rewrites TSTP:STOP TTIN:STOP TTOU:STOP; session own; like execvp yes; reset signals yes; "
        "on exit notify; stops itself TSTP TTIN TTOU; failure 2 2 2 1; words [dumb-init] %t; adopts orphans no; "
        "leaves directory yes; dies as command no");
}

TEST_CASE("dumb-init's options") {
  const Row rows[] = {
      {{"-c", "c"}, "rewrites; session inherited; forward child"},
      {{"--single-child", "c"}, "rewrites; session inherited; forward child"},
      {{"-v", "c"}, "verbosity info"},
      {{"--verbose", "c"}, "verbosity info"},
      {{"-cv", "c"}, "rewrites; session inherited; forward child; verbosity info"},
      {{"-r", "1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"--rewrite", "1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"--rewrite=1:31", "c"}, "rewrites HUP:SYS TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r", "1:0", "c"}, "drops HUP CHLD"},
      {{"-r", "31:1", "c"}, "rewrites TSTP:STOP TTIN:STOP TTOU:STOP SYS:HUP"},
      {{"-r", "1:2", "-r", "10:12", "c"}, "rewrites HUP:INT USR1:USR2 TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r", "1:2", "-r", "1:3", "c"}, "rewrites HUP:QUIT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"-r", "20:2", "c"}, "rewrites TSTP:INT TTIN:STOP TTOU:STOP"},
      {{"-r", "20:20", "c"}, "rewrites TTIN:STOP TTOU:STOP"},
      {{"-r", "20:0", "c"}, "drops CHLD TSTP; rewrites TTIN:STOP TTOU:STOP"},
      {{"-c", "-r", "20:15", "c"}, "rewrites TSTP:TERM; session inherited; forward child"},
      {{"-r", "15:3", "c"}, "rewrites TERM:QUIT TSTP:STOP TTIN:STOP TTOU:STOP; stop signal QUIT"},
      {{"-r", "15:0", "c"}, "drops TERM CHLD; on exit leave"},
      {{"-r", "15:3", "-r", "15:15", "c"}, ""},
      {{"--", "c"}, ""},
      {{"--sing", "c"}, "rewrites; session inherited; forward child"},
      {{"--s", "c"}, "rewrites; session inherited; forward child"},
      {{"--verb", "c"}, "verbosity info"},
      {{"--rew=1:2", "c"}, "rewrites HUP:INT TSTP:STOP TTIN:STOP TTOU:STOP"},
      {{"c", "-c"}, "command [c] [-c]"},
      {{"-v", "c", "--single-child"}, "command [c] [--single-child]; verbosity info"},
      {{"--", "--", "c"}, "command [--] [c]"},
      {{"--", "-c"}, "command [-c]"},
      {{"-"}, "command [-]"},
  };
  check_rows("dumb-init", rows);
}

TEST_CASE("dumb-init's environment counts by its exact value") {
  const Row rows[] = {
      {{"c"}, "verbosity info", {"DUMB_INIT_DEBUG=1"}},
      {{"c"}, "", {"DUMB_INIT_DEBUG="}},
      {{"c"}, "", {"DUMB_INIT_DEBUG=0"}},
      {{"c"}, "", {"DUMB_INIT_DEBUG=11"}},
      {{"c"}, "", {"DUMB_INIT_DEBUG=true"}},
      {{"c"}, "rewrites; session inherited; forward child", {"DUMB_INIT_SETSID=0"}},
      {{"c"}, "", {"DUMB_INIT_SETSID="}},
      {{"c"}, "", {"DUMB_INIT_SETSID=1"}},
      {{"c"}, "", {"DUMB_INIT_SETSID=00"}},
      {{"c"}, "", {"DUMB_INIT_SETSID=no"}},
      {{"c"}, "", {"TINI_SUBREAPER=", "TINI_KILL_PROCESS_GROUP=", "TINI_VERBOSITY=3", "CATATONIT_LOG=1"}},
  };
  check_rows("dumb-init", rows);
}

TEST_CASE("dumb-init's answers") {
  const Reply replies[] = {
      {{"-h"}, On::err, 0, "Usage: dumb-init "},
      {{"--help"}, On::err, 0, "Usage: dumb-init "},
      {{"--h"}, On::err, 0, "Usage: dumb-init "},
      {{"-V"}, On::err, 0, "dumb-init v1.2.5"},
      {{"--version"}, On::err, 0, "dumb-init v1.2.5"},
      {{"-hV"}, On::err, 0, "Usage: dumb-init "},
      {{"-Vh"}, On::err, 0, "dumb-init v1.2.5"},
      {{"-V", "--nonsense"}, On::err, 0, "dumb-init v1.2.5"},
      {{"-V", "-r", "x"}, On::err, 0, "dumb-init v1.2.5"},
      {{"--yolo", "c"}, On::err, 1, "dumb-init: unrecognized option '--yolo'\n"},
      {{"--yolo"}, On::err, 1, "dumb-init: unrecognized option '--yolo'\n"},
      {{"-x", "c"}, On::err, 1, "dumb-init: invalid option -- 'x'\n"},
      {{"-vx", "c"}, On::err, 1, "dumb-init: invalid option -- 'x'\n"},
      {{"--ver", "c"}, On::err, 1, "dumb-init: "},
      {{"--v", "c"}, On::err, 1, "dumb-init: "},
      {{}, On::err, 1, "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"},
      {{"-v"}, On::err, 1, "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"},
      {{"--"}, On::err, 1, "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n"},
  };
  check_replies("dumb-init", replies);
  for (const char* option : {"--yolo", "-x", "--ver"}) CHECK(lines_in(read({"dumb-init", {option, "c"}}).answer) == 1);
  CHECK(mentions(read({"dumb-init", {"--ver", "c"}}).answer, "'--ver'"));
  CHECK(lines_in(read({"dumb-init", {"-V"}}).answer) == 1);
  CHECK(read({"/usr/bin/dumb-init", {}}).answer ==
        "Usage: /usr/bin/dumb-init [option] program [args]\nTry /usr/bin/dumb-init --help for full usage.\n");
}

TEST_CASE("a rewrite that dumb-init does not understand ends with its usage") {
  const std::string usage = "Usage: -r option takes <signum>:<signum>";
  for (const char* bad : {"", "herp", "herp:derp", "15", "15::12", "15:derp", "0", "1:32", "0:1", "32:1", ":",
                          "15:", ":15", "-1:2", "1:-1", "1:2:3", "TERM:INT", "99999999999999999999:1"}) {
    CAPTURE(std::string{bad});
    for (const Strings& arguments : {Strings{"-r", bad, "c"}, Strings{"--rewrite", bad, "c"}}) {
      Outcome outcome = read({"dumb-init", arguments});
      CHECK(outcome.answer.starts_with(usage));
      CHECK(outcome.on_stderr);
      CHECK(outcome.exit_code == 1);
    }
  }
  for (const Strings& arguments : {Strings{"-r"}, Strings{"--rewrite"}, Strings{"-vr"}, Strings{"-r", "1:2", "-r"}}) {
    CHECK(read({"dumb-init", arguments}).answer.starts_with(usage));
    CHECK(read({"dumb-init", arguments}).exit_code == 1);
  }
}

// --- catatonit ------------------------------------------------------------------------------------------------------

TEST_CASE("catatonit is different from onit in what it passes on and how it fails") {
  CHECK(different_from_onit({"catatonit", {"c"}}) ==
        "drops ILL TRAP ABRT BUS FPE SEGV CHLD TSTP TTIN TTOU SYS; like execvp yes; forward child; "
        "on exit leave; failure 1 1 1 1; words ERROR (catatonit:%P): %t; leaves directory yes; dies as command no");
}

TEST_CASE("catatonit's options") {
  const Row rows[] = {
      {{"-g", "c"}, "forward group"},
      {{"-gg", "c"}, "forward group"},
      {{"--", "c"}, ""},
      {{"-g", "--", "c"}, "forward group"},
      {{"c", "-g"}, "command [c] [-g]"},
      {{"--", "--", "-g"}, "command [--] [-g]"},
      {{"--", "-P"}, "command [-P]"},
      {{"c", "-P"}, "command [c] [-P]"},
      {{"-P"}, "only INT TERM; command none; commands 0"},
      {{"-P", "c", "d"}, "only INT TERM; command none; commands 0"},
      {{"-P", "--", "-g"}, "only INT TERM; command none; commands 0"},
      {{"-gP", "c"}, "only INT TERM; command none; commands 0"},
      {{"c"}, "verbosity debug", {"CATATONIT_DEBUG=1"}},
      {{"c"}, "verbosity debug", {"CATATONIT_DEBUG="}},
      {{"c"}, "verbosity debug", {"CATATONIT_DEBUG=0"}},
      {{"c"}, "", {"TINI_SUBREAPER=", "TINI_KILL_PROCESS_GROUP=", "DUMB_INIT_DEBUG=1", "DUMB_INIT_SETSID=0"}},
  };
  check_rows("catatonit", rows);
}

TEST_CASE("catatonit's answers") {
  const Reply replies[] = {
      {{"-h"}, On::err, 0, "Usage: catatonit "},
      {{"-L"}, On::out, 0, "This is onit"},
      {{"-V"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{"--version"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{"--vers"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{"-P", "-V"}, On::out, 0, "tini version 0.2.1_catatonit\n"},
      {{}, On::err, 1, "ERROR (catatonit:42): no program"},
      {{"--"}, On::err, 1, "ERROR (catatonit:42): no program"},
      {{"-g"}, On::err, 1, "ERROR (catatonit:42): no program"},
      {{"-x", "c"}, On::err, 1, "ERROR (catatonit:42): invalid option -- 'x'"},
      {{"-gx", "c"}, On::err, 1, "ERROR (catatonit:42): invalid option -- 'x'"},
      {{"--yolo", "c"}, On::err, 1, "ERROR (catatonit:42): unrecognized option '--yolo'"},
  };
  check_replies("catatonit", replies);
  for (const Strings& arguments : {Strings{}, Strings{"-x", "c"}, Strings{"--yolo"}}) {
    CHECK(lines_in(read({"catatonit", arguments}).answer) == 1);
  }
}

TEST_CASE("CATATONIT_LOG is an error by being there") {
  for (const char* variable : {"CATATONIT_LOG=1", "CATATONIT_LOG="}) {
    for (const Strings& arguments : {Strings{"c"}, Strings{"-V"}, Strings{"-P"}}) {
      Outcome outcome = read({"catatonit", arguments, {variable}});
      CHECK(outcome.answer.starts_with("ERROR (catatonit:42): "));
      CHECK(lines_in(outcome.answer) == 1);
      CHECK(outcome.on_stderr);
      CHECK(outcome.exit_code == 1);
    }
  }
}

// --- run ------------------------------------------------------------------------------------------------------------

TEST_CASE("run is different from onit in what it waits for and what it passes on") {
  CHECK(different_from_onit({"run", {"c"}}) ==
        "only HUP INT QUIT USR1 USR2 ALRM TERM WINCH; command's pdeathsig TERM; on exit wait; exit code max; "
        "failure 127 126 126 1; verbosity info; words run: [error] %t; dies as command no");
}

TEST_CASE("run's options") {
  const std::string cascade_int = "cascade INT to all once; command's pdeathsig INT";
  const Row rows[] = {
      {{"-q", "c"}, "verbosity warnings"},
      {{"-qq", "c"}, "verbosity errors"},
      {{"-q", "-q", "c"}, "verbosity errors"},
      {{"-qqq", "c"}, "verbosity errors"},
      {{"-s", "INT", "c"}, cascade_int},
      {{"-sINT", "c"}, cascade_int},
      {{"-s", "SIGINT", "c"}, cascade_int},
      {{"-s", "TERM", "c"}, "cascade TERM to all once"},
      {{"-s", "KILL", "c"}, "cascade KILL to all once; command's pdeathsig KILL"},
      {{"-s", "QUIT", "c"}, "cascade QUIT to all once; command's pdeathsig QUIT"},
      {{"-s", "HUP", "c"}, "cascade HUP to all once; command's pdeathsig HUP"},
      {{"-s", "USR1", "c"}, "cascade USR1 to all once; command's pdeathsig USR1"},
      {{"-s", "SIGUSR2", "c"}, "cascade USR2 to all once; command's pdeathsig USR2"},
      {{"-s", "TERM", "-s", "INT", "c"}, cascade_int},
      {{"-s", "TERM", "-t", "3", "c"}, "cascade TERM to all once; kill after 3000"},
      {{"-t3", "-sTERM", "c"}, "cascade TERM to all once; kill after 3000"},
      {{"-s", "TERM", "-t", "999999999", "c"}, "cascade TERM to all once; kill after 999999999000"},
      {{"-d", "-s", "TERM", "c"}, "cascade TERM to all once unless it succeeded"},
      {{"-qds", "TERM", "-t", "1", "c"},
       "cascade TERM to all once unless it succeeded; kill after 1000; "
       "verbosity warnings"},
      {{"-t", "3", "c"}, "warning -t without -s has no effect"},
      {{"-d", "c"}, "warning -d without -s has no effect"},
      {{"-d", "-t", "3", "c"}, "warning -t without -s has no effect; warning -d without -s has no effect"},
      {{"--", "c"}, ""},
      {{"c", "-q"}, "command [c] [-q]"},
      {{"-q", "c", "-s", "INT"}, "command [c] [-s] [INT]; verbosity warnings"},
      {{"--", "--", "c"}, "command [--] [c]"},
      {{"--", "-q"}, "command [-q]"},
      {{"c d"}, "command [c d]"},
      {{"c"}, "", {"TINI_KILL_PROCESS_GROUP=", "DUMB_INIT_SETSID=0", "CATATONIT_LOG=1"}},
  };
  check_rows("run", rows);
}

TEST_CASE("run's answers") {
  const Reply replies[] = {
      {{}, On::err, 1, "Usage: run "},
      {{"-h"}, On::err, 1, "Usage: run "},
      {{"-q"}, On::err, 1, "Usage: run "},
      {{"--"}, On::err, 1, "Usage: run "},
      {{"-qh", "c"}, On::err, 1, "Usage: run "},
      {{"-v"}, On::err, 1, "run (onit "},
      {{"-v", "-h"}, On::err, 1, "run (onit "},
      {{"-x", "c"}, On::err, 1, "run: [error] "},
      {{"--help"}, On::err, 1, "run: [error] "},
      {{"-g", "c"}, On::err, 1, "run: [error] "},
      {{"-s"}, On::err, 1, "run: [error] "},
      {{"-t"}, On::err, 1, "run: [error] "},
      {{"-s", "STOP", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "ALRM", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "15", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "int", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "SIGSIGINT", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "SIG", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "INT", "-t", "0", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "x", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "3s", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "-3", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "+3", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "1.5", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "1000000000", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "0000000001", "c"}, On::err, 1, "run: [error] -t"},
      {{"-t", "x", "c"}, On::err, 1, "run: [error] -t"},
  };
  check_replies("run", replies);
  CHECK(lines_in(read({"run", {"-v"}}).answer) == 1);
  for (const Strings& arguments : {Strings{"-x", "c"}, Strings{"-s", "x", "c"}, Strings{"-s"}}) {
    CHECK(lines_in(read({"run", arguments}).answer) == 1);
  }
}

// --- run-multi ------------------------------------------------------------------------------------------------------

TEST_CASE("run-multi is different from onit in that it runs several") {
  CHECK(different_from_onit({"run-multi", {"/bin/a b", "/bin/c"}}) ==
        "only HUP INT QUIT USR1 USR2 TERM; command none; one of [/bin/a] [b]; one of [/bin/c]; commands 2; "
        "session own; search path no; forward child; on exit leave; exit code first; failure 127 126 126 1; "
        "verbosity info; words run: [error] %t; dies as command no");
}

TEST_CASE("run-multi's options") {
  const Row rows[] = {
      {{"-q", "c"}, "verbosity warnings"},
      {{"-qq", "c"}, "verbosity errors"},
      {{"-g", "c"}, "forward group"},
      {{"-s", "INT", "c"}, "cascade INT to child every time"},
      {{"-gs", "SIGINT", "c"}, "cascade INT to group every time; forward group"},
      {{"-s", "INT", "-g", "c"}, "cascade INT to group every time; forward group"},
      {{"-s", "INT", "-t", "5", "c"}, "cascade INT to child once; kill after 5000"},
      {{"-s", "INT", "-t3600", "c"}, "cascade INT to child once; kill after 3600000"},
      {{"-t", "5", "c"}, "warning -t without -s has no effect"},
      {{"--", "c"}, ""},
      {{"c", "-q"}, "one of [-q]; commands 2"},
      {{"--", "--", "c"}, "one of [--]; commands 2"},
      {{"--", "-q"}, "one of [-q]"},
  };
  check_rows("run-multi", rows);
}

TEST_CASE("run-multi splits each argument at blanks, and a quote holds a word together if it begins with it") {
  const Row rows[] = {
      {{"a b c"}, "one of [a] [b] [c]"},
      {{"  a \t b\n"}, "one of [a] [b]"},
      {{"a 'b c' d"}, "one of [a] [b c] [d]"},
      {{"a \"b c\" d"}, "one of [a] [b c] [d]"},
      {{"a \"it's\""}, "one of [a] [it's]"},
      {{"a 'say \"x\"'"}, "one of [a] [say \"x\"]"},
      {{"a ''"}, "one of [a] []"},
      {{"a \"\" b"}, "one of [a] [] [b]"},
      {{"a b'c d'e"}, "one of [a] [b'c] [d'e]"},
      {{"a x=\"1 2\""}, "one of [a] [x=\"1] [2\"]"},
      {{"a b\\ c"}, "one of [a] [b\\] [c]"},
      {{"a '\\'"}, "one of [a] [\\]"},
      {{"'/a b/c' d"}, "one of [/a b/c] [d]"},
      {{"a 'b'"}, "one of [a] [b]"},
      {{"a $X * ; |"}, "one of [a] [$X] [*] [;] [|]"},
      {{"a 1", "b 2", "d"}, "one of [a] [1]; one of [b] [2]; one of [d]; commands 3"},
  };
  check_rows("run-multi", rows);
}

TEST_CASE("run-multi's answers") {
  const Reply replies[] = {
      {{}, On::err, 1, "Usage: run-multi "},
      {{"-h"}, On::err, 1, "Usage: run-multi "},
      {{"-q"}, On::err, 1, "Usage: run-multi "},
      {{"-v"}, On::err, 1, "run-multi (onit "},
      {{"-d", "c"}, On::err, 1, "run: [error] "},
      {{"-s"}, On::err, 1, "run: [error] "},
      {{"-s", "WINCH", "c"}, On::err, 1, "run: [error] -s"},
      {{"-s", "INT", "-t", "0", "c"}, On::err, 1, "run: [error] -t"},
      {{"-s", "INT", "-t", "3601", "c"}, On::err, 1, "run: [error] -t"},
      {{"-t", "x", "c"}, On::err, 1, "run: [error] -t"},
      {{""}, On::err, 1, "run: [error] "},
      {{" \t\n"}, On::err, 1, "run: [error] "},
      {{"a", ""}, On::err, 1, "run: [error] "},
      {{"a 'b"}, On::err, 1, "run: [error] "},
      {{"a \"b'"}, On::err, 1, "run: [error] "},
      {{"a '"}, On::err, 1, "run: [error] "},
  };
  check_replies("run-multi", replies);
}

TEST_CASE("run-multi runs 32 commands and not 33") {
  Strings arguments(32, "c");
  CHECK(mentions(changes({"run-multi", arguments}), "commands 32"));
  arguments.push_back("c");
  Outcome outcome = read({"run-multi", arguments});
  CHECK(outcome.answer.starts_with("run: [error] "));
  CHECK(mentions(outcome.answer, "32"));
  CHECK(outcome.exit_code == 1);
}

// --- As PID 1 -------------------------------------------------------------------------------------------------------

TEST_CASE("as PID 1 what remains is stopped, for nobody else could do it") {
  struct Case {
    const char* name;
    Strings arguments;
    const char* changes;
  };
  const Case cases[] = {
      {"tini", {"c"}, "on exit stop"},
      {"docker-init", {"--", "c"}, "on exit stop"},
      {"dumb-init", {"c"}, "on exit stop"},
      {"dumb-init", {"-r", "15:3", "c"}, "on exit stop"},
      {"dumb-init", {"-r", "15:0", "c"}, ""},
      {"dumb-init", {"-c", "c"}, "on exit stop"},
      {"catatonit", {"c"}, "on exit stop"},
      {"catatonit", {"-P"}, "on exit stop"},
      {"run", {"c"}, ""},
      {"run-multi", {"c"}, "on exit stop"},
      {"onit", {"c"}, ""},
  };
  for (const Case& a_case : cases) {
    CAPTURE(std::string{a_case.name});
    Line elsewhere{a_case.name, a_case.arguments};
    Line as_pid_1{a_case.name, a_case.arguments, {}, 1};
    CHECK(changes(read(elsewhere).plan, read(as_pid_1).plan) == a_case.changes);
  }
  CHECK(mentions(changes({"dumb-init", {"-r", "15:3", "c"}, {}, 1}), "stop signal QUIT"));
  CHECK(read({"tini", {"-p", "x", "c"}, {}, 1}).answer.starts_with("[FATAL tini (1)] "));
  CHECK(read({"catatonit", {}, {}, 1}).answer.starts_with("ERROR (catatonit:1): "));
}

// --- --as -----------------------------------------------------------------------------------------------------------

TEST_CASE("--as NAME is the tool with that name, and what follows is its command line") {
  struct Case {
    const char* name;
    Strings arguments;
  };
  const Case cases[] = {
      {"tini", {"-g", "c"}},        {"tini-static", {"-e3", "c", "-g"}},
      {"docker-init", {"--", "c"}}, {"dumb-init", {"-c", "c"}},
      {"catatonit", {"-P"}},        {"podman-init", {"--", "c"}},
      {"run", {"-s", "INT", "c"}},  {"run-multi", {"-g", "a b", "c"}},
      {"/usr/bin/tini", {"c"}},
  };
  for (const Case& a_case : cases) {
    CAPTURE(std::string{a_case.name});
    const Outcome expected = read({a_case.name, a_case.arguments});
    REQUIRE_FALSE(expected.plan.empty());
    Strings apart{"--as", a_case.name};
    std::string word = std::string{"--as="} + a_case.name;
    Strings together{word.c_str()};
    for (Strings* arguments : {&apart, &together}) {
      arguments->insert(arguments->end(), a_case.arguments.begin(), a_case.arguments.end());
      CHECK(read({"onit", *arguments}).plan == expected.plan);
      CHECK(read({"/anything/else", *arguments}).plan == expected.plan);
    }
  }
}

TEST_CASE("answers of a tool that was named by --as are those of the tool") {
  CHECK(read({"onit", {"--as", "tini", "--version"}}).answer == read({"tini", {"--version"}}).answer);
  CHECK(read({"onit", {"--as=tini", "--version"}}).answer == read({"tini", {"--version"}}).answer);
  CHECK(read({"onit", {"--as", "dumb-init", "-r"}}).answer.starts_with("Usage: -r option takes"));
  CHECK(read({"onit", {"--as", "dumb-init"}}).answer ==
        "Usage: dumb-init [option] program [args]\nTry dumb-init --help for full usage.\n");
  CHECK(read({"onit", {"--as", "run"}}).answer.starts_with("Usage: run "));
  CHECK(read({"onit", {"--as", "run"}}).exit_code == 1);
}

TEST_CASE("onit's own options before --as are for the tool's plan as well") {
  const Row rows[] = {
      {{"--drain", "2s", "--as", "tini", "c"}, "drain 2000"},
      {{"--drain", "2s", "--as=tini", "c"}, "drain 2000"},
      {{"--drain=2s", "--kill-after=3s", "--as", "tini", "-g", "c"}, "forward group; kill after 3000; drain 2000"},
      {{"-v", "--as", "tini", "c"}, "verbosity info"},
      {{"-q", "--as", "tini", "-vv", "c"}, "verbosity errors"},
      {{"-vas", "tini"}, "no plan: unknown option '-a'; 'onit --help' lists the options"},
      {{"--log-format", "json", "--as", "tini", "c"}, "format json"},
      {{"--dry-run", "--as", "tini", "c"}, "dry run yes"},
      {{"--map-exit", "143:0", "--as", "tini", "-e", "3", "c"}, "map 3:0 143:0"},
      {{"--env", "A=1", "--user", "u", "--as", "tini", "c"}, "env A=1; user u"},
      {{"--as", "tini", "--", "--drain"}, "command [--drain]"},
  };
  for (const Row& row : rows) {
    Outcome outcome = read({"onit", row.arguments});
    std::string changed =
        outcome.plan.empty() ? "no plan: " + outcome.complaint : changes(read({"tini", {"c"}}).plan, outcome.plan);
    CHECK(changed == row.changes);
  }
}

TEST_CASE("each option before --as is entered into the tool's plan once") {
  Outcome outcome = read({"onit", {"--env", "A=1", "--group-add", "g", "--as", "tini", "c"}});
  CHECK(std::count(outcome.plan.begin(), outcome.plan.end(), "env A=1") == 1);
  CHECK(std::count(outcome.plan.begin(), outcome.plan.end(), "group g") == 1);
}

TEST_CASE("--as with a name that is none, or without one, is onit's mistake to tell") {
  for (const char* name : {"nginx", "", "Tini", "onit", "tini/"}) {
    std::string complaint = read({"onit", {"--as", name, "c"}}).complaint;
    CAPTURE(complaint);
    CHECK(mentions(complaint, "--as"));
    CHECK(mentions(complaint, "'" + std::string{name} + "'"));
    for (std::size_t i = 0; personality_name(i) != nullptr; ++i) CHECK(mentions(complaint, personality_name(i)));
  }
  CHECK(mentions(read({"onit", {"--as"}}).complaint, "needs a value"));
  CHECK(mentions(read({"onit", {"--drain", "x", "--as", "tini", "c"}}).complaint, "--drain 'x'"));
}

// --- ONIT_OPTIONS ---------------------------------------------------------------------------------------------------

TEST_CASE("ONIT_OPTIONS adds options of onit's own to every tool, and comes last but for onit's own command line") {
  for (const char* name :
       {"tini", "docker-init", "dumb-init", "catatonit", "podman-init", "run", "run-multi", "onit"}) {
    CAPTURE(std::string{name});
    CHECK(changes({name, {"c"}, {}, 42, "--drain 2s --kill-after=3s"}) == "kill after 3000; drain 2000");
    CHECK(changes({name, {"c"}, {}, 42, "--log-format json --dry-run"}) == "format json; dry run yes");
    CHECK(changes({name, {"c"}, {}, 42, "--env 'A=b c' --env \"D=e f\""}) == "env A=b c; env D=e f");
    CHECK(changes({name, {"c"}, {}, 42, "--env A=\\ x\\'"}) == "env A= x'");
    CHECK(changes({name, {"c"}, {}, 42, ""}) == "");
    CHECK(changes({name, {"c"}, {}, 42, " \n\t "}) == "");
    CHECK(changes({name, {"c"}, {}, 42, "--"}) == "");
  }
  CHECK(changes({"tini", {"-vv", "c"}, {}, 42, "-q"}) == "verbosity errors");
  CHECK(mentions(changes({"tini", {"c"}, {}, 42, "--forward group"}), "forward group"));
  CHECK(changes({"onit", {"--drain", "1s", "c"}, {}, 42, "--drain 2s"}) == "drain 1000");
  CHECK(changes(read({"tini", {"c"}}).plan, read({"onit", {"--as", "tini", "c"}, {}, 42, "--drain 2s"}).plan) ==
        "drain 2000");
  CHECK(changes(read({"catatonit", {"-P"}}).plan, read({"catatonit", {"-P"}, {}, 42, "--stop-grace-period 1s"}).plan) ==
        "grace 1000");
  CHECK(mentions(changes({"tini", {"c"}, {}, 1, "--on-exit wait"}), "on exit wait"));
}

TEST_CASE("a mistake in ONIT_OPTIONS is told as one, whatever onit is called") {
  struct Case {
    const char* text;
    const char* complaint;
  };
  const Case bad[] = {
      {"--foward group", "'--forward'"},
      {"-x", "unknown option '-x'"},
      {"--drain", "needs a value"},
      {"--drain soon", "--drain 'soon'"},
      {"'--drain 1s", "not closed"},
      {"--env \"A", "not closed"},
      {"c", "'c' is no option"},
      {"--drain 1s c", "'c' is no option"},
      {"-- c", "'c' is no option"},
      {"''", "'' is no option"},
      {"--help", "--help"},
      {"--version", "command line"},
      {"--as tini", "command line"},
      {"--link /tmp", "command line"},
  };
  for (const char* name : {"tini", "dumb-init", "catatonit", "run", "run-multi", "onit"}) {
    for (const Case& each : bad) {
      Outcome outcome = read({name, {"c"}, {}, 42, each.text});
      CAPTURE(std::string{name});
      CAPTURE(std::string{each.text});
      CAPTURE(outcome.complaint);
      CHECK(outcome.complaint.starts_with("ONIT_OPTIONS: "));
      CHECK(mentions(outcome.complaint, each.complaint));
      CHECK(lines_in(outcome.complaint) == 0);
    }
  }
}

TEST_CASE("ONIT_OPTIONS is in nobody's way who only asks for the version or has made another mistake") {
  CHECK(read({"docker-init", {"--version"}, {}, 42, "--nonsense"}).answer.starts_with("tini version"));
  CHECK(read({"run", {"-s", "x"}, {}, 42, "--nonsense"}).answer.starts_with("run: [error] -s"));
  CHECK(read({"onit", {"--help"}, {}, 42, "--nonsense"}).answer.starts_with("Usage: onit"));
}

// --- Words ----------------------------------------------------------------------------------------------------------

namespace {

/// What a fact comes with, as core/fact.hpp has it: the placeholders that may stand for it.
std::string placeholders_of(What what) {
  switch (what) {
    case What::failure:
    case What::warning:
    case What::service_news:
      return "t";
    case What::started:
    case What::rest_killed:
      return "pt";
    case What::exec_failed:
      return "pte";
    case What::passed_on:
    case What::told_at_end:
      return "psSt";
    case What::rewritten:
      return "sSoO";
    case What::sent_to_rest:
      return "sSc";
    case What::command_exited:
    case What::orphan_exited:
      return "pc";
    case What::command_killed:
    case What::orphan_killed:
    case What::stopped:
      return "psS";
    case What::continued:
      return "p";
    case What::received:
    case What::child_news:
    case What::dropped:
    case What::draining:
    case What::drain_over:
    case What::cascading:
    case What::not_permitted:
      return "sS";
    case What::leaving:
    case What::leaving_others:
      return "c";
    case What::cannot_adopt:
    case What::session_made:
    case What::suspending:
    case What::overrun:
    case What::more_killed:
    case What::unkillable:
    case What::rest_unknown:
      return "";
  }
  return "";
}

void check_phrases(const std::string& name, Phrasebook phrasebook) {
  for (int kind = 0; kind < kFactKinds; ++kind) {
    Phrase phrase = phrasebook(static_cast<What>(kind));
    if (phrase.text == nullptr) continue;
    std::string text = phrase.text;
    CAPTURE(std::string{name});
    CAPTURE(std::string{text});
    CHECK_FALSE(mentions(text, "\n"));
    std::string allowed = placeholders_of(static_cast<What>(kind)) + "P";
    for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos; at += 2) {
      REQUIRE(at + 1 < text.size());
      CHECK(allowed.find(text[at + 1]) != std::string::npos);
    }
  }
}

/// The words that the plan of this line comes with.
Phrasebook phrasebook_of(const char* name, const char* option) {
  std::string words[] = {name, option, "c"};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  char* none[] = {nullptr};
  auto read = read_command_line({name, 3, argv, none, 42});
  REQUIRE(read.ok());
  REQUIRE(std::holds_alternative<Plan>(read.value()));
  return std::get_if<Plan>(&read.value())->messages.phrasebook;
}

}  // namespace

TEST_CASE("all words that facts are told in speak only of what the facts come with") {
  check_phrases("onit", onit_phrase);
  check_phrases("tini", phrasebook_of("tini", "--"));
  check_phrases("tini -w", phrasebook_of("tini", "-w"));
  check_phrases("dumb-init", phrasebook_of("dumb-init", "--"));
  check_phrases("catatonit", phrasebook_of("catatonit", "--"));
  check_phrases("run", phrasebook_of("run", "--"));
  check_phrases("run-multi", phrasebook_of("run-multi", "--"));
}

TEST_CASE("the lines that scripts look for") {
  struct Wanted {
    const char* name;
    What what;
    const char* text;
    Verbosity level;
  };
  const Wanted lines[] = {
      {"tini", What::exec_failed, "[FATAL tini (%p)] exec %t failed: %e", Verbosity::errors},
      {"tini", What::child_news, "[DEBUG tini (%P)] Received SIGCHLD", Verbosity::debug},
      {"tini", What::orphan_exited, "[DEBUG tini (%P)] Reaped zombie process with pid=%p", Verbosity::debug},
      {"dumb-init", What::exec_failed, "[dumb-init] %t: %e", Verbosity::errors},
      {"dumb-init", What::started, "[dumb-init] Child spawned with PID %p.", Verbosity::info},
      {"dumb-init", What::received, "[dumb-init] Received signal %s.", Verbosity::info},
      {"dumb-init", What::child_news, "[dumb-init] Received signal %s.", Verbosity::info},
      {"dumb-init", What::passed_on, "[dumb-init] Forwarded signal %s to children.", Verbosity::info},
      {"dumb-init", What::command_exited, "[dumb-init] A child with PID %p exited with exit status %c.",
       Verbosity::info},
      {"dumb-init", What::orphan_exited, "[dumb-init] A child with PID %p exited with exit status %c.",
       Verbosity::info},
      {"dumb-init", What::command_killed, "[dumb-init] A child with PID %p was terminated by signal %s.",
       Verbosity::info},
      {"dumb-init", What::leaving, "[dumb-init] Child exited with status %c. Goodbye.", Verbosity::info},
      {"run", What::started, "run: [info] pid %p: command `%t`", Verbosity::info},
      {"run", What::command_exited, "run: [info] pid %p: exited with code %c", Verbosity::info},
      {"run", What::orphan_exited, "run: [info] pid %p: exited with code %c", Verbosity::info},
      {"run", What::command_killed, "run: [info] pid %p: killed by %S(%s)", Verbosity::info},
      {"run", What::orphan_killed, "run: [info] pid %p: killed by %S(%s)", Verbosity::info},
      {"run", What::passed_on, "run: [info] signal %S(%s) sent to group %p", Verbosity::info},
      {"run", What::cascading, "run: [info] shutting down", Verbosity::info},
      {"run", What::leaving, "run: [info] exit code %c", Verbosity::info},
      {"run", What::warning, "run: [warn] %t", Verbosity::warnings},
  };
  for (const Wanted& line : lines) {
    Phrase phrase = phrasebook_of(line.name, "--")(line.what);
    REQUIRE(static_cast<bool>(phrase.text));
    CHECK(std::string{phrase.text} == line.text);
    CHECK(phrase.level == line.level);
  }
  CHECK(mentions(phrasebook_of("tini", "--")(What::cannot_adopt).text, "Tini is not running as PID 1"));
  CHECK(phrasebook_of("tini", "--")(What::cannot_adopt).level == Verbosity::warnings);
}

}  // namespace onit
