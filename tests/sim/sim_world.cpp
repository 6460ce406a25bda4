#include "sim/sim_world.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <utility>

#include "core/command.hpp"

namespace onit::sim {
namespace {

constexpr pid_t kOnit = 1;
constexpr int kMostEvents = 5000;

constexpr int kSignals[] = {SIGTERM, SIGTERM, SIGTERM, SIGTERM,  SIGINT,  SIGQUIT, SIGHUP,
                            SIGUSR1, SIGCONT, SIGTSTP, SIGWINCH, SIGCHLD, 37,      64};
constexpr Millis kDurations[] = {Millis{0}, Millis{0}, Millis{1}, Millis{50}, Millis{5000}};

template <class... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

CommandPolicy random_policy(Random& random) {
  CommandPolicy policy;
  policy.forward = random.pick({Target::child, Target::group, Target::group, Target::all});
  policy.stop_signal = random.pick({SIGTERM, SIGTERM, SIGINT, SIGKILL});
  policy.stop_grace_period = random.pick(kDurations);
  policy.on_exit = random.pick({OnExit::stop, OnExit::stop, OnExit::wait, OnExit::wait, OnExit::leave, OnExit::notify});
  policy.kill_after = random.pick(kDurations);
  policy.drain = random.pick(kDurations);
  policy.exit_code_from = random.pick({ExitCodeFrom::main, ExitCodeFrom::first, ExitCodeFrom::max});
  for (int i = random.below(3); i > 0; --i) {
    int from = random.pick(kSignals);
    policy.rewrites.set(from, random.chance(25) ? SignalRewrites::kDrop : random.pick(kSignals));
  }
  for (int i = random.below(3); i > 0; --i)
    policy.exit_code_map.replace(random.pick({0, 1, 3, 137, 143}), random.below(256));
  if (random.chance(20)) policy.stops_self = SignalSet::of(SIGTSTP).with(SIGUSR1);
  if (random.chance(25)) {
    policy.cascade = {.signal = random.pick({SIGTERM, SIGINT, SIGUSR1, SIGKILL}),
                      .target = random.pick({Target::child, Target::group, Target::all}),
                      .every_time = random.chance(30),
                      .spares_success = random.chance(30)};
  }
  policy.commands = random.chance(75) ? 1 : random.below(5);
  if (policy.commands == 0) policy.rewrites = {};  // somebody must be able to end it
  return policy;
}

SimWorld::SimWorld(Random& random, CommandPolicy& policy, Exercised& exercised, bool trace)
    : random_(random),
      policy_(policy),
      is_job_(policy.commands == 1 && random.chance(30)),
      trace_(trace),
      judge_(policy, is_job_, exercised) {
  processes_.reserve(32);
  happenings_.reserve(16);
  last_actions_.reserve(8);
  if (random.chance(2)) turns_too_short_ = 2 * kKillAttempts;
}

void SimWorld::say(const char* what, int number) {
  if (trace_) std::printf("%8lld ms  %s %d\n", static_cast<long long>(now_.time_since_epoch().count()), what, number);
}

/// The commands, and who descends from them: some die soon, some late, some never.
void SimWorld::populate(int commands) {
  int count = commands == 0 ? 0 : commands + random_.below(5);
  for (int i = 0; i < count; ++i) {
    bool is_command = i < commands;
    Process process{};
    process.pid = next_pid_++;
    const Process* parent = is_command ? nullptr : &processes_[static_cast<std::size_t>(random_.below(i))];
    process.parent = is_command ? kOnit : parent->pid;
    process.group = is_command ? process.pid : random_.chance(60) ? parent->group : 0;
    process.temper = random_.chance(65) ? Temper::polite : random_.chance(85) ? Temper::stubborn : Temper::immortal;
    process.ends_with = random_.chance(80) ? exited_with(random_.pick({0, 0, 1, 3, 255})) : killed_by(SIGSEGV);
    if (random_.chance(is_command ? 70 : 40)) process.ends_at = now_ + Millis{random_.below(12'000)};
    if (is_command) unreaped_.push_back(process.pid);
    processes_.push_back(process);
  }
}

bool SimWorld::is_unreaped(pid_t pid) const {
  return std::find(unreaped_.begin(), unreaped_.end(), pid) != unreaped_.end();
}

void SimWorld::schedule_people() {
  for (int i = random_.below(7); i > 0; --i) {
    // Often several at the same moment, and often at a moment that means something.
    Millis when = random_.chance(50) ? random_.pick(kDurations) : Millis{random_.below(12'000)};
    happenings_.push_back({now_ + when, SignalArrived{random_.pick(kSignals)}});
  }
  if (!is_job_) return;
  for (int i = random_.below(4); i > 0; --i) {
    auto holder = random_.pick({TerminalHolder::no_terminal, TerminalHolder::onit, TerminalHolder::command,
                                TerminalHolder::command, TerminalHolder::other});
    happenings_.push_back({now_ + Millis{random_.below(8'000)},
                           CommandStopped{random_.pick({SIGTSTP, SIGTSTP, SIGTTIN, SIGTTOU, SIGSTOP}), holder}});
  }
}

SimWorld::Process* SimWorld::find(pid_t pid) {
  for (Process& process : processes_) {
    if (process.pid == pid) return &process;
  }
  return nullptr;
}

void SimWorld::hit(Process& process, int signal) {
  if (process.dead || process.temper == Temper::immortal) return;
  if (signal == SIGKILL) {
    process.ends_with = killed_by(SIGKILL);
    die(process);
    return;
  }
  bool harmless = signal == SIGCONT || signal == SIGWINCH || signal == SIGCHLD || signal == SIGTSTP;
  if (harmless || process.temper == Temper::stubborn) return;
  process.ends_with = random_.chance(70) ? killed_by(signal) : exited_with(0);
  process.ends_at = earlier(process.ends_at, now_ + Millis{random_.below(200)});
}

/// The dead one's children become ours; the dead one itself is ours to reap only if its parent is.
void SimWorld::die(Process& process) {
  say("ends:", process.pid);
  process.dead = true;
  process.ends_at.reset();
  if (process.parent != kOnit) process.reported = true;
  for (Process& child : processes_) {
    if (child.parent == process.pid) child.parent = kOnit;
  }
}

bool SimWorld::anybody_alive() const {
  return std::any_of(processes_.begin(), processes_.end(), [](const Process& process) { return !process.dead; });
}

/// Whoever is alive may have a child at any moment, also between the look and the signal.
void SimWorld::fork_sometimes() {
  if (processes_.size() >= 24 || !random_.chance(8)) return;
  if (policy_.commands == 0 && random_.chance(50)) adopt();
  if (processes_.empty()) return;
  const Process& parent = processes_[static_cast<std::size_t>(random_.below(static_cast<int>(processes_.size())))];
  if (parent.dead) return;
  Process child = parent;
  child.pid = next_pid_++;
  child.parent = parent.pid;
  if (random_.chance(30)) child.group = 0;
  child.temper = random_.chance(70) ? Temper::polite : Temper::stubborn;
  child.ends_at = random_.chance(50) ? Deadline{now_ + Millis{random_.below(3'000)}} : std::nullopt;
  processes_.push_back(child);
  say("forked:", child.pid);
}

/// In a pause: somebody else's orphan becomes ours.
void SimWorld::adopt() {
  Process process{};
  process.pid = next_pid_++;
  process.parent = kOnit;
  process.temper = random_.chance(65) ? Temper::polite : Temper::stubborn;
  process.ends_with = exited_with(random_.pick({0, 1}));
  if (random_.chance(50)) process.ends_at = now_ + Millis{random_.below(3'000)};
  processes_.push_back(process);
}

void SimWorld::spawn() {
  int commands = policy_.commands;
  int forked = commands > 0 && random_.chance(3) ? random_.below(commands) : commands;
  populate(forked);
  if (forked < commands) {
    looks_ = true;
    queued_.push_back(SpawnFailed{0, 125, commands - forked});
  } else if (commands > 0 && random_.chance(3)) {
    Process& failed = processes_[static_cast<std::size_t>(random_.below(commands))];
    if (commands == 1) processes_.resize(1);
    failed.reported = failed.dead = true;
    failed.ends_at.reset();
    for (Process& child : processes_) {
      if (child.parent == failed.pid) child.parent = kOnit;
    }
    queued_.push_back(SpawnFailed{failed.pid, random_.pick({125, 126, 127})});
  }
}

void SimWorld::perform(const Action& action) {
  last_actions_.push_back(action);
  std::visit(Overloaded{
                 [&](const Spawn&) {
                   schedule_people();
                   spawn();
                 },
                 [&](const SignalCommand& order) {
                   say("command gets signal", order.signal);
                   for (std::size_t i = 0; i < processes_.size(); ++i) {
                     Process& process = processes_[i];
                     bool meant = order.target == Target::all ||
                                  is_unreaped(order.target == Target::group ? process.group : process.pid);
                     if (meant) hit(process, order.signal);
                   }
                 },
                 [&](const SignalRest& order) {
                   say("the rest gets signal", order.signal);
                   for (std::size_t i = 0; i < processes_.size(); ++i) {
                     bool had_it = order.except_group && processes_[i].group == last_group_;
                     if (!had_it) hit(processes_[i], order.signal);
                   }
                   looks_ = true;
                   alive_after_kill_ = anybody_alive();
                   if (order.signal == SIGKILL && !alive_after_kill_) queued_.push_back(OnlyDeadLeft{});
                 },
                 [&](const Reap& order) {
                   say("reaps", order.pid);
                   std::erase(unreaped_, order.pid);
                   last_group_ = order.pid;
                   looks_ = true;
                 },
                 [&](const LendTerminal&) { say("lends the terminal", 0); },
                 [&](const ReclaimTerminal&) { say("takes the terminal back", 0); },
                 [&](const Suspend& order) {
                   say("suspends by", order.signal);
                   if (random_.chance(30)) {
                     queued_.push_back(SuspendRefused{order.signal});
                   } else {
                     now_ += Millis{random_.below(1000)};
                     queued_.push_back(Resumed{});
                   }
                 },
                 [&](const StopSelf&) { say("stops itself", 0); },
                 [&](const Tell& order) { say("tells", static_cast<int>(order.what)); },
             },
             action);
}

std::optional<Event> SimWorld::next_exit() {
  for (Process& process : processes_) {
    if (!process.dead || process.reported) continue;
    process.reported = true;
    looks_ = true;
    if (is_unreaped(process.pid)) return CommandExited{process.pid, process.ends_with};
    return OrphanExited{process.ends_with};
  }
  return std::nullopt;
}

std::optional<Event> SimWorld::next_happening() {
  for (auto it = happenings_.begin(); it != happenings_.end(); ++it) {
    if (it->at > now_) continue;
    Event event = it->event;
    happenings_.erase(it);
    Process* command = unreaped_.empty() ? nullptr : find(unreaped_[0]);
    bool stops_nobody = std::holds_alternative<CommandStopped>(event) && (command == nullptr || command->dead);
    return stops_nobody ? next_happening() : event;
  }
  return std::nullopt;
}

std::optional<Instant> SimWorld::next_change() const {
  std::optional<Instant> soonest;
  for (const Process& process : processes_) {
    if (process.ends_at) soonest = earlier(soonest, *process.ends_at);
  }
  for (const Happening& happening : happenings_) soonest = earlier(soonest, happening.at);
  return soonest;
}

void SimWorld::let_time_pass(Instant until) {
  now_ = std::max(now_, until);
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i].ends_at && *processes_[i].ends_at <= now_) die(processes_[i]);
  }
  fork_sometimes();
}

/// Nothing more would happen, and onit may wait for ever: whoever it waits for comes to an end at last.
void SimWorld::end_somebody() {
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (processes_[i].dead) continue;
    now_ += Millis{60'000};
    die(processes_[i]);
    return;
  }
  if (unreaped_.empty()) happenings_.push_back({now_, SignalArrived{SIGTERM}});  // a pause
}

void SimWorld::close_turn() {
  judge_.see(last_event_, last_actions_, last_event_at_);
  last_actions_.clear();
}

Event SimWorld::tell(Event event) {
  say("event", static_cast<int>(event.index()));
  last_event_ = event;
  last_event_at_ = now_;
  return event;
}

/// There is no way out of run_command() but its own: the one command could not be started. main() looks at the
/// violation before anything else.
Event SimWorld::give_up() {
  policy_.commands = 1;
  return tell(SpawnFailed{0, 255});
}

Event SimWorld::next(Deadline deadline) {
  close_turn();
  if (++events_ > kMostEvents || violation()) {
    return give_up();
  }
  if (!queued_.empty()) {
    Event event = queued_.front();
    queued_.erase(queued_.begin());
    return tell(event);
  }
  for (;;) {
    if (deadline && unreaped_.empty() && turns_too_short_ > 0) {
      --turns_too_short_;
      let_time_pass(*deadline);
      return tell(DeadlinePassed{});
    }
    if (auto event = next_exit()) return tell(*event);
    if (unreaped_.empty() && !anybody_alive() && std::exchange(looks_, false)) return tell(NothingLeft{});
    if (auto event = next_happening()) return tell(*event);
    if (deadline && *deadline <= now_) return tell(DeadlinePassed{});
    judge_.see_wait(deadline, now_);
    if (violation()) return give_up();
    auto change = earlier(next_change(), deadline);
    change ? let_time_pass(*change) : end_somebody();
  }
}

void SimWorld::end(int exit_code) {
  if (violation()) return;
  close_turn();
  bool anything_left = anybody_alive() || std::any_of(processes_.begin(), processes_.end(), [](const Process& process) {
                         return process.dead && !process.reported;
                       });
  judge_.see_end(exit_code, anything_left, alive_after_kill_, now_);
}

}  // namespace onit::sim
