#include "app/services_status.hpp"

#include <algorithm>
#include <tuple>

#include "app/explain.hpp"
#include "app/service_words.hpp"
#include "base/panic.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "log/heading.hpp"

namespace onit {
namespace {

constexpr std::size_t kLineWidth = 80;
/// What is left for the reason at least, and its heading: a long name gives way to it.
constexpr std::size_t kLeastReason = 8;

constexpr std::size_t kColumns = std::tuple_size_v<TableWidths>;
constexpr std::size_t kName = 0;
constexpr std::size_t kState = 1;
constexpr std::size_t kGap = 2;  // between columns
constexpr char kHeadings[kColumns][9] = {"NAME", "STATE", "PID", "FOR", "RESTARTS", "EXIT"};
using Cells = std::array<std::string, kColumns>;

/// How long something has been so, in at most four characters: 59s, 119m, 47h, 365d.
std::string age(Millis duration) {
  struct Unit {
    long seconds;
    long below;
    char text[3];
  };
  static constexpr Unit kUnits[] = {{1, 120, "%s"}, {60, 120, "%m"}, {3600, 48, "%h"}};
  long seconds = static_cast<long>(duration.count() / 1000);
  for (const Unit& unit : kUnits) {
    if (seconds / unit.seconds < unit.below) return filled(unit.text, seconds / unit.seconds);
  }
  return filled("%d", seconds / 86400);
}

std::string exit_word(const ServiceStatus& status) {
  if (!status.last_exit) return "-";
  if (status.last_exit->kind == ExitStatus::Kind::exited) return std::to_string(status.last_exit->value);
  return std::string{SignalName(status.last_exit->value).view()};
}

/// Green for what is well, red for what is not, yellow for what is on its way.
const char* colour_of(const ServicesView& view, ServiceId id) {
  constexpr const char* kGreen = "\x1b[32m";
  constexpr const char* kYellow = "\x1b[33m";
  constexpr const char* kRed = "\x1b[31m";
  const ServiceStatus& status = view.supervisor.status(id);
  bool is_bad = status.health == Health::unhealthy || status.outcome == Outcome::failed;
  if (is_bad) return kRed;
  if (is_as_meant(view, id)) return kGreen;
  return status.phase == ServicePhase::inactive ? "" : kYellow;
}

Cells cells_of(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  const ServiceRuntime& service = view.services[id];
  pid_t pid = service.main_pid();
  return {service.spec.name,
          state_word(view, id),
          pid != 0 ? std::to_string(pid) : "-",
          age(view.now - status.since),
          std::to_string(status.restarts),
          exit_word(status)};
}

void append_cell(std::string& line, std::string_view text, std::size_t width) {
  line.append(text).append(text.size() < width ? width - text.size() : 0, ' ').append(kGap, ' ');
}

/// Cuts what is longer than its room; a character is not cut through.
void fit(std::string& text, std::size_t room) {
  if (text.size() <= room) return;
  std::size_t end = std::max<std::size_t>(room, 3) - 3;
  while (end > 0 && (text[end] & 0xC0) == 0x80) --end;
  text.replace(end, std::string::npos, "...");
}

/// Ends a line, cut to its width.
void append_reason(std::string& line, std::size_t used, std::string reason) {
  fit(reason, kLineWidth - std::min(used, kLineWidth));
  line += reason;
  line.erase(line.find_last_not_of(' ') + 1);
  line += '\n';
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

const char* state_word(const ServicesView& view, ServiceId service) {
  const ServiceStatus& status = view.supervisor.status(service);
  if (status.phase != ServicePhase::up) return phase_name(status);
  if (status.health == Health::unhealthy) return "unhealthy";
  if (view.services[service].is_reloading) return "reloading";
  return status.health == Health::healthy ? "healthy" : "up";
}

std::string brief_reason(const ServicesView& view, ServiceId service) {
  const ServiceStatus& status = view.supervisor.status(service);
  const ServiceRuntime& runtime = view.services[service];
  // Whoever hangs in a write looks as if something else were the matter.
  if (std::string wait = output_wait(view, service); !wait.empty()) return wait;
  switch (status.phase) {
    case ServicePhase::waiting:
      if (status.reason == Reason::schedule) {
        auto next = view.schedules.next_due_time(service);
        return next ? filled("until %", time_text(*next)) : "for ever";
      }
      if (const Dependency* missing = missing_dependency(view, service)) {
        return filled("until % %", view.services[missing->service].spec.name, condition_text(missing->condition));
      }
      return "for one that it needs";
    case ServicePhase::spawning:
    case ServicePhase::starting: {
      std::string_view found = view.prober.evidence(service, ProbeKind::ready);
      return std::string{found.empty() ? std::string_view{runtime.said} : found};
    }
    case ServicePhase::up:
      if (status.health == Health::unhealthy || view.prober.is_hindered(service, ProbeKind::health)) {
        return std::string{view.prober.evidence(service, ProbeKind::health)};
      }
      return runtime.said.empty() ? runtime.complaint : runtime.said;
    case ServicePhase::backing_off:
    case ServicePhase::inactive: {
      bool is_own_end = status.reason == Reason::exited && status.outcome != Outcome::succeeded && status.last_exit;
      if (is_own_end) return exit_text(*status.last_exit);
      if (status.reason == Reason::start_failed && !runtime.start_failure.empty()) return runtime.start_failure;
      break;
    }
    case ServicePhase::pre_stop:
    case ServicePhase::stopping:
    case ServicePhase::killing:
    case ServicePhase::clearing:
    case ServicePhase::gone:
      break;
  }
  return reason_text(status.reason, view.services[status.other].spec.name);
}

TableWidths table_widths(const ServicesView& view, std::optional<ServiceId> service) {
  TableWidths widths{};
  auto widen = [&](std::size_t column, std::size_t size) {
    widths[column] = static_cast<std::uint8_t>(std::max<std::size_t>(widths[column], std::min(size, kMaxNameWidth)));
  };
  for (std::size_t i = 0; i < kColumns; ++i) widen(i, std::string_view{kHeadings[i]}.size());
  for (ServiceId id = 0; id < view.supervisor.count(); ++id) {
    bool counts = service ? id == *service : view.supervisor.status(id).phase != ServicePhase::gone;
    if (!counts) continue;
    Cells cells = cells_of(view, id);
    for (std::size_t i = 0; i < kColumns; ++i) widen(i, cells[i].size());
  }
  std::size_t room = kLineWidth - kLeastReason;
  for (std::size_t i = kName + 1; i < kColumns; ++i) room -= widths[i] + kGap;
  widths[kName] = static_cast<std::uint8_t>(std::min<std::size_t>(widths[kName], room - kGap));
  return widths;
}

std::string table_heading(const TableWidths& widths) {
  std::string line;
  for (std::size_t i = 0; i < kColumns; ++i) append_cell(line, kHeadings[i], widths[i]);
  return line + "REASON\n";
}

std::string table_row(const ServicesView& view, ServiceId service, const TableWidths& widths, bool has_colour) {
  constexpr std::string_view kEndOfColour = "\x1b[0m";
  std::string_view colour = has_colour ? colour_of(view, service) : "";
  Cells cells = cells_of(view, service);
  fit(cells[kName], widths[kName]);
  std::string line;
  for (std::size_t i = 0; i < kColumns; ++i) {
    bool is_coloured = i == kState && !colour.empty();
    if (is_coloured) line += colour;
    append_cell(line, cells[i], widths[i]);
    if (is_coloured) line += kEndOfColour;
  }
  std::size_t unseen = colour.empty() ? 0 : colour.size() + kEndOfColour.size();
  append_reason(line, line.size() - unseen, brief_reason(view, service));
  return line;
}

std::string status_table(const ServicesView& view) {
  TableWidths widths = table_widths(view);
  std::string text = table_heading(widths);
  for (ServiceId id = 0; id < view.supervisor.count(); ++id) {
    if (view.supervisor.status(id).phase != ServicePhase::gone) text += table_row(view, id, widths, false);
  }
  return text;
}

}  // namespace onit
