#include "app/dry_run.hpp"

#include <string_view>

#include "app/reporter.hpp"
#include "base/json_writer.hpp"
#include "base/limit_name.hpp"
#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "config/secrets.hpp"

namespace onit {
namespace {

void member(JsonWriter& json, const char* name, std::string_view text) {
  json.key(name);
  json.text(text);
}

void member(JsonWriter& json, const char* name, const char* text) {
  json.key(name);
  text ? json.text(text) : json.null();
}

void member(JsonWriter& json, const char* name, const std::optional<int>& number) {
  json.key(name);
  number ? json.number(*number) : json.null();
}

void integer(JsonWriter& json, const char* name, long value) {
  json.key(name);
  json.number(value);
}

void member(JsonWriter& json, const char* name, bool value) {
  json.key(name);
  json.boolean(value);
}

/// Null stands for a duration that is not limited.
void milliseconds(JsonWriter& json, const char* name, Millis duration, bool zero_is_none) {
  json.key(name);
  bool is_none = zero_is_none && duration == Millis{0};
  is_none ? json.null() : json.number(duration.count());
}

const char* word(Target target) {
  switch (target) {
    case Target::child:
      return "child";
    case Target::group:
      return "group";
    case Target::all:
      return "all";
  }
  panic("a target without name");
}

const char* word(OnExit on_exit) {
  switch (on_exit) {
    case OnExit::stop:
      return "stop";
    case OnExit::wait:
      return "wait";
    case OnExit::leave:
      return "leave";
    case OnExit::notify:
      return "notify";
  }
  panic("an on-exit without name");
}

const char* word(ExitCodeFrom from) {
  switch (from) {
    case ExitCodeFrom::main:
      return "main";
    case ExitCodeFrom::first:
      return "first";
    case ExitCodeFrom::max:
      return "max";
  }
  panic("an exit code without name");
}

const char* word(Session session) {
  switch (session) {
    case Session::automatic:
      return "automatic";
    case Session::own:
      return "own";
    case Session::inherited:
      return "inherited";
  }
  panic("a session without name");
}

void signal(JsonWriter& json, const char* name, int number) {
  json.key(name);
  number == 0 ? json.null() : json.text(SignalName(number).view());
}

void write_cascade(JsonWriter& json, const Cascade& cascade) {
  json.key("cascade");
  if (cascade.signal == 0) {
    json.null();
    return;
  }
  json.open_object();
  signal(json, "signal", cascade.signal);
  member(json, "target", word(cascade.target));
  member(json, "every_time", cascade.every_time);
  member(json, "spares_success", cascade.spares_success);
  json.close();
}

void write_signals(JsonWriter& json, const char* name, const SignalSet& signals) {
  json.open_array(name);
  for (int number = 1; number <= kLastSignal; ++number) {
    if (signals.has(number)) json.text(SignalName(number).view());
  }
  json.close();
}

void write_rewrites(JsonWriter& json, const SignalRewrites& rewrites) {
  json.open_object("rewrite");
  for (int from = 1; from <= kLastSignal; ++from) {
    int to = rewrites(from);
    if (to == from) continue;
    json.key(SignalName(from).view());
    to == SignalRewrites::kDrop ? json.text("none") : json.text(SignalName(to).view());
  }
  json.close();
}

void write_exit_codes(JsonWriter& json, const CommandPolicy& policy) {
  member(json, "exit_code", word(policy.exit_code_from));
  json.open_object("map_exit");
  for (int code = 0; code <= 255; ++code) {
    if (policy.exit_code_map(code) == code) continue;
    json.key(std::to_string(code));
    json.number(policy.exit_code_map(code));
  }
  json.close();
}

void write_policy(JsonWriter& json, const CommandPolicy& policy) {
  member(json, "forward", word(policy.forward));
  write_rewrites(json, policy.rewrites);
  member(json, "stop_signal", SignalName(policy.stop_signal).view());
  milliseconds(json, "stop_grace_period_ms", policy.stop_grace_period, false);
  member(json, "on_exit", word(policy.on_exit));
  write_cascade(json, policy.cascade);
  write_signals(json, "stops_self", policy.stops_self);
  milliseconds(json, "kill_after_ms", policy.kill_after, true);
  milliseconds(json, "drain_ms", policy.drain, true);
  write_exit_codes(json, policy);
}

void write_identity(JsonWriter& json, const std::optional<Identity>& identity) {
  json.key("user");
  if (!identity) {
    json.null();
    return;
  }
  json.open_object();
  integer(json, "uid", identity->uid);
  integer(json, "gid", identity->gid);
  json.open_array("groups");
  for (std::uint32_t group : identity->groups) json.number(group);
  json.close();
  json.close();
}

void write_limits(JsonWriter& json, std::span<const LimitSetting> limits) {
  json.open_object("ulimits");
  for (const LimitSetting& limit : limits) {
    json.key(limit_name(limit.resource));
    json.open_array();
    for (rlim_t value : {limit.value.rlim_cur, limit.value.rlim_max}) {
      value == RLIM_INFINITY ? json.text("unlimited") : json.raw(std::to_string(value));
    }
    json.close();
  }
  json.close();
}

bool is_secret(char* const* envp, std::string_view name) {
  for (; *envp != nullptr; ++envp) {
    auto secret = secret_file(*envp);
    if (secret && secret->name == name) return true;
  }
  return false;
}

void write_environment(JsonWriter& json, char* const* envp, bool with_secrets) {
  json.open_object("environment");
  for (char* const* entry = envp; *entry != nullptr; ++entry) {
    std::string_view text{*entry};
    std::string_view name = text.substr(0, text.find('='));
    json.key(name);
    if (with_secrets && is_secret(envp, name)) {
      json.text("(secret)");
    } else {
      json.text(name.size() < text.size() ? text.substr(name.size() + 1) : std::string_view{});
    }
  }
  json.close();
}

void write_command(JsonWriter& json, char* const* argv) {
  json.open_array();
  for (; *argv != nullptr; ++argv) json.text(*argv);
  json.close();
}

void write_failure_codes(JsonWriter& json, const std::optional<FailureCodes>& codes) {
  json.key("failure_codes");
  if (!codes) {
    json.null();
    return;
  }
  json.open_object();
  integer(json, "not_found", codes->not_found);
  integer(json, "denied", codes->denied);
  integer(json, "other", codes->other);
  integer(json, "setup", codes->setup);
  json.close();
}

void write_launch(JsonWriter& json, const Launch& launch, const ExecPlan& exec,
                  const std::optional<Identity>& identity) {
  json.key("command");
  launch.argv ? write_command(json, launch.argv) : json.null();
  json.open_array("side_by_side");
  for (const auto& argv : launch.side_by_side) write_command(json, argv.data());
  json.close();
  member(json, "search_path", exec.search_path);
  member(json, "like_execvp", launch.like_execvp);
  member(json, "session", word(launch.session));
  member(json, "reset_signals", launch.reset_signals);
  signal(json, "command_pdeathsig", launch.parent_death_signal);
  write_identity(json, identity);
  member(json, "working_dir", launch.working_dir);
  json.key("umask");
  if (launch.umask) {
    std::string octal;
    for (int shift = 6; shift >= 0; shift -= 3) octal += static_cast<char>('0' + (*launch.umask >> shift & 7));
    json.text(octal);
  } else {
    json.null();
  }
  member(json, "nice", launch.nice);
  member(json, "oom_score_adj", launch.oom_score_adj);
  write_limits(json, exec.limits);
  member(json, "no_new_privs", launch.no_new_privs);
  write_environment(json, exec.envp, launch.secrets);
}

}  // namespace

std::string dry_run_text(const Plan& plan, PreparedLaunch& launch) {
  JsonWriter json;
  json.open_object();
  write_launch(json, plan.launch, launch.exec(), launch.identity());
  write_policy(json, plan.policy);
  write_failure_codes(json, plan.failure_codes);
  member(json, "adopts_orphans", plan.adopts_orphans);
  member(json, "leaves_directory", plan.leaves_directory);
  member(json, "dies_as_command", plan.dies_as_command);
  member(json, "verbosity", level_name(plan.messages.verbosity));
  member(json, "log_format", plan.messages.format == LogFormat::json ? "json" : "text");
  member(json, "info_on_stdout", plan.messages.info_on_stdout);
  member(json, "pdeathsig",
         plan.parent_death_signal == 0 ? std::string_view{"none"} : SignalName(plan.parent_death_signal).view());
  json.close();
  return json.take();
}

}  // namespace onit
