#include "sim/services_world.hpp"

#include <algorithm>
#include <csignal>

namespace onit::sim {

namespace {

constexpr int kMostEvents = 20'000;
constexpr int kTiredAfter = 250;  // events: then somebody asks for the end
constexpr int kMostAtOnce = 500;

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

ServicesWorld::ServicesWorld(Random& random, const Services& services, const Supervisor& supervisor,
                             ServicesExercised& exercised, bool trace, Fail fail, void* context)
    : random_(random),
      services_(services),
      removed_(services.services.size(), false),
      supervisor_(supervisor),
      trace_(trace),
      fail_(fail),
      context_(context),
      is_wild_(random.chance(25)),
      is_late_(random.chance(10)),
      judge_(services.policy, services.services, supervisor, exercised),
      horizon_(Instant{} + Millis{random.pick({1'000, 5'000, 20'000, 60'000})}),
      lives_(services.services.size()) {
  schedule_people();
  show_policies();
}

// --- Processes ------------------------------------------------------------------------------------------------

void ServicesWorld::later(Millis delay, ServiceId id, const ServiceEvent& event) {
  happenings_.push_back({now_ + delay, event, id, lives_[id].run});
}

void ServicesWorld::spawn(ServiceId id) {
  Life& life = lives_[id];
  for (const Process& process : life.others) strays_.push_back(process);
  int run = life.run;
  life = Life{};
  life.run = run + 1;
  life.stage = Stage::forked;
  if (random_.chance(4)) life.start_failure = random_.pick({125, 126, 127});
  if (!random_.chance(1)) life.reports_at = now_ + (random_.chance(90) ? Millis{0} : some_time());
}

void ServicesWorld::execute(ServiceId id) {
  Life& life = lives_[id];
  const ServicePolicy& policy = services_.services[id];
  life.stage = Stage::runs;
  life.reports_at.reset();
  bool is_oneshot = policy.type == ServiceType::oneshot;
  Process& main = life.main;
  int temper = random_.below(100);
  main.temper = temper < 80 ? Temper::polite : temper < 98 ? Temper::stubborn : Temper::immortal;
  main.ends_with = random_.chance(85) ? exited_with(random_.pick({0, 0, 1, 3, 255})) : killed_by(SIGSEGV);
  if (is_oneshot && random_.chance(65)) main.ends_with = exited_with(0);
  if (random_.chance(is_oneshot ? 90 : 40)) main.ends_at = now_ + Millis{1} + some_time();
  for (int i = random_.chance(25) ? random_.below(3) : 0; i > 0; --i) {
    Process other;
    temper = random_.below(100);
    other.temper = temper < 75 ? Temper::polite : temper < 97 ? Temper::stubborn : Temper::immortal;
    other.in_group = random_.chance(60);
    if (random_.chance(30)) other.ends_at = now_ + some_time();
    immortals_ = immortals_ || other.temper == Temper::immortal;
    life.others.push_back(other);
  }
  immortals_ = immortals_ || main.temper == Temper::immortal;
  plan_words(id);
}

/// What the service is going to say.
void ServicesWorld::plan_words(ServiceId id) {
  Life& life = lives_[id];
  const ServicePolicy& policy = services_.services[id];
  if ((policy.ready && !policy.ready->is_probed && random_.chance(85)) || random_.chance(3)) {
    later(some_time(), id, ServiceReady{id});
  }
  if (policy.ready && !policy.ready->is_probed && random_.chance(7)) later(some_time(), id, ServiceNeverReady{id});
  if (random_.chance(8)) later(some_time(), id, ServiceStopping{id});
  if (random_.chance(6)) later(some_time(), id, TimeoutExtended{id, Millis{2'000}});
  if (policy.watchdog > Millis{0}) {
    life.feeds_every = random_.chance(85) ? policy.watchdog / 2 : policy.watchdog;
    later(life.feeds_every, id, WatchdogFed{id});
    if (random_.chance(5)) later(some_time(), id, WatchdogTriggered{id});
    if (random_.chance(5)) {
      later(some_time(), id, WatchdogChanged{id, random_.pick({Millis{0}, Millis{100}, Millis{2'000}})});
    }
  } else if (random_.chance(5)) {
    // It has not been asked to, and is not heard.
    later(some_time(), id, WatchdogTriggered{id});
  }
  life.sick = random_.pick({0, 0, 10, 50, 100});
}

/// Whether it dies at once.
bool ServicesWorld::hit(Process& process, int signal) {
  if (process.temper == Temper::immortal) return false;
  if (signal == SIGKILL) {
    process.ends_with = killed_by(SIGKILL);
    process.ends_at = now_;
    return true;
  }
  bool harmless = signal == SIGCONT || signal == SIGHUP || signal == SIGUSR1 || signal == SIGUSR2 ||
                  signal == SIGWINCH || signal >= 34;
  if (harmless || process.temper == Temper::stubborn) return false;
  process.ends_with = random_.chance(60) ? killed_by(signal) : exited_with(random_.pick({0, 0, 1}));
  process.ends_at = earlier(process.ends_at, now_ + (random_.chance(30) ? Millis{0} : some_time() / 10));
  return false;
}

void ServicesWorld::hit_main(ServiceId id, int signal) {
  Life& life = lives_[id];
  if (life.stage == Stage::runs) hit(life.main, signal);
  if (life.stage == Stage::forked) {
    life.start_failure = 126;
    life.reports_at = now_;
  }
}

void ServicesWorld::hit_all(std::vector<Process>& processes, ServicesWorld& world, int signal, bool only_group) {
  for (Process& process : processes) {
    if (process.in_group || !only_group) world.hit(process, signal);
  }
}

void ServicesWorld::perform(const ServiceAction& action) {
  last_actions_.push_back(action);
  std::visit(Overloaded{
                 [&](const SpawnService& deed) {
                   say("  spawn", deed.service);
                   spawn(deed.service);
                 },
                 [&](const SignalService& deed) {
                   say("  signal to", deed.service, deed.signal);
                   hit_main(deed.service, deed.signal);
                   hit_all(lives_[deed.service].others, *this, deed.signal, true);
                 },
                 [&](const SignalLeftovers& deed) {
                   say("  signal to leftovers of", deed.service, deed.signal);
                   for (Process& process : lives_[deed.service].others) {
                     if (!deed.except_group || !process.in_group) hit(process, deed.signal);
                   }
                 },
                 [&](const AwaitEmpty& deed) {
                   say("  awaits empty", deed.service);
                   lives_[deed.service].awaits_empty = true;
                 },
                 [&](const RunProbe& deed) {
                   say("  look at", deed.service, static_cast<int>(deed.kind));
                   Life& life = lives_[deed.service];
                   Look& look = life.looks[static_cast<std::size_t>(deed.kind)];
                   look.runs = true;
                   look.outcome = random_.chance(life.sick) ? ProbeOutcome::failed
                                  : random_.chance(10)      ? ProbeOutcome::nothing
                                                            : ProbeOutcome::succeeded;
                   look.ends_at.reset();
                   if (random_.chance(93)) look.ends_at = now_ + Millis{random_.chance(80) ? random_.below(40) : 50};
                 },
                 [&](const StopProbe& deed) {
                   say("  end of look at", deed.service, static_cast<int>(deed.kind));
                   lives_[deed.service].looks[static_cast<std::size_t>(deed.kind)] = {};
                 },
                 [&](const RunPreStop& deed) {
                   say("  pre_stop of", deed.service);
                   Life& life = lives_[deed.service];
                   life.pre_stop_runs = true;
                   life.pre_stop_ends_at.reset();
                   if (random_.chance(85)) life.pre_stop_ends_at = now_ + some_time() / 5;
                 },
                 [&](const StopPreStop& deed) {
                   say("  end of pre_stop of", deed.service);
                   lives_[deed.service].pre_stop_runs = false;
                 },
                 [&](const SignalStrays& deed) {
                   say("  signal to strays", strays_.size(), deed.signal);
                   for (ServiceId id = 0; id < lives_.size(); ++id) {
                     for (const Process& process : lives_[id].others) strays_.push_back(process);
                     lives_[id].others.clear();
                     if (lives_[id].stage == Stage::runs) strays_.push_back(lives_[id].main);
                     lives_[id].stage = Stage::none;
                   }
                   if (!awaits_nothing_ && random_.chance(10)) strays_.push_back({});
                   awaits_nothing_ = true;
                   hit_all(strays_, *this, deed.signal, false);
                 },
                 [&](const TellService& deed) {
                   say_news(deed);
                   if (deed.news == ServiceNews::backing_off) ask_in_back_off(deed.service, deed.after);
                 },
                 [&](const TellAll& deed) { say("  tells all", deed.service, static_cast<int>(deed.news)); },
                 [&](const ReopenLogs&) { say("  reopens logs", 0); },
                 [&](const PrintStatus&) { say("  prints", 0); },
                 [&](const ReadDefinitions&) {
                   say("  reads", 0);
                   if (random_.chance(80)) happenings_.push_back({now_, Redefined{nullptr}, 0, 0});
                 },
             },
             action);
}

// --- Time -----------------------------------------------------------------------------------------------------

std::optional<ServiceEvent> ServicesWorld::next_of_service(ServiceId id) {
  Life& life = lives_[id];
  auto is_due = [&](Deadline at) { return at && *at <= now_; };
  if (life.stage == Stage::forked && is_due(life.reports_at)) {
    if (life.start_failure == 0) {
      execute(id);
      return ServiceStarted{id};
    }
    life.stage = Stage::none;
    return ServiceStartFailed{id, life.start_failure};
  }
  std::erase_if(life.others, [&](const Process& process) { return is_due(process.ends_at); });
  if (life.stage == Stage::runs && is_due(life.main.ends_at)) {
    life.stage = Stage::none;
    ++life.run;
    return ServiceExited{id, life.main.ends_with};
  }
  if (life.awaits_empty && life.others.empty()) {
    life.awaits_empty = false;
    return ServiceEmpty{id};
  }
  for (ProbeKind kind : {ProbeKind::ready, ProbeKind::health}) {
    Look& look = life.looks[static_cast<std::size_t>(kind)];
    if (!look.runs || !is_due(look.ends_at)) continue;
    look.runs = false;
    return ProbeEnded{id, kind, look.outcome};
  }
  if (life.pre_stop_runs && is_due(life.pre_stop_ends_at)) {
    life.pre_stop_runs = false;
    return PreStopEnded{id};
  }
  return std::nullopt;
}

std::optional<ServiceEvent> ServicesWorld::next_exit() {
  auto first = is_wild_ ? static_cast<ServiceId>(random_.below(static_cast<int>(lives_.size()))) : 0;
  for (ServiceId i = 0; i < lives_.size(); ++i) {
    if (auto event = next_of_service((first + i) % lives_.size())) return event;
  }
  std::erase_if(strays_, [&](const Process& process) { return process.ends_at && *process.ends_at <= now_; });
  if (awaits_nothing_ && strays_.empty()) {
    awaits_nothing_ = false;
    return NothingLeft{};
  }
  return std::nullopt;
}

std::optional<ServiceEvent> ServicesWorld::next_happening() {
  for (std::size_t i = 0; i < happenings_.size(); ++i) {
    if (happenings_[i].at > now_) continue;
    Happening happening = happenings_[i];
    happenings_.erase(happenings_.begin() + static_cast<std::ptrdiff_t>(i));
    --i;
    if (std::holds_alternative<Redefined>(happening.event)) return Redefined{redefine()};
    if (happening.run == 0) return happening.event;
    Life& life = lives_[happening.service];
    if (life.run != happening.run || life.stage != Stage::runs) continue;
    if (std::holds_alternative<WatchdogFed>(happening.event) && random_.chance(95)) {
      later(life.feeds_every, happening.service, happening.event);
    }
    return happening.event;
  }
  return std::nullopt;
}

std::optional<Instant> ServicesWorld::next_change() const {
  Deadline soonest;
  for (const Life& life : lives_) {
    if (life.stage == Stage::forked) soonest = earlier(soonest, life.reports_at);
    if (life.stage == Stage::runs) soonest = earlier(soonest, life.main.ends_at);
    for (const Process& process : life.others) soonest = earlier(soonest, process.ends_at);
    for (const Look& look : life.looks) {
      if (look.runs) soonest = earlier(soonest, look.ends_at);
    }
    if (life.pre_stop_runs) soonest = earlier(soonest, life.pre_stop_ends_at);
  }
  for (const Process& process : strays_) soonest = earlier(soonest, process.ends_at);
  for (const Happening& happening : happenings_) soonest = earlier(soonest, happening.at);
  return soonest;
}

void ServicesWorld::let_time_pass(Instant until) {
  if (is_late_ && random_.chance(20)) until += Millis{random_.below(20)};
  if (until > now_) standing_still_ = 0;
  now_ = std::max(now_, until);
}

void ServicesWorld::fail_if_violated() {
  if (!judge_.violation()) return;
  fail_(context_, judge_.violation()->first, judge_.violation()->second);
}

void ServicesWorld::close_turn() {
  judge_.see(last_event_, last_actions_, last_event_at_);
  last_actions_.clear();
  fail_if_violated();
}

ServiceEvent ServicesWorld::tell(const ServiceEvent& event) {
  show_event(event);
  last_event_ = event;
  last_event_at_ = now_;
  return event;
}

ServiceEvent ServicesWorld::next(Deadline deadline) {
  close_turn();
  if (++events_ > kMostEvents || ++standing_still_ > kMostAtOnce) {
    fail_(context_, events_ > kMostEvents ? ServiceRule::it_always_ends : ServiceRule::no_busy_loop, "too many events");
  }
  if (events_ == kTiredAfter) horizon_ = now_;
  for (;;) {
    bool is_due = deadline && *deadline <= now_;
    if (is_due && is_wild_ && random_.chance(40)) return tell(DeadlinePassed{});
    if (is_wild_ && random_.chance(40)) {
      if (auto event = next_happening()) return tell(*event);
    }
    if (auto event = next_exit()) return tell(*event);
    if (auto event = next_happening()) return tell(*event);
    if (is_due) return tell(DeadlinePassed{});
    judge_.see_wait(deadline, now_);
    fail_if_violated();
    if (now_ >= horizon_) {
      horizon_ = Instant::max();
      return tell(SignalArrived{random_.chance(70) ? SIGINT : SIGQUIT});
    }
    auto change = earlier(earlier(next_change(), deadline), horizon_);
    if (*change == Instant::max()) {
      fail_(context_, ServiceRule::it_always_ends, "everything has come to rest, and onit waits");
    }
    let_time_pass(*change);
  }
}

void ServicesWorld::end(int exit_code) {
  judge_.see(last_event_, last_actions_, last_event_at_);
  fail_if_violated();
  judge_.see_end(exit_code, immortals_, now_);
  fail_if_violated();
}

}  // namespace onit::sim
