#pragma once

#include <string>
#include <vector>

#include "core/plan.hpp"

/// A plan in words, so that tests can compare plans and say what is different.
namespace onit::plan_words {

inline std::string name_of(int signal) {
  std::string name{SignalName(signal).view()};
  return name.starts_with("SIG") ? name.substr(3) : name;
}

template <class T, std::size_t N>
inline std::string word(T value, const char* const (&words)[N]) {
  return words[static_cast<std::size_t>(value)];
}

inline std::string word(Target target) { return word(target, {"child", "group", "all"}); }

inline std::string words(char* const* argv) {
  std::string line;
  for (; *argv != nullptr; ++argv) line.append(line.empty() ? "" : " ").append("[").append(*argv).append("]");
  return line;
}

/// Which signals are not passed on as they are: `drops ...`, or `only ...` when these are fewer, and what they become.
inline std::vector<std::string> describe(const SignalRewrites& rewrites) {
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

inline std::string describe(const Cascade& cascade) {
  if (cascade.signal == 0) return "cascade none";
  return "cascade " + name_of(cascade.signal) + " to " + word(cascade.target) +
         (cascade.every_time ? " every time" : " once") + (cascade.spares_success ? " unless it succeeded" : "");
}

/// Everything in a plan that decides what happens.
inline std::vector<std::string> describe(const Plan& plan) {
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

}  // namespace onit::plan_words
