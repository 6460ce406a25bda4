#include "app/services_status.hpp"

#include <algorithm>
#include <array>

#include "app/service_words.hpp"
#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

constexpr std::size_t kColumns = 7;
constexpr std::array<const char*, kColumns> kHeadings = {"SERVICE", "STATE",    "HEALTH",   "PID",
                                                         "SINCE",   "RESTARTS", "LAST EXIT"};
using Row = std::array<std::string, kColumns>;

std::string age(Millis duration) {
  auto seconds = duration.count() / 1000;
  if (seconds < 120) return filled("%s", {std::to_string(seconds)});
  if (seconds < 2 * 3600) return filled("%m", {std::to_string(seconds / 60)});
  if (seconds < 2 * 86400) return filled("%h", {std::to_string(seconds / 3600)});
  return filled("%d", {std::to_string(seconds / 86400)});
}

std::string exit_word(const ServiceStatus& status) {
  if (!status.last_exit) return "-";
  if (status.last_exit->kind == ExitStatus::Kind::exited) return std::to_string(status.last_exit->value);
  return std::string{SignalName(status.last_exit->value).view()};
}

const char* health_word(Health health) {
  switch (health) {
    case Health::unknown:
      return "-";
    case Health::healthy:
      return "healthy";
    case Health::unhealthy:
      return "unhealthy";
  }
  panic("a health without word");
}

Row row_of(const ServiceRuntime& service, const ServiceStatus& status, Instant now) {
  return {service.spec.name,          phase_name(status),
          health_word(status.health), service.pid != 0 ? std::to_string(service.pid) : "-",
          age(now - status.since),    std::to_string(status.restarts),
          exit_word(status)};
}

/// Why it is as it is: what it waits for, what it says of itself, or what has happened to it.
std::string reason_of(const ServiceRuntime& service, const ServiceStatus& status, const std::string& other) {
  bool is_waiting = status.phase == ServicePhase::waiting;
  if (is_waiting && status.reason == Reason::schedule) return "for its time";
  if (is_waiting) return filled("until '%' %", {other, condition_text(status.awaited)});
  if (status.phase == ServicePhase::up) return service.said;
  return reason_text(status.reason, other);
}

}  // namespace

const char* phase_name(const ServiceStatus& status) {
  switch (status.phase) {
    case ServicePhase::inactive:
      switch (status.outcome) {
        case Outcome::none:
          return "inactive";
        case Outcome::succeeded:
          return "completed";
        case Outcome::stopped:
          return "stopped";
        case Outcome::failed:
          return "failed";
      }
      panic("an outcome without word");
    case ServicePhase::waiting:
      return status.reason == Reason::schedule ? "scheduled" : "waiting";
    case ServicePhase::spawning:
    case ServicePhase::starting:
      return "starting";
    case ServicePhase::up:
      return "up";
    case ServicePhase::pre_stop:
    case ServicePhase::stopping:
    case ServicePhase::clearing:
      return "stopping";
    case ServicePhase::killing:
      return "killing";
    case ServicePhase::backing_off:
      return "backing off";
    case ServicePhase::gone:
      return "gone";
  }
  panic("a phase without word");
}

std::string status_text(const Supervisor& supervisor, const std::vector<ServiceRuntime>& services, Instant now) {
  std::vector<Row> rows(1);
  std::copy(kHeadings.begin(), kHeadings.end(), rows[0].begin());
  std::vector<std::string> reasons = {"REASON"};
  for (ServiceId id = 0; id < supervisor.count(); ++id) {
    const ServiceStatus& status = supervisor.status(id);
    if (status.phase == ServicePhase::gone) continue;
    rows.push_back(row_of(services[id], status, now));
    reasons.push_back(reason_of(services[id], status, services[status.other].spec.name));
  }
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (std::size_t line = 0; line < rows.size(); ++line) {
    for (std::size_t i = 0; i < kColumns; ++i) {
      text.append(rows[line][i]).append(widths[i] - rows[line][i].size() + 2, ' ');
    }
    text.append(reasons[line]);
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  return text;
}

}  // namespace onit
