#include "app/dry_run.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <string_view>

#include "app/reporter.hpp"
#include "base/limit_name.hpp"
#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/utf8.hpp"
#include "config/secrets.hpp"

namespace onit {
namespace {

using Json = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

/// A path or an argument may have bytes that are not UTF-8, which JSON must be; they are shown as Latin-1.
void string(Json& json, std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    std::size_t length = utf8_length(text);
    if (length > 0) {
      valid.append(text.substr(0, length));
    } else {
      append_utf8(valid, static_cast<unsigned char>(text[0]));
    }
    text.remove_prefix(length > 0 ? length : 1);
  }
  json.String(valid.data(), static_cast<rapidjson::SizeType>(valid.size()));
}

void member(Json& json, const char* name, std::string_view text) {
  json.Key(name);
  string(json, text);
}

void member(Json& json, const char* name, const char* text) {
  json.Key(name);
  text ? string(json, text) : static_cast<void>(json.Null());
}

void member(Json& json, const char* name, const std::optional<int>& number) {
  json.Key(name);
  number ? json.Int(*number) : json.Null();
}

void integer(Json& json, const char* name, int value) {
  json.Key(name);
  json.Int(value);
}

void member(Json& json, const char* name, bool value) {
  json.Key(name);
  json.Bool(value);
}

/// Null stands for a duration that is not limited.
void milliseconds(Json& json, const char* name, Millis duration, bool zero_is_none) {
  json.Key(name);
  zero_is_none&& duration == Millis{0} ? json.Null() : json.Int64(duration.count());
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

void signal(Json& json, const char* name, int number) {
  json.Key(name);
  number == 0 ? static_cast<void>(json.Null()) : string(json, SignalName(number).view());
}

void write_cascade(Json& json, const Cascade& cascade) {
  json.Key("cascade");
  if (cascade.signal == 0) {
    json.Null();
    return;
  }
  json.StartObject();
  signal(json, "signal", cascade.signal);
  member(json, "target", std::string_view{word(cascade.target)});
  member(json, "every_time", cascade.every_time);
  member(json, "spares_success", cascade.spares_success);
  json.EndObject();
}

void write_signals(Json& json, const char* name, const SignalSet& signals) {
  json.Key(name);
  json.StartArray();
  for (int number = 1; number <= kLastSignal; ++number) {
    if (signals.has(number)) string(json, SignalName(number).view());
  }
  json.EndArray();
}

void write_rewrites(Json& json, const SignalRewrites& rewrites) {
  json.Key("rewrite");
  json.StartObject();
  for (int from = 1; from <= kLastSignal; ++from) {
    int to = rewrites(from);
    if (to == from) continue;
    string(json, SignalName(from).view());
    to == SignalRewrites::kDrop ? string(json, "none") : string(json, SignalName(to).view());
  }
  json.EndObject();
}

void write_exit_codes(Json& json, const CommandPolicy& policy) {
  member(json, "exit_code", std::string_view{word(policy.exit_code_from)});
  json.Key("map_exit");
  json.StartObject();
  for (int code = 0; code <= 255; ++code) {
    if (policy.exit_code_map(code) == code) continue;
    string(json, std::to_string(code));
    json.Int(policy.exit_code_map(code));
  }
  json.EndObject();
}

void write_policy(Json& json, const CommandPolicy& policy) {
  member(json, "forward", std::string_view{word(policy.forward)});
  write_rewrites(json, policy.rewrites);
  member(json, "stop_signal", SignalName(policy.stop_signal).view());
  milliseconds(json, "stop_grace_period_ms", policy.stop_grace_period, false);
  member(json, "on_exit", std::string_view{word(policy.on_exit)});
  write_cascade(json, policy.cascade);
  write_signals(json, "stops_self", policy.stops_self);
  milliseconds(json, "kill_after_ms", policy.kill_after, true);
  milliseconds(json, "drain_ms", policy.drain, true);
  write_exit_codes(json, policy);
}

void write_identity(Json& json, const std::optional<Identity>& identity) {
  json.Key("user");
  if (!identity) {
    json.Null();
    return;
  }
  json.StartObject();
  json.Key("uid");
  json.Uint(identity->uid);
  json.Key("gid");
  json.Uint(identity->gid);
  json.Key("groups");
  json.StartArray();
  for (std::uint32_t group : identity->groups) json.Uint(group);
  json.EndArray();
  json.EndObject();
}

void write_limits(Json& json, std::span<const LimitSetting> limits) {
  json.Key("ulimits");
  json.StartObject();
  for (const LimitSetting& limit : limits) {
    string(json, limit_name(limit.resource));
    json.StartArray();
    for (rlim_t value : {limit.value.rlim_cur, limit.value.rlim_max}) {
      value == RLIM_INFINITY ? string(json, "unlimited") : static_cast<void>(json.Uint64(value));
    }
    json.EndArray();
  }
  json.EndObject();
}

bool is_secret(char* const* envp, std::string_view name) {
  for (; *envp != nullptr; ++envp) {
    auto secret = secret_file(*envp);
    if (secret && secret->name == name) return true;
  }
  return false;
}

void write_environment(Json& json, char* const* envp, bool with_secrets) {
  json.Key("environment");
  json.StartObject();
  for (char* const* entry = envp; *entry != nullptr; ++entry) {
    std::string_view text{*entry};
    std::string_view name = text.substr(0, text.find('='));
    string(json, name);
    if (with_secrets && is_secret(envp, name)) {
      string(json, "(secret)");
    } else {
      string(json, name.size() < text.size() ? text.substr(name.size() + 1) : std::string_view{});
    }
  }
  json.EndObject();
}

void write_command(Json& json, char* const* argv) {
  json.StartArray();
  for (; *argv != nullptr; ++argv) string(json, *argv);
  json.EndArray();
}

void write_failure_codes(Json& json, const std::optional<FailureCodes>& codes) {
  json.Key("failure_codes");
  if (!codes) {
    json.Null();
    return;
  }
  json.StartObject();
  integer(json, "not_found", codes->not_found);
  integer(json, "denied", codes->denied);
  integer(json, "other", codes->other);
  integer(json, "setup", codes->setup);
  json.EndObject();
}

void write_launch(Json& json, const Launch& launch, const ExecPlan& exec, const std::optional<Identity>& identity) {
  json.Key("command");
  launch.argv ? write_command(json, launch.argv) : static_cast<void>(json.Null());
  json.Key("side_by_side");
  json.StartArray();
  for (const auto& argv : launch.side_by_side) write_command(json, argv.data());
  json.EndArray();
  member(json, "search_path", exec.search_path);
  member(json, "like_execvp", launch.like_execvp);
  member(json, "session", std::string_view{word(launch.session)});
  member(json, "reset_signals", launch.reset_signals);
  signal(json, "command_pdeathsig", launch.parent_death_signal);
  write_identity(json, identity);
  member(json, "working_dir", launch.working_dir);
  json.Key("umask");
  if (launch.umask) {
    std::string octal;
    for (int shift = 6; shift >= 0; shift -= 3) octal += static_cast<char>('0' + (*launch.umask >> shift & 7));
    string(json, octal);
  } else {
    json.Null();
  }
  member(json, "nice", launch.nice);
  member(json, "oom_score_adj", launch.oom_score_adj);
  write_limits(json, exec.limits);
  member(json, "no_new_privs", launch.no_new_privs);
  write_environment(json, exec.envp, launch.secrets);
}

}  // namespace

std::string dry_run_text(const Plan& plan, PreparedLaunch& launch) {
  rapidjson::StringBuffer buffer;
  Json json(buffer);
  json.SetIndent(' ', 2);
  json.StartObject();
  write_launch(json, plan.launch, launch.exec(), launch.identity());
  write_policy(json, plan.policy);
  write_failure_codes(json, plan.failure_codes);
  member(json, "adopts_orphans", plan.adopts_orphans);
  member(json, "leaves_directory", plan.leaves_directory);
  member(json, "dies_as_command", plan.dies_as_command);
  member(json, "verbosity", std::string_view{level_name(plan.messages.verbosity)});
  member(json, "log_format", std::string_view{plan.messages.format == LogFormat::json ? "json" : "text"});
  member(json, "info_on_stdout", plan.messages.info_on_stdout);
  member(json, "pdeathsig",
         plan.parent_death_signal == 0 ? std::string_view{"none"} : SignalName(plan.parent_death_signal).view());
  json.EndObject();
  return std::string{buffer.GetString(), buffer.GetSize()} + "\n";
}

}  // namespace onit
