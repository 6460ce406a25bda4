#include "core/command.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace onit {
namespace {

constexpr pid_t kPid = 42;

/// The state machine with a clock of its own, and what it asked for as words.
class Machine {
 public:
  explicit Machine(CommandPolicy policy = {}) : policy_(policy) { tell(Begin{}); }

  Machine& tell(Event event) {
    Step decided = step(policy_, state_, event, now_);
    state_ = decided.next;
    asked_.clear();
    for (const Action& action : decided.actions) asked_.push_back(words(action));
    return *this;
  }
  /// Lets the deadline come.
  Machine& wait() {
    REQUIRE(state_.deadline);
    now_ = *state_.deadline;
    return tell(DeadlinePassed{});
  }

  Phase phase() const { return state_.phase; }
  int exit_code() const { return state_.exit_code; }
  const std::vector<std::string>& asked() const { return asked_; }
  Deadline deadline_in() const { return state_.deadline; }
  Millis time_left() const { return *state_.deadline - now_; }
  void pass(Millis time) { now_ += time; }

 private:
  static std::string words(const Action& action) {
    if (std::holds_alternative<Spawn>(action)) return "spawn";
    if (const auto* order = std::get_if<SignalCommand>(&action)) {
      const char* targets[] = {"child", "group", "all"};
      return std::string{SignalName(order->signal).view()} + " to " + targets[static_cast<int>(order->target)];
    }
    if (const auto* order = std::get_if<SignalRest>(&action)) {
      return std::string{SignalName(order->signal).view()} + " to rest" + (order->except_group ? " except group" : "") +
             (order->wake ? " and wake" : "");
    }
    if (const auto* order = std::get_if<Reap>(&action)) return "reap " + std::to_string(order->pid);
    if (const auto* order = std::get_if<LendTerminal>(&action)) {
      return order->on_demand ? "lend terminal on demand" : "lend terminal";
    }
    if (std::holds_alternative<ReclaimTerminal>(action)) return "reclaim terminal";
    if (const auto* order = std::get_if<Suspend>(&action)) {
      return "suspend by " + std::string{SignalName(order->signal).view()};
    }
    return "tell";
  }

  CommandPolicy policy_;
  State state_;
  Instant now_{};
  std::vector<std::string> asked_;
};

using Words = std::vector<std::string>;
const CommandExited kExit{kPid, exited_with(3)};

}  // namespace

TEST_CASE("it begins with the command") { CHECK(Machine{}.asked() == Words{"spawn"}); }

TEST_CASE("a command that could not be started is reaped, and onit's own code is the exit code") {
  Machine m;
  m.tell(SpawnFailed{kPid, 127});
  CHECK(m.asked() == Words{"reap 42", "reclaim terminal"});
  CHECK(m.phase() == Phase::done);
  CHECK(m.exit_code() == 127);
}

TEST_CASE("the group gets the stop signal while its number is reserved, then all others, who have left it") {
  Machine m;
  m.tell(kExit);
  CHECK(m.asked() == Words{"reclaim terminal", "SIGTERM to group", "reap 42", "SIGTERM to rest except group and wake"});
  CHECK(m.time_left() == Millis{5000});
}

TEST_CASE("onit is done as soon as nothing is left") {
  Machine m;
  m.tell(kExit).tell(NothingLeft{});
  CHECK(m.phase() == Phase::done);
  CHECK(m.exit_code() == 3);
}

TEST_CASE("what overruns its grace period is killed, again and again, and at last left behind") {
  Machine m;
  m.tell(kExit).wait();
  CHECK(m.asked() == Words{"tell", "SIGKILL to rest"});
  for (int i = 1; i < kKillAttempts; ++i) CHECK(m.wait().asked() == Words{"SIGKILL to rest"});
  m.wait();
  CHECK(m.phase() == Phase::done);
  CHECK(m.exit_code() == 3);
}

TEST_CASE("without a grace period KILL comes at once") {
  Machine m({.stop_grace_period = Millis{0}});
  m.tell(kExit);
  CHECK(m.asked() == Words{"reclaim terminal", "SIGKILL to group", "reap 42", "SIGKILL to rest"});
}

TEST_CASE("leaving reaps the command and is done") {
  Machine m({.on_exit = OnExit::leave});
  m.tell(kExit);
  CHECK(m.asked() == Words{"reclaim terminal", "reap 42", "tell"});
  CHECK(m.phase() == Phase::done);
}

TEST_CASE("waiting has no deadline and stops nobody") {
  Machine m({.on_exit = OnExit::wait});
  m.tell(kExit);
  CHECK(m.asked() == Words{"reclaim terminal", "reap 42"});
  CHECK_FALSE(m.deadline_in());
  m.tell(SignalArrived{SIGUSR1});
  CHECK(m.asked() == Words{"SIGUSR1 to rest"});
}

TEST_CASE("what is stopped is continued to hear that it shall end, and only then") {
  for (int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM}) {
    Machine m({.on_exit = OnExit::wait});
    m.tell(kExit).tell(SignalArrived{signal});
    CHECK(m.asked() == Words{std::string{SignalName(signal).view()} + " to rest and wake"});
  }
  Machine m({.on_exit = OnExit::wait});
  m.tell(kExit).tell(SignalArrived{SIGTSTP});
  CHECK(m.asked() == Words{"SIGTSTP to rest"});
}

TEST_CASE("a TERM while waiting starts the clock of kill-after") {
  Machine m({.on_exit = OnExit::wait, .kill_after = Millis{700}});
  m.tell(kExit).tell(SignalArrived{SIGTERM});
  CHECK(m.time_left() == Millis{700});
  m.pass(Millis{300});
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.time_left() == Millis{400});
  CHECK(m.wait().asked() == Words{"tell", "SIGKILL to rest"});
}

TEST_CASE("kill-after counts from the first TERM, and no later one moves it") {
  Machine m({.kill_after = Millis{1000}});
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.asked() == Words{"SIGTERM to group"});
  m.pass(Millis{600});
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.time_left() == Millis{400});
  CHECK(m.wait().asked() == Words{"tell", "SIGKILL to all"});
}

TEST_CASE("the time that kill-after has left limits the grace of what remains") {
  Machine m({.kill_after = Millis{1000}});
  m.tell(SignalArrived{SIGTERM});
  m.pass(Millis{600});
  m.tell(kExit);
  CHECK(m.time_left() == Millis{400});
}

TEST_CASE("a command that not even KILL ends is left behind as if killed") {
  Machine m({.kill_after = Millis{1000}});
  m.tell(SignalArrived{SIGTERM}).wait();
  for (int i = 0; i < kKillAttempts; ++i) m.wait();
  CHECK(m.phase() == Phase::done);
  CHECK(m.exit_code() == 137);
}

TEST_CASE("a drain holds TERM back, and only TERM") {
  Machine m({.drain = Millis{1000}});
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.asked() == Words{"tell"});
  m.tell(SignalArrived{SIGHUP});
  CHECK(m.asked() == Words{"SIGHUP to group"});
  CHECK(m.time_left() == Millis{1000});
  CHECK(m.wait().asked() == Words{"tell", "SIGTERM to group"});
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.asked() == Words{"SIGTERM to group"});
}

TEST_CASE("a second TERM skips the drain, and one TERM comes through") {
  Machine m({.drain = Millis{1000}});
  m.tell(SignalArrived{SIGTERM}).tell(SignalArrived{SIGTERM});
  CHECK(m.asked() == Words{"tell", "SIGTERM to group"});
  CHECK_FALSE(m.deadline_in());
}

TEST_CASE("a TERM that is rewritten drains as what it becomes") {
  CommandPolicy policy{.drain = Millis{1000}};
  policy.rewrites.set(SIGTERM, SIGQUIT);
  Machine m(policy);
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.wait().asked() == Words{"tell", "SIGQUIT to group"});
}

TEST_CASE("a dropped signal reaches nobody") {
  CommandPolicy policy;
  policy.rewrites.set(SIGHUP, SignalRewrites::kDrop);
  Machine m(policy);
  m.tell(SignalArrived{SIGHUP});
  CHECK(m.asked() == Words{"tell"});
}

TEST_CASE("signals go to whom forward names") {
  for (auto [target, word] : {std::pair{Target::child, "child"}, {Target::group, "group"}, {Target::all, "all"}}) {
    Machine m({.forward = target});
    m.tell(SignalArrived{64});
    CHECK(m.asked() == Words{std::string{"SIGRTMIN+30 to "} + word});
  }
}

TEST_CASE("a command that asks for the terminal gets it and goes on") {
  for (int signal : {SIGTTIN, SIGTTOU}) {
    Machine m;
    m.tell(CommandStopped{signal, TerminalHolder::onit});
    CHECK(m.asked() == Words{"lend terminal on demand", "SIGCONT to group"});
  }
}

TEST_CASE("Ctrl-Z stops onit with its command, and the terminal is the shell's") {
  Machine m;
  m.tell(CommandStopped{SIGTSTP, TerminalHolder::command});
  CHECK(m.asked() == Words{"reclaim terminal", "suspend by SIGTSTP"});
  m.tell(Resumed{});
  CHECK(m.asked() == Words{"lend terminal", "SIGCONT to group"});
}

TEST_CASE("a read in the background stops onit with its command") {
  Machine m;
  m.tell(CommandStopped{SIGTTIN, TerminalHolder::other});
  CHECK(m.asked() == Words{"suspend by SIGTTIN"});
}

TEST_CASE("a stop that no shell could end is undone") {
  Machine m;
  m.tell(CommandStopped{SIGTSTP, TerminalHolder::command}).tell(SuspendRefused{SIGTSTP});
  CHECK(m.asked() == Words{"lend terminal", "SIGCONT to group"});
  m.tell(CommandStopped{SIGTTIN, TerminalHolder::other}).tell(SuspendRefused{SIGTTIN});
  CHECK(m.asked() == Words{"SIGHUP to group", "lend terminal", "SIGCONT to group"});
}

TEST_CASE("without terminal a stop is between the command and who stopped it") {
  Machine m;
  m.tell(CommandStopped{SIGTSTP, TerminalHolder::no_terminal});
  CHECK(m.asked().empty());
  m.tell(CommandStopped{SIGSTOP, TerminalHolder::other});
  CHECK(m.asked().empty());
}

}  // namespace onit
