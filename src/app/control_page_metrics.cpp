// Numbers for Prometheus. Source: its text format, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats).

#include <unistd.h>

#include <string>

#include "app/control_pages.hpp"
#include "app/loop_times.hpp"
#include "app/services_status.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"
#include "os/usage.hpp"

namespace onit {
namespace {

enum class Family : std::uint8_t {
  info,
  service_info,
  state,
  up,
  ready,
  healthy,
  restarts,
  exit_code,
  start_time,
  uptime,
  start_duration,
  cpu,
  memory,
  log_lines,
  log_bytes,
  log_dropped,
  loop_turns,
  loop_busy,
  loop_longest,
  own_cpu,
  own_memory,
  own_descriptors,
  own_start_time,
  end,
};
constexpr Family kFirstOfServices = Family::service_info;
constexpr Family kFirstAfterServices = Family::loop_turns;

/// A line for each family: name, type, help. docs/metrics.md says more.
constexpr char kFamilies[] =
    "onit_info gauge The version of onit.\n"
    "onit_service_info gauge What the file says of a service.\n"
    "onit_service_state gauge 1 for the state that a service is in, as onitctl status shows it; no others are there.\n"
    "onit_service_up gauge Whether a service runs, has become ready if it was to, and was not asked to end.\n"
    "onit_service_ready gauge Whether a service is ready.\n"
    "onit_service_healthy gauge What the health check has found; absent without one, and until it knows.\n"
    "onit_service_restarts_total counter Automatic restarts of a service.\n"
    "onit_service_last_exit_code gauge How a service has ended last, as an exit code; 128 and more: by a signal.\n"
    "onit_service_start_time_seconds gauge When a service was started last, since 1970.\n"
    "onit_service_uptime_seconds gauge For how long a service has run.\n"
    "onit_service_start_duration_seconds gauge How long the last start took until the service was ready; absent if "
    "nothing tells that.\n"
    "onit_service_cpu_seconds_total counter CPU time of a service's cgroup, if onit has made one, otherwise of its "
    "main process and of those children of it that have ended; from 0 at each start.\n"
    "onit_service_memory_bytes gauge Memory of a service's cgroup, if onit has made one that counts it, otherwise the "
    "resident memory of its main process.\n"
    "onit_service_log_lines_total counter Lines that a service has written.\n"
    "onit_service_log_bytes_total counter Bytes of these lines.\n"
    "onit_service_log_dropped_lines_total counter Lines that could not be passed on, once for each place.\n"
    "onit_loop_turns_total counter Turns of onit's loop.\n"
    "onit_loop_busy_seconds_total counter Time that these turns took, without waiting.\n"
    "onit_loop_longest_turn_seconds gauge The longest of them.\n"
    "process_cpu_seconds_total counter CPU time of onit itself.\n"
    "process_resident_memory_bytes gauge Resident memory of onit itself.\n"
    "process_open_fds gauge Descriptors that onit has open.\n"
    "process_start_time_seconds gauge When onit was started, since 1970.\n";

constexpr std::string_view kVersionLabel = "{version=\"" ONIT_VERSION "\"}";

/// Looks into /proc or a cgroup that one piece takes at most, at some 20 microseconds each.
constexpr int kMostLooks = 64;

/// A number with so many digits behind the point.
struct Value {
  std::uint64_t number;
  std::size_t decimals = 0;
};
using MaybeValue = std::optional<Value>;
constexpr std::size_t kMicros = 6;
constexpr std::size_t kMillis = 3;

void append_value(std::string& out, Value value) {
  std::string digits = std::to_string(value.number);
  if (digits.size() <= value.decimals) digits.insert(0, value.decimals + 1 - digits.size(), '0');
  if (value.decimals > 0) digits.insert(digits.size() - value.decimals, 1, '.');
  out += digits;
}

std::string_view line_of(Family family) {
  std::string_view lines = kFamilies;
  for (auto i = static_cast<std::size_t>(family); i > 0; --i) lines.remove_prefix(lines.find('\n') + 1);
  return lines.substr(0, lines.find('\n'));
}

void append_head(std::string& out, std::string_view line) {
  std::size_t name = line.find(' ');
  std::size_t type = line.find(' ', name + 1);
  out += concat("# HELP ", line.substr(0, name), line.substr(type), "\n# TYPE ", line.substr(0, type), "\n");
}

/// The numbers of its cgroup as far as it has one, or those of its main process.
MaybeValue used_by(const ServiceRuntime& service, bool is_cpu) {
  if (service.group) {
    const std::string& path = service.group->path();
    auto counted = is_cpu ? group_cpu_us(path) : group_memory_bytes(path);
    if (counted) return Value{*counted, is_cpu ? kMicros : 0};
  }
  pid_t main = service.main_pid();
  auto usage = main == 0 ? std::nullopt : process_usage(main);
  if (!usage) return std::nullopt;
  return is_cpu ? Value{usage->cpu_us, kMicros} : Value{usage->memory_bytes};
}

/// `id` is that of the service, if the family is of services.
MaybeValue value_of(Family family, const ServicesView& view, ServiceId id) {
  auto service = [&]() -> const ServiceRuntime& { return view.services[id]; };
  auto status = [&]() -> const ServiceStatus& { return view.supervisor.status(id); };
  switch (family) {
    case Family::info:
    case Family::service_info:
    case Family::state:
      return Value{1};
    case Family::up:
      return Value{status().phase == ServicePhase::up ? 1U : 0U};
    case Family::ready:
      return Value{status().ready ? 1U : 0U};
    case Family::healthy:
      if (status().health == Health::unknown) return std::nullopt;
      return Value{status().health == Health::healthy ? 1U : 0U};
    case Family::restarts:
      return Value{static_cast<std::uint64_t>(status().restarts)};
    case Family::exit_code:
      if (!status().last_code) return std::nullopt;
      return Value{static_cast<std::uint64_t>(*status().last_code)};
    case Family::start_time:
      if (service().started_us == 0) return std::nullopt;
      return Value{service().started_us, kMicros};
    case Family::uptime:
      if (service().main_pid() == 0) return std::nullopt;
      return Value{static_cast<std::uint64_t>((view.now - service().started).count()), kMillis};
    case Family::start_duration:
      if (!service().start_duration) return std::nullopt;
      return Value{static_cast<std::uint64_t>(service().start_duration->count()), kMillis};
    case Family::cpu:
    case Family::memory:
      return used_by(service(), family == Family::cpu);
    case Family::log_lines:
      return Value{view.logs.counts(id).lines};
    case Family::log_bytes:
      return Value{view.logs.counts(id).bytes};
    case Family::log_dropped:
      return Value{view.logs.counts(id).dropped};
    case Family::loop_turns:
      return Value{view.loop.turns};
    case Family::loop_busy:
      return Value{view.loop.busy_us, kMicros};
    case Family::loop_longest:
      return Value{view.loop.longest_us, kMicros};
    case Family::own_cpu:
      return Value{own_cpu_us(), kMicros};
    case Family::own_memory:
      if (auto usage = process_usage(::getpid())) return Value{usage->memory_bytes};
      return std::nullopt;
    case Family::own_descriptors:
      if (auto count = own_descriptors()) return Value{*count};
      return std::nullopt;
    case Family::own_start_time:
      return Value{view.loop.began_us, kMicros};
    case Family::end:
      break;
  }
  panic("a number that there is not");
}

/// A name needs no escapes: see is_service_name().
std::string labels_of(Family family, const ServicesView& view, ServiceId id) {
  std::string labels = concat("{service=\"", view.services[id].spec.name, "\"");
  if (family == Family::service_info) {
    bool is_oneshot = view.supervisor.policy(id).type == ServiceType::oneshot;
    labels += concat(",type=\"", is_oneshot ? "oneshot" : "simple", "\"");
  } else if (family == Family::state) {
    labels += concat(",state=\"", phase_name(view.supervisor.status(id)), "\"");
  }
  return labels += '}';
}

void append_sample(std::string& out, std::string_view name, std::string_view labels, const MaybeValue& value) {
  if (!value) return;
  out += concat(name, labels, " ");
  append_value(out, *value);
  out += '\n';
}

}  // namespace

/// The cursor is the family, and the service.
Progress metrics_piece(const ServicesView& view, Reply& reply, std::string& out) {
  constexpr int kServiceBits = 32;
  auto family = static_cast<Family>(reply.cursor >> kServiceBits);
  ServiceId id = reply.cursor & UINT32_MAX;
  int looks = 0;
  while (family != Family::end && out.size() < kPieceBytes && looks < kMostLooks) {
    std::string_view line = line_of(family);
    std::string_view name = line.substr(0, line.find(' '));
    bool is_of_services = family >= kFirstOfServices && family < kFirstAfterServices;
    bool is_looked_up = family == Family::cpu || family == Family::memory;
    if (id == 0) append_head(out, line);
    if (!is_of_services)
      append_sample(out, name, family == Family::info ? kVersionLabel : "", value_of(family, view, 0));
    std::size_t count = is_of_services ? view.supervisor.count() : 0;
    // The first one comes with the head, so that no head comes twice.
    for (; id < count && (id == 0 || (out.size() < kPieceBytes && looks < kMostLooks)); ++id) {
      if (is_looked_up) ++looks;
      if (view.supervisor.status(id).phase == ServicePhase::gone) continue;
      append_sample(out, name, labels_of(family, view, id), value_of(family, view, id));
    }
    if (id < count) break;
    family = static_cast<Family>(static_cast<std::uint8_t>(family) + 1);
    id = 0;
  }
  reply.cursor = std::uint64_t{static_cast<std::uint8_t>(family)} << kServiceBits | id;
  return family == Family::end ? Progress::done : Progress::more;
}

}  // namespace onit
