// What the supervisor decides, done.

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>

#include "app/explain.hpp"
#include "app/services_status.hpp"
#include "app/services_world.hpp"
#include "app/source.hpp"
#include "base/signal.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"
#include "os/children.hpp"
#include "os/clock.hpp"
#include "os/pidfd.hpp"
#include "os/terminal.hpp"
#include "os/wall_clock.hpp"

namespace onit {
namespace {

/// Children that onit had before it started anything; what is beyond is taken for its own.
constexpr std::size_t kMostStrangers = 1024;

/// Whether there is a service that is to be stopped.
bool has_others(const Supervisor& supervisor) {
  for (ServiceId id = 0; id < supervisor.count(); ++id) {
    if (supervisor.service(id).is_alive()) return true;
  }
  return false;
}

}  // namespace

ServicesWorld::ServicesWorld(const ServicesSetup& setup, ServicesSpec spec, Reporter& reporter)
    : setup_(setup),
      reporter_(reporter),
      logs_(poller_, reporter),
      prober_(poller_),
      control_(poller_, {next_piece, this}),
      history_(monotonic_now()) {
  for (ServiceSpec& service : spec.services) {
    services_.emplace_back();
    services_.back().spec = std::move(service);
  }
  spec.services.clear();
  spec_ = std::move(spec);
}

Result<void, Complaint> ServicesWorld::open() {
  loop_times_.began_us = wall_now_us();
  auto opened = poller_.open();
  if (opened.ok()) opened = schedules_.open();
  if (!opened.ok()) return complaint_about(opened.error());
  // Only to wake up by: signals are taken by sigtimedwait(2), which says who has sent them.
  sigset_t all;
  std::memset(&all, 0xff, sizeof all);
  signals_ = above_stdio(Fd{::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK)});
  if (!signals_.valid()) return complaint_about(errno_error("signalfd"));
  opened = poller_.watch(signals_.get(), poller_tag(Source::signals), Interest::readable);
  if (opened.ok()) opened = poller_.watch(schedules_.fd(), poller_tag(Source::wall_clock), Interest::readable);
  if (!opened.ok()) return complaint_about(opened.error());
  auto served = open_control();
  if (!served.ok()) return served;

  if (const char* address = find_variable(environ, "NOTIFY_SOCKET")) {
    auto connected = manager_.open(address);
    if (!connected.ok()) {
      std::string text = filled("NOTIFY_SOCKET '%': %", address, std::strerror(connected.error().code));
      reporter_.tell({.what = What::warning, .text = text});
    }
  }
  own_mark_ = filled("%-%", ::getpid(), now().time_since_epoch().count());
  if (::getpid() != 1) {
    strangers_.resize(kMostStrangers);
    strangers_.resize(std::min(list_children(strangers_), strangers_.size()));
  }
  bool is_terminal_wanted =
      std::ranges::any_of(services_, [](const auto& service) { return service.spec.launch.inherits_stdin; });
  if (is_terminal_wanted && own_standing() == Standing::leader) {
    terminal_ = open_controlling_terminal();
    if (terminal_.valid()) release_terminal(terminal_);
  }
  for (ServiceId id = 0; id < services_.size(); ++id) {
    auto defined = define(id);
    if (!defined.ok()) return Complaint{filled("service '%': %", services_[id].spec.name, defined.error().text)};
  }
  return {};
}

/// Gets ready for a service that is new, or has a new definition.
Result<void, Complaint> ServicesWorld::define(ServiceId id) {
  main_pids_.resize(services_.size());
  const ServiceSpec& spec = services_[id].spec;
  logs_.define(id, spec.name, spec.log);
  auto opened = listeners_.define(id, spec.launch.sockets);
  if (!opened.ok()) return opened;
  if (spec.schedule) return schedules_.define(id, *spec.schedule);
  schedules_.remove(id);
  return {};
}

void ServicesWorld::forget(ServiceId id) {
  ServiceRuntime& service = services_[id];
  logs_.finish(id);
  logs_.remove(id);
  listeners_.remove(id);
  schedules_.remove(id);
  prober_.remove(id);
  if (service.notify) poller_.forget(service.notify->fd());
  service = ServiceRuntime{};
}

void ServicesWorld::perform(const ServiceAction& action) {
  std::visit([this](const auto& order) { on(order); }, action);
}

void ServicesWorld::warn(ServiceId id, std::string_view text) const {
  std::string line = filled("service '%': %", services_[id].spec.name, text);
  reporter_.tell({.what = What::warning, .text = line});
}

void ServicesWorld::fail(ServiceId id, const std::string& reason) {
  std::string text = filled("service '%': %", services_[id].spec.name, reason);
  reporter_.failure(text);
  if (!end_) last_failure_ = text;
}

void ServicesWorld::fail_start(ServiceId id, const std::string& reason) {
  services_[id].start_failure = reason;
  fail(id, reason);
}

// --- Signals --------------------------------------------------------------------------------------------------------

void ServicesWorld::on(const SignalService& order) {
  const ServiceRuntime& service = services_[order.service];
  if (order.signal == SIGCONT) {
    // Who runs is not to hear of it.
    auto process = find_process(service.own_main != 0 ? service.own_main : leader_of(service));
    if (!process || !process->stopped()) return;
  }
  auto sent = signal_service(order.service, order.signal);
  // Of a group nobody may be left but a zombie.
  bool is_alive = service.pid != 0 || service.main_watch.valid();
  if (sent.ok() || sent.error().code != EPERM || !is_alive || order.signal == SIGKILL) return;
  warn(order.service, concat(SignalName(order.signal).view(), ": ", std::strerror(EPERM)));
}

pid_t ServicesWorld::leader_of(const ServiceRuntime& service) const {
  return service.pid != 0 ? service.pid : to_reap_;
}

/// A child that has not come to make its group yet gets the signal itself, and acts on it when it executes.
Result<void> ServicesWorld::signal_service(ServiceId id, int signal) {
  const ServiceRuntime& service = services_[id];
  pid_t leader = leader_of(service);
  bool has_group = leader != 0 && leader == service.session;
  bool is_main_in_group = has_group && service.main_watch.valid() && ::getpgid(service.own_main) == leader;
  Result<void> sent;
  if (service.main_watch.valid() && !is_main_in_group) sent = send_signal(service.main_watch, signal);
  if (!has_group || ::kill(-leader, signal) == 0) return sent;
  if (errno != ESRCH || ::kill(leader, signal) != 0) return errno_error("kill");
  return sent;
}

void ServicesWorld::on(const SignalLeftovers& order) {
  ServiceRuntime& service = services_[order.service];
  if (order.signal == SIGKILL && service.group) (void)service.group->kill();
  service.leftover_signal = order.signal;
  service.spares_group = order.except_group;
  looks_for_members_ = true;
}

void ServicesWorld::on(const AwaitEmpty& order) {
  ServiceRuntime& service = services_[order.service];
  service.is_awaited = true;
  service.is_unasked = order.is_unasked;
  // Who is in its group has got the signal, and may be gone, when others are looked for.
  bool has_group = order.is_unasked && leader_of(service) == service.session;
  service.has_left_some = has_group && has_child_alive_in(service.session);
  looks_for_members_ = true;
  take_terminal_back(order.service);
}

void ServicesWorld::on(const SignalStrays& order) {
  stray_signal_ = order.signal;
  looks_for_strays_ = awaits_nothing_left_ = true;
}

/// Its session ended with the command; what Ctrl-C says now is for onit.
void ServicesWorld::take_terminal_back(ServiceId id) {
  if (services_[id].spec.launch.inherits_stdin && terminal_.valid()) take_terminal(terminal_.get());
}

// --- Probes and hooks -----------------------------------------------------------------------------------------------

void ServicesWorld::on(const RunProbe& order) {
  const ServiceSpec& spec = services_[order.service].spec;
  const std::optional<ProbeSpec>& probe = order.kind == ProbeKind::ready ? spec.ready : spec.health;
  if (probe->type != ProbeType::exec) {
    auto outcome = prober_.start(order.service, order.kind, *probe);
    if (outcome) end_probe(order.service, order.kind, *outcome);
    return;
  }
  if (!start_auxiliary(order.service, order.kind, probe->command)) end_probe(order.service, order.kind, false);
}

void ServicesWorld::on(const StopProbe& order) {
  // If the service still goes on, the look has taken too long.
  ServicePhase phase = supervisor_->status(order.service).phase;
  bool is_overdue = phase == ServicePhase::starting || phase == ServicePhase::up;
  prober_.stop(order.service, order.kind, is_overdue);
  if (is_overdue) note_probe(order.service, order.kind, false, "no end within its time");
  give_up(order.service, order.kind);
}

void ServicesWorld::on(const RunPreStop& order) {
  if (!start_auxiliary(order.service, std::nullopt, services_[order.service].spec.launch.pre_stop)) {
    queue(PreStopEnded{order.service});
  }
}

void ServicesWorld::on(const StopPreStop& order) { give_up(order.service, std::nullopt); }

// --- Telling --------------------------------------------------------------------------------------------------------

void ServicesWorld::on(const TellService& order) {
  std::string_view name = services_[order.service].spec.name;
  Millis window = supervisor_->policy(order.service).restart_window;
  NewsText words = words_for(order, NewsNames{name, services_[order.other].spec.name, window});
  words.text += evidence_for(order);
  bool is_over = order.news == ServiceNews::failed;
  tell(words, is_over ? std::optional<ServiceId>{order.service} : std::nullopt);
  const std::string& start_failure = services_[order.service].start_failure;
  // Who reads the log has been told a line before.
  if (order.reason == Reason::start_failed && !start_failure.empty()) add_filled(words.text, " (%)", start_failure);
  record(name, news_name(order.news), words.text);
  if (!control_path_.empty()) history_.add(order.service, supervisor_->status(order.service), now());
  if (order.news == ServiceNews::ready) services_[order.service].start_duration = order.after;
  // What led to either of these was told before.
  bool is_consequence = order.reason == Reason::start_failed || order.reason == Reason::dependency_failed;
  bool is_killed = order.news == ServiceNews::killing;
  if ((is_over || is_killed) && !is_consequence && !end_) last_failure_ = words.text;
  if (is_killed) note_overrun(order);
  if (order.news == ServiceNews::removed) forget(order.service);
}

/// Of an end that was asked for, the first that is too slow tells whose time was over; the others may only have waited
/// for it.
void ServicesWorld::note_overrun(const TellService& news) {
  if (patience_ == Patience::none) return;
  bool is_own = news.reason != Reason::shutdown;
  Millis time = is_own ? supervisor_->policy(news.service).stop_grace_period : spec_.policy.stop_grace_period;
  last_failure_ += overrun_text(services_[news.service].spec.name, is_own ? Patience::own_time : patience_, time);
  patience_ = Patience::none;
}

/// In the log, if anybody wants to read it there.
void ServicesWorld::tell(const NewsText& words, std::optional<ServiceId> failed) {
  if (!reporter_.tells(words.what)) return;
  said_to_have_failed_ = failed;
  reporter_.tell({.what = words.what, .text = words.text});
}

/// In the journal, for those who ask; if nobody can, it takes no memory.
void ServicesWorld::record(std::string_view service, const char* what, std::string_view text) {
  if (!control_path_.empty()) journal_.add(wall_now_us(), service, what, text);
}

/// What a probe has seen last: where it is news, and where it is the reason for good.
std::string ServicesWorld::evidence_for(const TellService& news) const {
  bool has_failed = news.news == ServiceNews::failed;
  bool is_about_health = news.news == ServiceNews::unhealthy || (news.reason == Reason::unhealthy && has_failed);
  bool is_about_readiness = news.reason == Reason::ready_timeout && (news.news == ServiceNews::stopping || has_failed);
  if (!is_about_health && !is_about_readiness) return {};
  std::string_view seen = prober_.evidence(news.service, is_about_health ? ProbeKind::health : ProbeKind::ready);
  return seen.empty() ? std::string{} : filled(" (%)", seen);
}

void ServicesWorld::on(const TellAll& order) {
  std::string_view name;
  if (order.service < services_.size()) name = services_[order.service].spec.name;
  NewsText words = words_for(order, name);
  bool is_end_of_one = order.news == SupervisorNews::essential_ended;
  // With nobody else there to be stopped, what happened to the one says it all.
  if (is_end_of_one && !has_others(*supervisor_)) words.what = What::service_news;
  tell(words, std::nullopt);
  record(is_end_of_one ? name : std::string_view{}, news_name(order.news), words.text);
  switch (order.news) {
    case SupervisorNews::all_ready:
      return tell_manager("READY=1\n", words.text);
    case SupervisorNews::shutting_down:
    case SupervisorNews::hurrying:
    case SupervisorNews::essential_ended:
    case SupervisorNews::nothing_to_run:
      if (is_end_of_one) culprit_ = order.service;
      if (order.news == SupervisorNews::nothing_to_run) culprit_ = worst_failure();
      if (culprit_) why_ = end_text(*culprit_);
      // Unless something has to be killed, that is all that there is to say.
      if (order.news == SupervisorNews::shutting_down) {
        last_failure_ = concat("everything was asked to end by ", requester(order.signal));
        patience_ = Patience::time_of_all;
      } else if (patience_ != Patience::none) {
        patience_ = Patience::of_who_asked;
      }
      if (!end_) end_ = now() + spec_.policy.stop_grace_period;
      return tell_manager("STOPPING=1\n", words.text);
    case SupervisorNews::draining:
    case SupervisorNews::deadline_over:
    case SupervisorNews::unkillable:
      return tell_manager("", words.text);
    case SupervisorNews::leaving:
      return;
  }
}

/// Why everything ends with this service: what happened to it, or to the one that it needs.
std::string ServicesWorld::end_text(ServiceId id) {
  return explain(view(), id, filled("service '%'", services_[id].spec.name));
}

/// The service whose exit code is that of a run in which nothing is left to do: the highest.
std::optional<ServiceId> ServicesWorld::worst_failure() const {
  std::optional<ServiceId> worst;
  // Those of a file that was just read are not the supervisor's yet.
  for (ServiceId id = 0; id < supervisor_->count(); ++id) {
    const ServiceStatus& status = supervisor_->status(id);
    bool is_worse = !worst || status.exit_code > supervisor_->status(*worst).exit_code;
    if (status.outcome != Outcome::stopped && status.exit_code > 0 && is_worse) worst = id;
  }
  return worst;
}

/// What the manager has no room for is kept for the next turns, so that READY is not lost: each state once, and the
/// last status.
void ServicesWorld::tell_manager(std::string_view state, std::string_view status) {
  constexpr std::string_view kStatus = "STATUS=";
  untold_.resize(std::min(untold_.find(kStatus), untold_.size()));
  if (untold_.find(state) == untold_.npos) untold_.append(state);
  untold_.append(kStatus).append(status);
  tell_manager_again();
}

void ServicesWorld::tell_manager_again() {
  if (untold_.empty()) return;
  auto sent = manager_.send(untold_);
  if (sent.ok() || sent.error().code != EAGAIN) untold_.clear();
}

void ServicesWorld::on(const ReopenLogs&) { logs_.reopen_files(); }

void ServicesWorld::on(const PrintStatus&) { reporter_.show(status_table(view())); }

}  // namespace onit
