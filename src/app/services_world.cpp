#include "app/services_world.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "app/diagnosis.hpp"
#include "app/source.hpp"
#include "base/variable.hpp"
#include "control/notify_message.hpp"
#include "os/children.hpp"
#include "os/clock.hpp"
#include "os/terminal.hpp"

namespace onit {
namespace {

/// How many exits may come before a signal has its turn, and how many signals before all others have theirs: real-time
/// signals queue up, so whoever sends them faster than they are taken could keep onit from all else.
constexpr int kExitBudget = 256;
constexpr int kSignalBudget = 16;

/// When a manager that has too much to read is told again, unless there is another reason to wake up before.
constexpr Millis kTellAgain{1'000};

/// Probes and hooks that may have ended before somebody looks what they have left behind.
constexpr std::size_t kMostRemembered = 64;

}  // namespace

Instant ServicesWorld::now() { return monotonic_now(); }

ServiceEvent ServicesWorld::next(Deadline deadline) {
  // What was decided about the one that has ended is done, and its group has had what it was to get.
  if (to_reap_ != 0 && queued_.empty()) reap_child(std::exchange(to_reap_, 0));
  for (;;) {
    if (auto event = next_queued()) return *event;
    if (to_reap_ != 0) reap_child(std::exchange(to_reap_, 0));
    if (looks_for_exits_) look_for_exits();
    if (!queued_.empty()) continue;
    if (is_look_due()) looks_for_strays_ ? look_for_strays() : look_for_members();
    if (take_signals() || !queued_.empty()) continue;
    if (deadline && *deadline <= now()) return DeadlinePassed{};
    wait_for_news(deadline);
    signals_in_turn_ = 0;
  }
}

std::optional<ServiceEvent> ServicesWorld::next_queued() {
  if (queued_.empty()) return std::nullopt;
  ServiceEvent event = std::move(queued_[told_++]);
  if (told_ == queued_.size()) {
    queued_.clear();
    told_ = 0;
  }
  return event;
}

// --- Exits and signals ----------------------------------------------------------------------------------------------

void ServicesWorld::look_for_exits() {
  if (to_reap_ != 0) return;  // it would be seen again, and be taken for somebody else
  for (int i = 0; i < kExitBudget; ++i) {
    ChildChange change = peek_child();
    if (const auto* ended = std::get_if<ChildEnded>(&change)) {
      if (on_child_ended(ended->pid, ended->status)) return;  // there may be more
    } else if (std::holds_alternative<NoChild>(change) || std::holds_alternative<NoChange>(change)) {
      looks_for_exits_ = false;
      return;
    }
  }
}

/// Returns whether the end of a service's main process is to be decided about before the next one is looked at.
bool ServicesWorld::on_child_ended(pid_t pid, ExitStatus status) {
  auto main = std::ranges::find(main_pids_, pid);
  if (main != main_pids_.end()) {
    // Its last words may have been that another one is the main process.
    on_notify(static_cast<ServiceId>(main - main_pids_.begin()));
    main = std::ranges::find(main_pids_, pid);
  }
  if (main != main_pids_.end()) {
    on_main_ended(static_cast<ServiceId>(main - main_pids_.begin()), status);
    to_reap_ = pid;
    return true;
  }
  auto leader = std::ranges::find(leader_pids_, pid);
  if (leader != leader_pids_.end()) {
    // It has left the work to one that it has started.
    ServiceRuntime& service = services_[static_cast<std::size_t>(leader - leader_pids_.begin())];
    service.pid = *leader = 0;
    service.leader_status = status;
  }
  auto it = std::ranges::find(auxiliaries_, pid, &Auxiliary::pid);
  bool is_orphan = it == auxiliaries_.end();
  if (!is_orphan) on_auxiliary_ended(*it, status);
  reap_child(pid);
  // Those that have ended are remembered for what they may have left behind, until somebody has looked.
  if (auxiliaries_.size() > kMostRemembered) looks_for_members_ = true;
  std::erase(strangers_, pid);
  if (is_orphan) {
    reporter_.tell(status.kind == ExitStatus::Kind::exited
                       ? Fact{.what = What::orphan_exited, .pid = pid, .code = status.value}
                       : Fact{.what = What::orphan_killed, .pid = pid, .signal = status.value});
  }
  looks_for_members_ = looks_for_members_ || std::ranges::any_of(services_, &ServiceRuntime::is_awaited);
  if (awaits_nothing_left_) looks_for_strays_ = true;
  return false;
}

void ServicesWorld::on_main_ended(ServiceId id, ExitStatus status) {
  ServiceRuntime& service = services_[id];
  if (service.start_report.valid()) on_start_report(id);
  service.start_report.reset();
  logs_.finish(id);
  if (service.notify) on_notify(id);
  if (service.readiness) poller_.forget(service.readiness->read_end());
  service.readiness.reset();
  // If it was not the one that onit started, that one is still there, and has to follow.
  if (service.own_main == 0) service.pid = 0;
  service.own_main = main_pids_[id] = 0;
  if (service.main_watch.valid()) poller_.forget(service.main_watch.get());
  service.main_watch.reset();
  if (!service.failure) return queue(ServiceExited{id, status});
  service.session = 0;  // nobody is in it, and its number is free for others
  if (service.group) (void)service.group->remove();
  service.group.reset();
  // The child has said what went wrong, and ended.
  queue(ServiceStartFailed{id, tell_failure(id, *std::exchange(service.failure, std::nullopt))});
}

/// Returns whether there is something to decide.
bool ServicesWorld::take_signals() {
  while (signals_in_turn_ < kSignalBudget) {
    auto signal = wait_signal(Millis{0});
    if (!signal) return false;
    // A SIGCHLD comes behind all pending signals of lower numbers, of which there may always be one more.
    if (++signals_in_turn_ == kSignalBudget) looks_for_exits_ = true;
    if (signal->number == SIGCHLD) {
      looks_for_exits_ = true;
      if (!signal->sent) continue;
    }
    int number = setup_.plan.policy.rewrites(signal->number);
    if (number == SignalRewrites::kDrop) continue;
    // Who runs by now is to be ended as one that runs, with what comes before its stop signal.
    for (ServiceId id = 0; id < services_.size(); ++id) on_start_report(id);
    queue(SignalArrived{number});
    return true;
  }
  return false;
}

// --- Waiting --------------------------------------------------------------------------------------------------------

std::optional<Millis> ServicesWorld::time_to_wait(Deadline deadline) {
  if (looks_for_members_ || looks_for_strays_) deadline = earlier(deadline, next_look_);
  if (looks_for_exits_) return Millis{0};
  deadline = earlier(deadline, control_.deadline());
  if (!untold_.empty()) deadline = earlier(deadline, now() + kTellAgain);
  if (!deadline) return std::nullopt;
  return std::max(Millis{0}, *deadline - now());
}

/// Waits, and measures how long onit was at work since it had waited before.
std::span<const PollerEvent> ServicesWorld::wait_measured(Deadline deadline) {
  std::optional<Millis> time = time_to_wait(deadline);
  if (woken_at_us_ != 0) {
    std::uint64_t busy_us = monotonic_us() - woken_at_us_;
    ++loop_times_.turns;
    loop_times_.busy_us += busy_us;
    loop_times_.longest_us = std::max(loop_times_.longest_us, busy_us);
  }
  std::span<const PollerEvent> events = poller_.wait(time);
  woken_at_us_ = monotonic_us();
  return events;
}

void ServicesWorld::wait_for_news(Deadline deadline) {
  // What has happened in this turn is decided by now.
  answer_calls();
  if (!queued_.empty()) return;
  if (control_.has_followers()) control_.on_happening();
  tell_manager_again();
  std::span<const PollerEvent> events = wait_measured(deadline);
  for (const PollerEvent& event : events) {
    if (source_of(event.tag) == Source::signals) take_signals();
  }
  for (const PollerEvent& event : events) on_news(event);
  if (Deadline due = control_.deadline(); due && *due <= now()) control_.on_deadline(now());
  // Who asks has to be heard in each turn, however much there is to decide; further ones give way.
  for (const PollerEvent& event : events) {
    Source source = source_of(event.tag);
    if (source != Source::control_listener && source != Source::control_client) continue;
    on_control(event);
    if (has_to_decide()) return;
  }
  // Output comes last, and gives way as soon as there is something to decide.
  for (const PollerEvent& event : events) {
    Source source = source_of(event.tag);
    if (source != Source::output && source != Source::sink) continue;
    if (has_to_decide()) return;
    logs_.on_ready(event);
    while (auto id = logs_.next_match()) queue(ServiceReady{*id});
  }
}

void ServicesWorld::on_news(const PollerEvent& event) {
  ServiceId id = service_of(event.tag);
  switch (source_of(event.tag)) {
    case Source::start_report:
      return on_start_report(id);
    case Source::notify:
      return on_notify(id);
    case Source::main_process:
      return on_followed_ended(id);
    case Source::readiness:
      return on_readiness(id);
    case Source::probe:
      if (auto outcome = prober_.on_ready(event)) end_probe(id, static_cast<ProbeKind>(detail_of(event.tag)), *outcome);
      return;
    case Source::wall_clock:
      schedules_.on_ready();
      while (auto due = schedules_.next_due_service()) queue(ScheduleDue{*due});
      return;
    case Source::control_listener:
    case Source::control_client:
    case Source::signals:
    case Source::output:
    case Source::sink:
      return;
  }
}

/// The end of the report without a word: exec has succeeded.
void ServicesWorld::on_start_report(ServiceId id) {
  ServiceRuntime& service = services_[id];
  if (!service.start_report.valid()) return;
  SpawnProgress progress = read_spawn_progress(service.start_report);
  if (progress.state == SpawnProgress::State::unknown) return;
  poller_.forget(service.start_report.get());
  service.start_report.reset();
  if (progress.state == SpawnProgress::State::executed) return queue(ServiceStarted{id});
  service.failure = progress.failure;  // it is told when the process is gone
}

void ServicesWorld::on_readiness(ServiceId id) {
  ServiceRuntime& service = services_[id];
  if (!service.readiness || to_reap_ != 0) return;  // exits first; the pipe will be reported again
  if (service.start_report.valid()) on_start_report(id);
  Readiness news = service.readiness->read();
  if (news == Readiness::not_yet) return;
  // Who has ended has closed it as well, and the end is what counts.
  if (news == Readiness::never) {
    look_for_exits();
    if (!service.readiness) return;
  }
  poller_.forget(service.readiness->read_end());
  service.readiness.reset();
  if (news == Readiness::ready) {
    queue(ServiceReady{id});
  } else {
    queue(ServiceNeverReady{id});
  }
}

}  // namespace onit
