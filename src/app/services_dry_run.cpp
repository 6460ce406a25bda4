#include "app/services_dry_run.hpp"

#include "app/start_order.hpp"
#include "base/json_writer.hpp"
#include "base/text.hpp"
#include "config/services_keys.hpp"
#include "config/services_service.hpp"

namespace onit {
namespace {

constexpr char kRestarts[] = "no|on-failure|always";
constexpr char kProbes[] = "tcp|http|exec|file|log|notify|fd";

/// The word of an enumerator: one of `words`, in their order.
template <class Enum>
std::string_view word(std::string_view words, Enum value) {
  std::string_view found;
  int index = 0;
  for_each_word(words, [&](std::string_view word) {
    if (index++ == static_cast<int>(value)) found = word;
  });
  return found;
}

/// `"name": "text"`, unless there is no text.
void write_member(JsonWriter& json, const char* name, std::string_view text) {
  if (text.empty()) return;
  json.key(name);
  json.text(text);
}

/// Such as `tcp 127.0.0.1:5432`; empty: there is none.
std::string probe_text(const std::optional<ProbeSpec>& probe) {
  if (!probe) return {};
  std::string text{word(kProbes, probe->type)};
  if (!probe->target.empty()) text.append(" ").append(probe->target);
  for (const std::string& part : probe->command) text.append(" ").append(part);
  if (probe->fd >= 0) text.append(" ").append(std::to_string(probe->fd));
  return text;
}

void write_service(JsonWriter& json, const ServicesSpec& spec, const ServiceSpec& service) {
  const ServicePolicy& policy = service.policy;
  const ServiceLaunch& launch = service.launch;
  json.open_object();
  write_member(json, "name", service.name);
  write_member(json, "type", policy.type == ServiceType::oneshot ? "oneshot" : "simple");
  json.open_array("command");
  for (const std::string& text : launch.command) json.text(text);
  json.close();
  write_member(json, "user", launch.user);
  write_member(json, "working_dir", launch.working_dir);
  json.open_object("environment");
  for (const VariableSpec& variable : launch.environment) {
    json.key(variable.name);
    json.text(variable.value);
  }
  json.close();
  json.open_object("depends_on");
  for (const Dependency& dependency : policy.depends_on) {
    json.key(spec.services[dependency.service].name);
    json.text(word(kConditions, dependency.condition));
  }
  json.close();
  write_member(json, "ready", probe_text(service.ready));
  write_member(json, "healthcheck", probe_text(service.health));
  write_member(json, "schedule", service.schedule ? service.schedule->cron : std::string{});
  write_member(json, "restart", word(kRestarts, policy.restart));
  json.key("essential");
  json.boolean(policy.essential);
  write_member(json, "log", service.log.file);
  json.close();
}

}  // namespace

std::string services_dry_run_text(const ServicesSpec& spec) {
  JsonWriter json;
  json.open_object();
  json.open_array("services");
  for (ServiceId id : start_order(spec.services)) write_service(json, spec, spec.services[id]);
  json.close();
  json.close();
  return json.take();
}

}  // namespace onit
