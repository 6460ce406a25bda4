#include "config/services_service.hpp"

#include <utility>

#include "base/capability_name.hpp"
#include "base/limit_name.hpp"
#include "base/text.hpp"
#include "base/value.hpp"
#include "config/env_file.hpp"
#include "config/services_foreign.hpp"
#include "config/services_parts.hpp"
#include "core/service_name.hpp"

namespace onit {
namespace {

/// The words of `type`, in their order.
enum class TypeWord : std::uint8_t { simple, notify, oneshot };
enum class StdinWord : std::uint8_t { null, inherit };

/// Reads one service. Each function reads the keys of one matter.
class ServiceReader {
 public:
  ServiceReader(Reading& in, const toml::Entry& entry, ServiceDraft& draft)
      : in_(in),
        fields_(in, Section::service, *std::get_if<toml::Table>(&entry.value.content)),
        draft_(draft),
        policy_(draft.spec.policy),
        launch_(draft.spec.launch) {}

  void read(const LogSpec& defaults) {
    read_command();
    read_dependencies();
    read_kind();
    read_restart();
    read_stop();
    read_process();
    read_environment();
    read_limits();
    read_capabilities();
    read_tables(defaults);
  }

 private:
  void read_command();
  bool read_shell_command(const char* name, std::vector<std::string>& out);
  void read_dependencies();
  void want(toml::Position at, std::string_view service, std::optional<Condition> condition);
  std::optional<Condition> read_condition(const toml::Value& value);
  void read_kind();
  void read_restart();
  void read_success_codes();
  void read_stop();
  void read_process();
  void read_environment();
  void read_limits();
  std::optional<LimitValues> read_limit(std::string_view name, const toml::Value& value);
  void read_capabilities();
  void read_tables(const LogSpec& defaults);

  Reading& in_;
  Fields fields_;
  ServiceDraft& draft_;
  ServicePolicy& policy_;
  ServiceLaunch& launch_;
};

/// A text for a shell is its own affair, variables included.
bool ServiceReader::read_shell_command(const char* name, std::vector<std::string>& out) {
  const toml::Value* value = fields_.find(name);
  if (!value) return false;
  auto script = read_text(in_, name, *value, Variables::kept);
  if (!script) return false;
  out = shell_command(*script);
  return true;
}

void ServiceReader::read_command() {
  bool has_shell = false;
  fields_.read("shell", has_shell);
  const toml::Value* pre_stop = fields_.find("pre_stop");
  bool is_script = has_shell && pre_stop && !std::holds_alternative<toml::Array>(pre_stop->content);
  is_script ? read_shell_command("pre_stop", launch_.pre_stop) : fields_.read("pre_stop", launch_.pre_stop);
  policy_.has_pre_stop = !launch_.pre_stop.empty();

  const toml::Value* command = fields_.find("command");
  if (!command) {
    in_.miss(draft_.place, filled("service % has no command", quoted(draft_.spec.name)));
    return;
  }
  if (has_shell && std::holds_alternative<toml::Array>(command->content)) {
    in_.fail(*command, "command: with shell = true it is one text, not an array");
    return;
  }
  bool is_read = has_shell ? read_shell_command("command", launch_.command) : fields_.read("command", launch_.command);
  bool is_empty = is_read && (launch_.command.empty() || launch_.command.front().empty());
  if (is_empty) in_.fail(*command, "command: it is empty");
}

void ServiceReader::want(toml::Position at, std::string_view service, std::optional<Condition> condition) {
  for (const Wanted& wanted : draft_.wanted) {
    if (wanted.service != service) continue;
    in_.problems.add({in_.file, at}, "depends_on: % is there already", quoted(service));
    return;
  }
  draft_.wanted.push_back({std::string{service}, condition, {in_.file, at}});
}

std::optional<Condition> ServiceReader::read_condition(const toml::Value& value) {
  if (std::holds_alternative<toml::Table>(value.content)) {
    in_.fail(value, "depends_on: write the condition itself, such as { db = \"ready\" }");
    return std::nullopt;
  }
  auto word = read_text(in_, "depends_on", value);
  if (!word) return std::nullopt;
  std::optional<Condition> condition;
  std::uint8_t count = 0;
  for_each_word(kConditions, [&](std::string_view known) {
    if (known == *word) condition = static_cast<Condition>(count);
    ++count;
  });
  if (!condition) in_.fail(value, "depends_on: %", explain_unknown_choice(kConditions, *word));
  return condition;
}

void ServiceReader::read_dependencies() {
  const toml::Value* value = fields_.find("depends_on");
  if (!value) return;
  const auto* list = std::get_if<toml::Array>(&value->content);
  const auto* table = std::get_if<toml::Table>(&value->content);
  if ((list && list->size() > kMostServices) || (table && table->entries.size() > kMostServices)) {
    fields_.fail("depends_on", "depends_on: more than there can be services");
    return;
  }
  if (std::holds_alternative<std::string>(value->content)) {
    auto name = read_text(in_, "depends_on", *value);
    if (name) want(value->at, *name, std::nullopt);
    return;
  }
  if (table) {
    for (const toml::Entry& entry : table->entries) {
      if (in_.problems.is_full()) return;
      if (auto condition = read_condition(entry.value)) want(entry.at, entry.key, condition);
    }
    return;
  }
  const toml::Array* names = fields_.read_array("depends_on");
  for (std::size_t i = 0; names && i < names->size(); ++i) {
    auto name = read_text(in_, "depends_on", (*names)[i]);
    if (name) want((*names)[i].at, *name, std::nullopt);
  }
}

/// The type, and what depends on it.
void ServiceReader::read_kind() {
  auto type = TypeWord::simple;
  bool is_said = fields_.read_choice("type", type);
  bool is_scheduled = fields_.has("schedule");
  if (is_said && is_scheduled && type != TypeWord::oneshot) {
    fields_.fail("type", "type: a service with a schedule is a oneshot");
  }
  if (is_scheduled || type == TypeWord::oneshot) policy_.type = ServiceType::oneshot;

  bool is_notify = type == TypeWord::notify;
  if (is_notify) {
    draft_.spec.ready.emplace().type = ProbeType::notify;
    policy_.ready.emplace();
  }
  if (fields_.read_table("ready")) read_ready(in_, *fields_.find("ready"), is_notify, draft_);
  if (fields_.read_table("healthcheck")) read_healthcheck(in_, *fields_.find("healthcheck"), draft_);
  if (fields_.read_table("schedule")) read_schedule(in_, *fields_.find("schedule"), draft_.spec);

  fields_.read("watchdog", policy_.watchdog);
  fields_.read("timeout", policy_.timeout);
  bool is_oneshot = policy_.type == ServiceType::oneshot;
  if (fields_.has("timeout") && !is_oneshot) {
    fields_.fail("timeout", "timeout: only a oneshot has one; the timeout of ready is for becoming ready");
  }
  if (fields_.has("healthcheck") && is_oneshot) {
    fields_.fail("healthcheck", "healthcheck: a oneshot has none; it has a timeout");
  }
  if (fields_.has("watchdog") && is_oneshot) fields_.fail("watchdog", "watchdog: a oneshot has none; it has a timeout");
  fields_.read("autostart", policy_.autostart);
  if (fields_.read("essential", policy_.essential)) draft_.essential_place = fields_.place("essential");
  fields_.read("profiles", draft_.profiles);
}

void ServiceReader::read_restart() {
  bool is_wrong = !fields_.read_choice("restart", policy_.restart) && fields_.has("restart");
  bool is_restarted = is_wrong || policy_.restart != RestartPolicy::no ||
                      (policy_.health && policy_.health->on_unhealthy == OnUnhealthy::restart);
  auto read = [&](const char* name, auto& out) {
    if (!fields_.read(name, out) || is_restarted) return;
    fields_.fail(name, concat(name, ": it is never started again; write restart = \"on-failure\" or \"always\""));
  };
  read("restart_delay", policy_.restart_delay);
  read("restart_max_delay", policy_.restart_max_delay);
  if (policy_.restart_max_delay < policy_.restart_delay) {
    if (fields_.has("restart_max_delay")) {
      fields_.fail("restart_max_delay", "restart_max_delay: it is shorter than restart_delay");
    }
    policy_.restart_max_delay = policy_.restart_delay;
  }
  read("restart_reset_after", policy_.restart_reset_after);
  read("max_restarts", policy_.max_restarts);
  read("restart_window", policy_.restart_window);
  policy_.on_give_up = policy_.essential ? OnGiveUp::shutdown : OnGiveUp::ignore;
  fields_.read_choice("on_give_up", policy_.on_give_up);
  read_success_codes();
}

void ServiceReader::read_success_codes() {
  const toml::Array* codes = fields_.read_array("success_exit_codes");
  if (!codes) return;
  policy_.success_exit_codes.reset();
  for (const toml::Value& value : *codes) {
    const auto* code = std::get_if<std::int64_t>(&value.content);
    if (code && *code >= 0 && *code <= 255) {
      policy_.success_exit_codes.set(static_cast<std::size_t>(*code));
    } else {
      in_.fail(value, "success_exit_codes: write exit codes from 0 to 255");
    }
  }
}

void ServiceReader::read_stop() {
  fields_.read("stop_signal", policy_.stop_signal);
  if (fields_.read("stop_grace_period", policy_.stop_grace_period)) {
    draft_.grace_place = fields_.place("stop_grace_period");
  }
}

void ServiceReader::read_process() {
  auto input = StdinWord::null;
  if (fields_.read_choice("stdin", input) && input == StdinWord::inherit) {
    launch_.inherits_stdin = true;
    draft_.stdin_place = fields_.place("stdin");
  }
  fields_.read("user", launch_.user);
  fields_.read("group_add", launch_.group_add);
  fields_.read("no_new_privs", launch_.no_new_privs);
  fields_.read("umask", launch_.umask);
  fields_.read("nice", launch_.nice);
  fields_.read("oom_score_adj", launch_.oom_score_adj);
  fields_.read("working_dir", launch_.working_dir);
  fields_.read("clear_env", launch_.clear_env);
  fields_.read("env_file", launch_.env_files);
  fields_.read("secrets", launch_.secrets);
}

void ServiceReader::read_environment() {
  const toml::Table* table = fields_.read_table("environment");
  if (!table) return;
  if (table->entries.size() > kMaxVariables) {
    fields_.fail("environment", "environment: more than % variables", kMaxVariables);
    return;
  }
  for (const toml::Entry& entry : table->entries) {
    if (!is_variable_name(entry.key)) {
      in_.problems.add({in_.file, entry.at}, "environment: % is not the name of a variable", quoted(entry.key));
    }
    std::optional<std::string> text;
    if (const auto* number = std::get_if<std::int64_t>(&entry.value.content)) {
      text = std::to_string(*number);
    } else if (const auto* is_true = std::get_if<bool>(&entry.value.content)) {
      text = *is_true ? "true" : "false";
    } else {
      text = read_text(in_, "environment", entry.value);
    }
    if (!text) continue;
    if (entry.key.size() + text->size() + 2 > kMaxEntryBytes) {
      in_.fail(entry.value, "environment: longer than 128 KiB, the limit of execve(2)");
    }
    launch_.environment.push_back({entry.key, std::move(*text)});
  }
}

std::optional<LimitValues> ServiceReader::read_limit(std::string_view name, const toml::Value& value) {
  std::string written;
  if (const auto* number = std::get_if<std::int64_t>(&value.content)) {
    written = std::to_string(*number);
  } else if (const auto* table = std::get_if<toml::Table>(&value.content)) {
    auto read_side = [&](std::string_view side) {
      const toml::Value* limit = table->find(side);
      return limit ? read_limit(name, *limit) : std::nullopt;
    };
    auto soft = read_side("soft");
    auto hard = read_side("hard");
    bool is_good = soft && hard && table->entries.size() == 2 && soft->soft <= hard->hard;
    if (is_good) return LimitValues{soft->soft, hard->hard};
    in_.fail(value, "ulimits: write { soft = N, hard = N }, the soft one not above the hard one");
    return std::nullopt;
  } else {
    auto text = read_text(in_, "ulimits", value);
    if (!text) return std::nullopt;
    written = std::move(*text);
  }
  auto limit = limit_value(written);
  if (limit.ok()) return limit.value();
  in_.fail(value, "% = %: %", name, quoted(written), limit.error().text);
  return std::nullopt;
}

void ServiceReader::read_limits() {
  const toml::Table* table = fields_.read_table("ulimits");
  if (!table) return;
  for (const toml::Entry& entry : table->entries) {
    auto resource = parse_limit_name(entry.key);
    auto limit = read_limit(entry.key, entry.value);
    if (!resource) {
      std::string text = filled("ulimits: % is none of %", quoted(entry.key), limit_names());
      in_.problems.add({in_.file, entry.at}, text);
    } else if (limit) {
      launch_.ulimits.push_back({*resource, limit->soft, limit->hard});
    }
  }
}

void ServiceReader::read_capabilities() {
  const toml::Array* names = fields_.read_array("capabilities");
  if (!names) return;
  std::uint64_t kept = 0;
  for (const toml::Value& value : *names) {
    auto name = read_text(in_, "capabilities", value);
    if (!name) continue;
    if (auto capability = parse_capability(*name)) {
      kept |= std::uint64_t{1} << *capability;
      continue;
    }
    Suggestion suggestion{*name};
    for (int i = 0; !capability_name(i).empty(); ++i) suggestion.consider(capability_name(i));
    in_.fail(value, "capabilities: % is not a capability%", quoted(*name), suggestion.text());
  }
  launch_.capabilities = kept;
}

void ServiceReader::read_tables(const LogSpec& defaults) {
  draft_.spec.log = defaults;
  if (const toml::Table* log = fields_.read_table("log")) {
    read_log(in_, Section::service_log, *log, draft_.spec.log);
    draft_.log_place = fields_.place("log");
  }
  if (fields_.has("sockets")) draft_.sockets_place = fields_.place("sockets");
  for (const toml::Value* socket : fields_.read_sections("sockets")) read_socket(in_, *socket, draft_.spec);
  const auto& ready = draft_.spec.ready;
  // Source: sd_listen_fds(3), SD_LISTEN_FDS_START.
  std::size_t first_free = 3 + launch_.sockets.size();
  if (ready && ready->type == ProbeType::fd && static_cast<std::size_t>(ready->fd) < first_free) {
    fields_.fail("ready", "ready: descriptor % is that of a socket; the first free one is %", ready->fd, first_free);
  }
  if (const toml::Table* group = fields_.read_table("cgroup")) read_cgroup(in_, *group, launch_.control_group);
}

void check_name(Reading& in, const toml::Entry& entry) {
  if (!is_service_name(entry.key)) {
    in.problems.add({in.file, entry.at}, "% is not the name of a service; write %", quoted(entry.key),
                    kServiceNameRule);
  } else if (entry.key == kMainService) {
    in.problems.add({in.file, entry.at}, "'main' is the name of the command of the command line; write another one");
  }
}

}  // namespace

ServiceDraft read_service(Reading& in, const toml::Entry& entry, const LogSpec& defaults) {
  ServiceDraft draft;
  draft.spec.name = entry.key;
  draft.place = {in.file, entry.at};
  check_name(in, entry);
  if (std::holds_alternative<toml::Table>(entry.value.content)) {
    ServiceReader{in, entry, draft}.read(defaults);
  } else {
    in.fail(entry.value, "a service is a table; write [services.NAME]");
  }
  return draft;
}

}  // namespace onit
