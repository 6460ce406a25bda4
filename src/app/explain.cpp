#include "app/explain.hpp"

#include <algorithm>
#include <csignal>
#include <vector>

#include "app/service_words.hpp"
#include "base/panic.hpp"
#include "base/text.hpp"
#include "core/conditions.hpp"
#include "log/heading.hpp"
#include "log/line_splitter.hpp"

namespace onit {
namespace {

/// Longer chains are cut: nobody reads on.
constexpr std::size_t kLongestChain = 16;

/// A reader that is only slow takes something more often.
constexpr std::chrono::seconds kLeastWait{1};

/// Of those who need a service so many are named.
constexpr std::size_t kMaxNamed = 3;

/// What is shown of the last line that a service has written.
constexpr std::size_t kMaxLastLine = 160;

/// A part of the sentence, behind the name of the service, and about whom it goes on.
struct Clause {
  std::string text;
  std::optional<ServiceId> next{};
};

/// `text` behind `separator`, if there is any.
std::string also(const char* separator, std::string_view text) {
  return text.empty() ? std::string{} : concat(separator, text);
}

std::string time_left(const ServicesView& view, const ServiceStatus& status, const char* pattern) {
  return status.deadline ? filled(pattern, *status.deadline - view.now) : std::string{};
}

/// How long it has been like this: "12 s ago".
std::string time_since(const ServicesView& view, const ServiceStatus& status) {
  Millis age = view.now - status.since;
  return age < std::chrono::seconds{1} ? "just now" : filled("% ago", age);
}

/// How far back the last line is looked for: as much is copied.
constexpr std::size_t kLastLineLook = kMaxLine;

/// The last line that says something.
std::string last_line(const ServicesView& view, ServiceId id) {
  const Tail* tail = view.logs.find_tail(id);
  if (tail == nullptr) return {};
  std::uint64_t begin_of_look = tail->end() - std::min<std::uint64_t>(tail->end() - tail->first(), kLastLineLook);
  std::string lines;
  tail->append_to(lines, begin_of_look, tail->end());
  std::size_t end = lines.find_last_not_of(" \r\n");
  if (end == std::string::npos) return {};
  std::size_t newline = lines.find_last_of('\n', end);
  std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  return quoted(std::string_view{lines}.substr(begin, end + 1 - begin), kMaxLastLine);
}

/// A hint at one that went into the background.
const char* left_behind(const ServiceRuntime& service) {
  return service.has_left_some ? "; it left processes behind, which are ended" : "";
}

/// What went wrong with its last run, as it follows a colon.
std::string mishap(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  const ServiceRuntime& service = view.services[id];
  std::string text;
  switch (status.reason) {
    case Reason::exited: {
      ExitStatus exit = status.last_exit.value_or(ExitStatus{});
      bool was_killed = exit.kind == ExitStatus::Kind::killed;
      bool was_asked = was_killed && exit.value == service.asked_signal;
      text = filled(was_asked                             ? "it %, which onitctl sent"
                    : was_killed && exit.value == SIGKILL ? "it %, as the kernel does when memory is out"
                                                          : "it %",
                    exit_text(exit));
      break;
    }
    case Reason::start_failed:
      text = service.start_failure.empty() ? reason_text(status.reason, {}) : service.start_failure;
      break;
    case Reason::ready_timeout:
      text = reason_text(status.reason, {}) + also(": ", view.prober.evidence(id, ProbeKind::ready));
      break;
    case Reason::unhealthy:
      text = reason_text(status.reason, {}) + also(": ", view.prober.evidence(id, ProbeKind::health));
      break;
    case Reason::none:
    case Reason::asked:
    case Reason::shutdown:
    case Reason::dependency_stops:
    case Reason::dependency_failed:
    case Reason::never_ready:
    case Reason::run_timeout:
    case Reason::watchdog:
    case Reason::redefined:
    case Reason::removed:
    case Reason::schedule:
      text = reason_text(status.reason, view.services[status.other].spec.name);
      break;
  }
  text += also("; it says ", service.complaint) + left_behind(service);
  bool has_written = status.reason != Reason::start_failed;
  return text + also("; its last line: ", has_written ? last_line(view, id) : std::string{});
}

/// "restart 4 of 5 within 1 min", with a limit.
std::string restart_text(const ServicesView& view, ServiceId id) {
  const ServicePolicy& policy = view.supervisor.policy(id);
  int in_window = view.supervisor.service(id).restarts_in_window();
  if (policy.max_restarts == 0) {
    return filled("restart %", view.supervisor.status(id).restarts + 1);
  }
  return filled("restart % of % within %", in_window, policy.max_restarts, policy.restart_window);
}

Clause failure_clause(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  const ServicePolicy& policy = view.supervisor.policy(id);
  if (status.reason == Reason::dependency_failed) {
    return {filled(" cannot start: it needs %", view.services[status.other].spec.name), status.other};
  }
  Clause clause{filled(" has failed: %", mishap(view, id))};
  bool is_in_vain = policy.max_restarts > 0 && view.supervisor.service(id).restarts_in_window() >= policy.max_restarts;
  clause.text += in_vain_text(is_in_vain ? policy.max_restarts : 0, policy.restart_window);
  return clause;
}

Clause rest_clause(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  switch (status.outcome) {
    case Outcome::none:
      return {view.supervisor.is_wanted(id) ? " has not been started yet"
                                            : " has not been started: nobody has asked for it (autostart = false)"};
    case Outcome::succeeded:
      return {filled(" has completed %%", time_since(view, status), left_behind(view.services[id]))};
    case Outcome::stopped:
      if (view.supervisor.is_held(id)) return {filled(" was stopped by hand %", time_since(view, status))};
      return {" has stopped" + also(": ", reason_text(status.reason, view.services[status.other].spec.name))};
    case Outcome::failed:
      return failure_clause(view, id);
  }
  panic("an outcome that nobody can explain");
}

/// What is known of a run of which only the outcome is remembered. It may have failed before it was executed, or for
/// the sake of another service; then how one before it has ended is not what went wrong.
std::string failed_run(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  const std::string& start_failure = view.services[id].start_failure;
  if (!start_failure.empty()) return concat(": ", start_failure);
  bool is_own_end = status.last_exit && status.last_exit->code() == status.exit_code;
  return is_own_end ? filled(": it %", exit_text(*status.last_exit)) : std::string{};
}

/// RFC 3339, to the second.
std::string schedule_text(const ServicesView& view, ServiceId id) {
  auto next = view.schedules.next_due_time(id);
  if (!next) return " is scheduled, but for a time that never comes";
  const ServiceStatus& status = view.supervisor.status(id);
  auto left = std::chrono::duration_cast<Millis>(*next - wall_now());
  std::string text = filled(" is scheduled: it runs next at %, in %", time_text(*next), left);
  if (status.outcome == Outcome::failed) text += concat("; its last run has failed", failed_run(view, id));
  if (status.outcome == Outcome::succeeded) text += "; its last run has completed";
  return text;
}

Clause waiting_clause(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  if (status.reason == Reason::schedule) return {schedule_text(view, id)};
  const Dependency* missing = missing_dependency(view, id);
  if (!missing) return {" is waiting for a service that it needs to be stopped and started again"};
  static constexpr char kConditions[][11] = {"start", "be ready", "be healthy", "complete", "end"};
  return {filled(" is waiting for % to %", view.services[missing->service].spec.name,
                 kConditions[static_cast<std::size_t>(missing->condition)]),
          missing->service};
}

/// What it has to do to be ready, if nobody can look.
std::string awaited_sign(const ServiceSpec& spec) {
  if (!spec.ready) return {};
  switch (spec.ready->type) {
    case ProbeType::log:
      return filled("no line that it has written matches %", quoted(spec.ready->target));
    case ProbeType::notify:
      return "it has not sent READY=1";
    case ProbeType::fd:
      return filled("it has not written a newline to descriptor %", spec.ready->fd);
    case ProbeType::tcp:
    case ProbeType::http:
    case ProbeType::exec:
    case ProbeType::file:
      return "nothing was found yet";
  }
  panic("a probe without sign");
}

Clause starting_clause(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  if (view.supervisor.policy(id).type == ServiceType::oneshot) {
    return {filled(" has been at work for %%", view.now - status.since,
                   time_left(view, status, "; it has % left (timeout)"))};
  }
  std::string found = findings(view, id, ProbeKind::ready);
  if (found.empty()) {
    found = filled("%, for %", awaited_sign(view.services[id].spec), view.now - status.since);
  }
  return {filled(" is starting: %%", found, time_left(view, status, "; it has % left (ready.timeout)"))};
}

/// Whom one waits for that is to end: those who need it end first.
std::string end_awaited(const ServicesView& view, ServiceId id) {
  std::vector<std::string_view> names;
  std::size_t others = 0;
  for (ServiceId user = 0; user < view.supervisor.count(); ++user) {
    bool needs_it = view.supervisor.service(user).is_alive() && needs_up(view.supervisor.policy(user), id);
    if (!needs_it) continue;
    if (names.size() < kMaxNamed) {
      names.push_back(view.services[user].spec.name);
    } else {
      ++others;
    }
  }
  if (names.empty()) return "; it is to end as soon as nobody needs it any more";
  std::string rest = others == 1 ? "1 other" : filled("% others", others);
  if (others > 0) names.push_back(rest);
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    list += concat(i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", names[i]);
  }
  return filled(names.size() == 1 ? "; it is to end as soon as %, which needs it, has ended"
                                  : "; it is to end as soon as %, which need it, have ended",
                list);
}

Clause up_clause(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  Millis age = view.now - status.since;
  std::string text;
  switch (status.health) {
    case Health::unknown:
      text = filled(" has been up for %", age);
      break;
    case Health::healthy:
      text = filled(" has been up for %, and is healthy", age);
      break;
    case Health::unhealthy:
      text = filled(" is unhealthy: %", findings(view, id, ProbeKind::health));
      break;
  }
  bool is_unsaid = status.health != Health::unhealthy && view.prober.is_hindered(id, ProbeKind::health);
  if (is_unsaid) text += also("; ", view.prober.evidence(id, ProbeKind::health));
  if (!view.supervisor.is_settled(id)) text += end_awaited(view, id);
  return {text};
}

Clause stopping_clause(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  std::string why = also(": ", reason_text(status.reason, view.services[status.other].spec.name));
  Millis age = view.now - status.since;
  switch (status.phase) {
    case ServicePhase::pre_stop:
      return {filled(" is about to be stopped%; pre_stop has run for %%", why, age,
                     time_left(view, status, ", and has % left"))};
    case ServicePhase::stopping:
      return {filled(" has been stopping for %%%", age, why,
                     time_left(view, status, "; it is killed if that takes % more"))};
    case ServicePhase::clearing:
      return {filled(" has ended, but some that it had started have not%%", why,
                     time_left(view, status, "; they are killed if that takes % more"))};
    case ServicePhase::killing:
      if (!status.deadline) return {" does not even end of SIGKILL: it hangs in the kernel"};
      return {filled(" took too long to end, and is being killed%", why)};
    case ServicePhase::inactive:
    case ServicePhase::waiting:
    case ServicePhase::spawning:
    case ServicePhase::starting:
    case ServicePhase::up:
    case ServicePhase::backing_off:
    case ServicePhase::gone:
      break;
  }
  panic("a phase that is no end");
}

Clause clause_about(const ServicesView& view, ServiceId id) {
  const ServiceStatus& status = view.supervisor.status(id);
  switch (status.phase) {
    case ServicePhase::inactive:
      return rest_clause(view, id);
    case ServicePhase::waiting:
      return waiting_clause(view, id);
    case ServicePhase::spawning:
      return {" is being started"};
    case ServicePhase::starting:
      return starting_clause(view, id);
    case ServicePhase::up:
      return up_clause(view, id);
    case ServicePhase::pre_stop:
    case ServicePhase::stopping:
    case ServicePhase::killing:
    case ServicePhase::clearing:
      return stopping_clause(view, id);
    case ServicePhase::backing_off:
      return {filled(" is started again in %, %: %", *status.deadline - view.now, restart_text(view, id),
                     mishap(view, id))};
    case ServicePhase::gone:
      return {" is no longer in the file"};
  }
  panic("a phase that nobody can explain");
}

/// What it says of itself as long as it runs, and how much of that nobody has got.
std::string own_words(const ServicesView& view, ServiceId id) {
  const ServiceRuntime& service = view.services[id];
  ServicePhase phase = view.supervisor.status(id).phase;
  if (phase != ServicePhase::starting && phase != ServicePhase::up) return {};
  std::string text = service.is_reloading ? "; it is reloading" : "";
  std::uint64_t dropped = view.logs.counts(id).dropped;
  if (dropped > 0) text += filled("; lines that its log could not take: %", dropped);
  if (!service.said.empty()) text += filled("; it says '%'", service.said);
  return text + also("; it says ", service.complaint);
}

}  // namespace

std::string explain(const ServicesView& view, ServiceId service, std::string_view called) {
  if (called.empty()) called = view.services[service].spec.name;
  std::string text{called.empty() ? "it" : called};  // what is no longer in the file has lost its name
  for (std::size_t depth = 0;; ++depth) {
    if (depth == kLongestChain) return text + " is waiting, and so on";
    Clause clause = clause_about(view, service);
    text += clause.text;
    text += own_words(view, service);
    text += also("; its output waits: ", output_wait(view, service));
    if (!clause.next) return text;
    service = *clause.next;
    text += ", which";
  }
}

std::string output_wait(const ServicesView& view, ServiceId service) {
  auto wait = view.logs.find_wait(service);
  if (!wait || !view.supervisor.service(service).is_alive()) return {};
  Millis duration = view.now - wait->since;
  return duration < kLeastWait ? std::string{} : filled("nobody has read onit's % for %", wait->stream, duration);
}

bool is_as_meant(const ServicesView& view, ServiceId service) {
  const ServiceStatus& status = view.supervisor.status(service);
  switch (status.phase) {
    case ServicePhase::inactive:
      return status.outcome == Outcome::succeeded;
    case ServicePhase::waiting:
      return status.reason == Reason::schedule && status.outcome != Outcome::failed;
    case ServicePhase::up:
      return status.health != Health::unhealthy && view.supervisor.is_settled(service) &&
             !view.prober.is_hindered(service, ProbeKind::health) && output_wait(view, service).empty();
    case ServicePhase::gone:
      return true;
    case ServicePhase::spawning:
    case ServicePhase::starting:
    case ServicePhase::pre_stop:
    case ServicePhase::stopping:
    case ServicePhase::killing:
    case ServicePhase::clearing:
    case ServicePhase::backing_off:
      return false;
  }
  panic("a phase that nobody has meant");
}

std::string findings(const ServicesView& view, ServiceId service, ProbeKind kind) {
  std::string_view evidence = view.prober.evidence(service, kind);
  if (evidence.empty() || view.prober.is_hindered(service, kind)) return std::string{evidence};
  int failures = view.prober.failures(service, kind);
  if (kind == ProbeKind::health)
    return filled(failures == 1 ? "%, % check" : "%, % checks in a row", evidence, failures);
  Millis age = view.now - view.supervisor.status(service).since;
  return filled(failures == 1 ? "%, % try in %" : "%, % tries in %", evidence, failures, age);
}

const Dependency* missing_dependency(const ServicesView& view, ServiceId service) {
  if (view.supervisor.status(service).phase != ServicePhase::waiting) return nullptr;
  for (const Dependency& dependency : view.supervisor.policy(service).depends_on) {
    ServiceId other = dependency.service;
    Prospect prospect = prospect_of(dependency.condition, view.supervisor.policy(other), view.supervisor.status(other));
    if (prospect != Prospect::holds) return &dependency;
  }
  return nullptr;
}

}  // namespace onit
