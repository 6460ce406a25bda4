#include "config/services_parts.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/host_port.hpp"
#include "base/pattern_program.hpp"
#include "base/text.hpp"
#include "config/cron.hpp"

namespace onit {
namespace {

bool is_endpoint(std::string_view text) {
  auto parts = parse_host_port(text);
  return parts && !parts->host.empty();
}

/// Empty: nothing.
std::string expression_fault(std::string_view expression) {
  auto compiled = compile_pattern(expression);
  return compiled.ok() ? std::string{} : compiled.error().text;
}

std::string target_fault(const ProbeSpec& probe) {
  switch (probe.type) {
    case ProbeType::tcp:
      return is_endpoint(probe.target) ? "" : "write it as HOST:PORT";
    case ProbeType::http:
      if (probe.target.starts_with("https://")) return "https is not spoken here; use http://, or exec with a client";
      return parse_http_url(probe.target) ? "" : "write it as http://HOST[:PORT][/PATH]";
    case ProbeType::log:
      return expression_fault(probe.target);
    case ProbeType::exec:
      return probe.command.empty() ? "there is no command in it" : "";
    case ProbeType::file:
    case ProbeType::notify:
    case ProbeType::fd:
      return "";
  }
  return "";
}

struct ProbeKey {
  ProbeType type;
  char name[8];
};

constexpr ProbeKey kReadyKeys[] = {
    {ProbeType::tcp, "tcp"}, {ProbeType::http, "http"},     {ProbeType::exec, "exec"}, {ProbeType::file, "file"},
    {ProbeType::log, "log"}, {ProbeType::notify, "notify"}, {ProbeType::fd, "fd"},
};
constexpr ProbeKey kHealthKeys[] = {
    {ProbeType::tcp, "tcp"},
    {ProbeType::http, "http"},
    {ProbeType::exec, "exec"},
    {ProbeType::file, "file"},
};

/// Reads the one key that says how to look. Nothing, and maybe a problem, if there is none that can be used.
std::optional<ProbeSpec> read_probe(const Fields& fields, std::span<const ProbeKey> keys) {
  std::optional<ProbeSpec> result;
  std::string_view first;
  for (const ProbeKey& key : keys) {
    ProbeSpec probe;
    probe.type = key.type;
    bool is_set = false;
    bool is_said = false;
    if (key.type == ProbeType::exec) {
      is_set = fields.read(key.name, probe.command);
    } else if (key.type == ProbeType::notify) {
      is_set = fields.read(key.name, is_said) && is_said;
    } else if (key.type == ProbeType::fd) {
      is_set = fields.read(key.name, probe.fd);
    } else {
      is_set = fields.read(key.name, probe.target);
    }
    if (!is_set) continue;
    if (!first.empty()) {
      fields.fail(key.name, "% and % exclude each other", quoted(key.name), quoted(first));
      continue;
    }
    first = key.name;
    std::string fault = target_fault(probe);
    if (!fault.empty()) fields.fail(key.name, "%: %", key.name, fault);
    result = std::move(probe);
  }
  return result;
}

bool is_looked_at(ProbeType type) {
  switch (type) {
    case ProbeType::tcp:
    case ProbeType::http:
    case ProbeType::exec:
    case ProbeType::file:
      return true;
    case ProbeType::log:
    case ProbeType::notify:
    case ProbeType::fd:
      return false;
  }
  return false;
}

std::string zone_fault(Reading& in, const std::string& zone) {
  bool is_known = std::ranges::find(in.good_zones, zone) != in.good_zones.end();
  if (is_known || !in.zone_fault) return {};
  std::string fault = in.zone_fault(zone);
  if (fault.empty()) in.good_zones.push_back(zone);
  return fault;
}

/// Whether a key of `keys` is there, be it right or wrong.
bool has_any(const Fields& fields, std::span<const ProbeKey> keys) {
  for (const ProbeKey& key : keys) {
    if (fields.has(key.name)) return true;
  }
  return false;
}

}  // namespace

bool is_own_endpoint(std::string_view text) {
  bool is_number = text.starts_with('[') || text.find_first_not_of("0123456789.") == text.find(':');
  return is_number && is_endpoint(text);
}

void read_log(Reading& in, Section section, const toml::Table& table, LogSpec& log) {
  Fields fields{in, section, table};
  fields.read_choice("format", log.format);
  fields.read("timestamps", log.timestamps);
  fields.read_choice("on_full", log.on_full);
  fields.read("max_size", log.max_size);
  fields.read("max_files", log.max_files);
  if (section == Section::log) return;
  if (fields.read("file", log.file)) log.to_stdout = false;
  fields.read("stdout", log.to_stdout);
}

void read_ready(Reading& in, const toml::Value& value, bool is_notify, ServiceDraft& draft) {
  ServiceSpec& service = draft.spec;
  Fields fields{in, Section::ready, *std::get_if<toml::Table>(&value.content)};
  auto& policy = service.policy.ready.emplace();
  auto probe = read_probe(fields, kReadyKeys);
  fields.read("interval", policy.interval);
  fields.read("attempt_timeout", policy.attempt_timeout);
  fields.read("timeout", policy.timeout);
  if (!probe && is_notify) probe = service.ready;
  if (!probe) {
    // A value that cannot be used was told already.
    bool is_told = has_any(fields, kReadyKeys) && !fields.has("notify");
    if (!is_told)
      in.miss(in.place(value), "ready: one of tcp, http, exec, file, log, notify = true or fd belongs into it");
    return;
  }
  if (is_notify && probe->type != ProbeType::notify) {
    in.fail(value, "ready: type = \"notify\" means that the service says itself when it is ready");
  }
  if (probe->type == ProbeType::tcp) draft.ready_tcp_place = fields.place("tcp");
  policy.is_probed = is_looked_at(probe->type);
  for (const char* name : {"interval", "attempt_timeout"}) {
    if (fields.has(name) && !policy.is_probed) fields.fail(name, "%: nobody looks, the service tells", name);
  }
  service.ready = std::move(probe);
}

void read_healthcheck(Reading& in, const toml::Value& value, ServiceDraft& draft) {
  ServiceSpec& service = draft.spec;
  Fields fields{in, Section::healthcheck, *std::get_if<toml::Table>(&value.content)};
  HealthPolicy& policy = service.policy.health.emplace();
  service.health = read_probe(fields, kHealthKeys);
  if (service.health && service.health->type == ProbeType::tcp) draft.health_tcp_place = fields.place("tcp");
  fields.read("interval", policy.interval);
  fields.read("timeout", policy.timeout);
  fields.read("retries", policy.retries);
  fields.read("start_period", policy.start_period);
  fields.read("start_interval", policy.start_interval);
  fields.read_choice("on_unhealthy", policy.on_unhealthy);
  bool is_told = has_any(fields, kHealthKeys) || fields.has("test");
  if (!service.health && !is_told)
    in.miss(in.place(value), "healthcheck: one of tcp, http, exec or file belongs into it");
}

void read_schedule(Reading& in, const toml::Value& value, ServiceSpec& service) {
  Fields fields{in, Section::schedule, *std::get_if<toml::Table>(&value.content)};
  ScheduleSpec& schedule = service.schedule.emplace();
  service.policy.schedule.emplace(Overlap::skip);
  if (fields.read("cron", schedule.cron)) {
    auto checked = parse_schedule(schedule.cron);
    if (!checked.ok()) fields.fail("cron", "cron: %", checked.error().text);
  } else if (!fields.has("cron")) {
    in.miss(in.place(value), "schedule: cron is missing, such as cron = \"0 2 * * *\"");
  }
  if (fields.read("timezone", schedule.timezone)) {
    std::string fault = zone_fault(in, schedule.timezone);
    if (!fault.empty()) fields.fail("timezone", concat("timezone: ", fault));
  }
  fields.read_choice("overlap", *service.policy.schedule);
}

void read_socket(Reading& in, const toml::Value& value, ServiceSpec& service) {
  Fields fields{in, Section::socket, *std::get_if<toml::Table>(&value.content)};
  SocketSpec socket;
  socket.name = service.name;
  if (!fields.read("listen", socket.listen)) {
    if (!fields.has("listen"))
      in.miss(in.place(value), "sockets: each has a listen, such as { listen = \"0.0.0.0:80\" }");
    return;
  }
  fields.read("name", socket.name);
  fields.read_choice("type", socket.kind);
  fields.read("mode", socket.mode);
  fields.read("owner", socket.owner);
  fields.read("backlog", socket.backlog);

  bool is_path = socket.listen.starts_with('/');
  bool is_unix = is_path || socket.listen.starts_with('@');
  if (!is_unix && !is_own_endpoint(socket.listen)) {
    fields.fail("listen", "listen = %: write ADDRESS:PORT, [IPV6]:PORT, /PATH or @NAME", quoted(socket.listen));
  }
  if (is_unix && (socket.listen.size() < 2 || socket.listen.size() > kMaxSocketPath)) {
    fields.fail("listen", "listen: a path has from 2 to 107 bytes");
  }
  if (!is_unix && socket.kind == SocketSpec::Kind::seqpacket) {
    fields.fail("type", "type: only a path or @NAME can be a seqpacket");
  }
  for (const char* name : {"mode", "owner"}) {
    if (fields.has(name) && !is_path) fields.fail(name, "%: only a path has one", name);
  }
  bool is_name = socket.name.find(':') == socket.name.npos;
  for (char c : socket.name) is_name = is_name && !is_control(c);
  // Source: sd_listen_fds(3), FDNAME: at most 255 characters.
  if (!is_name || socket.name.size() > 255) {
    fields.fail("name", "name: at most 255 characters, and no ':', which separates the names in LISTEN_FDNAMES");
  }
  service.launch.sockets.push_back(std::move(socket));
}

void read_cgroup(Reading& in, const toml::Table& table, ControlGroupSpec& group) {
  Fields fields{in, Section::cgroup, table};
  fields.read("memory_max", group.memory_max);
  fields.read("cpu_max", group.cpu_max);
  fields.read("pids_max", group.pids_max);
}

}  // namespace onit
