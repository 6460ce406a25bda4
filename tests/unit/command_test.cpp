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
    if (std::holds_alternative<StopSelf>(action)) return "stop self";
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

// --- Several commands ---------------------------------------------------------------------------------------------

TEST_CASE("several commands are spawned at once, and all but the last only reaped when they end") {
  Machine m({.commands = 3});
  CHECK(m.asked() == Words{"spawn"});
  CHECK(m.tell(CommandExited{7, exited_with(1)}).asked() == Words{"reap 7"});
  CHECK(m.tell(CommandExited{9, exited_with(2)}).asked() == Words{"reap 9"});
  CHECK(m.phase() == Phase::running);
  m.tell(CommandExited{8, exited_with(0)});
  CHECK(m.asked() == Words{"reclaim terminal", "SIGTERM to group", "reap 8", "SIGTERM to rest except group and wake"});
}

TEST_CASE("a signal to several commands is one order, as long as one of them is there") {
  Machine m({.commands = 2, .forward = Target::child});
  CHECK(m.tell(SignalArrived{SIGUSR1}).asked() == Words{"SIGUSR1 to child"});
  m.tell(CommandExited{7, exited_with(0)});
  CHECK(m.tell(SignalArrived{SIGUSR1}).asked() == Words{"SIGUSR1 to child"});
}

TEST_CASE("kill-after goes on when one of several commands has ended") {
  Machine m({.commands = 2, .kill_after = Millis{1000}});
  m.tell(SignalArrived{SIGTERM});
  m.pass(Millis{400});
  m.tell(CommandExited{7, killed_by(SIGTERM)});
  CHECK(m.time_left() == Millis{600});
  CHECK(m.wait().asked() == Words{"tell", "SIGKILL to all"});
}

TEST_CASE("the exit code of several commands is the first that is not 0, the highest, or the last one's") {
  for (auto [from, code] : {std::pair{ExitCodeFrom::first, 2}, {ExitCodeFrom::max, 9}, {ExitCodeFrom::main, 1}}) {
    Machine m({.commands = 4, .on_exit = OnExit::leave, .exit_code_from = from});
    m.tell(CommandExited{5, exited_with(0)}).tell(CommandExited{6, exited_with(2)});
    m.tell(CommandExited{7, exited_with(9)}).tell(CommandExited{8, exited_with(1)});
    CHECK(m.phase() == Phase::done);
    CHECK(m.exit_code() == code);
  }
}

TEST_CASE("one of several commands that cannot be started is one that ended at once") {
  Machine m({.commands = 2, .on_exit = OnExit::leave, .exit_code_from = ExitCodeFrom::first});
  CHECK(m.tell(SpawnFailed{7, 127}).asked() == Words{"reap 7"});
  CHECK(m.phase() == Phase::running);
  m.tell(CommandExited{8, exited_with(3)});
  CHECK(m.exit_code() == 127);
}

TEST_CASE("the last of several commands that cannot be started does not make onit forget the others") {
  Machine m({.commands = 2, .exit_code_from = ExitCodeFrom::first});
  m.tell(CommandExited{7, exited_with(3)}).tell(SpawnFailed{8, 127});
  CHECK(m.asked() == Words{"reclaim terminal", "SIGTERM to group", "reap 8", "SIGTERM to rest except group and wake"});
  CHECK(m.tell(NothingLeft{}).exit_code() == 3);
}

TEST_CASE("without a process for one of several commands those that were to follow are not waited for") {
  Machine m({.commands = 4});
  CHECK(m.tell(SpawnFailed{0, 125, 3}).asked().empty());
  CHECK(m.phase() == Phase::running);
  CHECK(m.tell(CommandExited{7, exited_with(0)}).phase() == Phase::stopping);

  Machine none({.commands = 4, .exit_code_from = ExitCodeFrom::first});
  none.tell(SpawnFailed{0, 125, 4});
  CHECK(none.asked() == Words{"reclaim terminal", "SIGTERM to rest and wake"});
  CHECK(none.tell(NothingLeft{}).exit_code() == 125);
}

TEST_CASE("one of several commands that cannot be started has the others follow, if they have to") {
  Machine m({.commands = 2, .cascade = {.signal = SIGINT}});
  CHECK(m.tell(SpawnFailed{7, 127}).asked() == Words{"reap 7", "tell", "SIGINT to all"});
}

// --- The end of one that the others follow --------------------------------------------------------------------------

TEST_CASE("at the end of any process the others get the cascade's signal, once") {
  Machine m({.on_exit = OnExit::wait, .cascade = {.signal = SIGINT}});
  CHECK(m.tell(OrphanExited{exited_with(0)}).asked() == Words{"tell", "SIGINT to all"});
  CHECK(m.tell(OrphanExited{exited_with(0)}).asked().empty());
  CHECK(m.tell(kExit).asked() == Words{"reclaim terminal", "reap 42"});
  CHECK(m.tell(OrphanExited{exited_with(0)}).asked().empty());
}

TEST_CASE("without a cascade nobody follows anybody") {
  Machine m({.on_exit = OnExit::wait});
  CHECK(m.tell(OrphanExited{exited_with(1)}).asked().empty());
  CHECK(m.tell(kExit).asked() == Words{"reclaim terminal", "reap 42"});
}

TEST_CASE("the command's own end has the rest follow, and wakes who is stopped if it is a request to end") {
  Machine polite({.on_exit = OnExit::wait, .cascade = {.signal = SIGTERM}});
  CHECK(polite.tell(kExit).asked() == Words{"reclaim terminal", "reap 42", "tell", "SIGTERM to rest and wake"});
  Machine other({.on_exit = OnExit::wait, .cascade = {.signal = SIGUSR1}});
  CHECK(other.tell(kExit).asked() == Words{"reclaim terminal", "reap 42", "tell", "SIGUSR1 to rest"});
}

TEST_CASE("a cascade goes to whom it is for, and other signals to whom forward names") {
  for (auto [target, word] : {std::pair{Target::child, "child"}, {Target::group, "group"}, {Target::all, "all"}}) {
    Machine m({.forward = Target::group, .cascade = {.signal = SIGINT, .target = target}});
    CHECK(m.tell(SignalArrived{SIGHUP}).asked() == Words{"SIGHUP to group"});
    CHECK(m.tell(SignalArrived{SIGINT}).asked() == Words{std::string{"SIGINT to "} + word});
  }
}

TEST_CASE("a cascade for every end goes out at every end") {
  Machine m({.commands = 3,
             .on_exit = OnExit::leave,
             .cascade = {.signal = SIGUSR1, .target = Target::child, .every_time = true}});
  CHECK(m.tell(CommandExited{7, exited_with(0)}).asked() == Words{"reap 7", "tell", "SIGUSR1 to child"});
  CHECK(m.tell(OrphanExited{exited_with(0)}).asked() == Words{"tell", "SIGUSR1 to child"});
  CHECK(m.tell(CommandExited{8, exited_with(0)}).asked() == Words{"reap 8", "tell", "SIGUSR1 to child"});
  CHECK(m.tell(CommandExited{9, exited_with(0)}).asked() == Words{"reclaim terminal", "reap 9", "tell"});
  CHECK(m.phase() == Phase::done);
}

TEST_CASE("a cascade starts the clock of kill-after, and a second end does not move it") {
  for (bool every_time : {false, true}) {
    Machine m({.cascade = {.signal = SIGINT, .every_time = every_time}, .kill_after = Millis{1000}});
    m.tell(OrphanExited{exited_with(0)});
    CHECK(m.time_left() == Millis{1000});
    m.pass(Millis{600});
    m.tell(OrphanExited{exited_with(0)});
    CHECK(m.time_left() == Millis{400});
    CHECK(m.wait().asked() == Words{"tell", "SIGKILL to all"});
  }
}

TEST_CASE("a cascade to the rest starts the clock of kill-after, or lets it run") {
  Machine fresh({.on_exit = OnExit::wait, .cascade = {.signal = SIGINT}, .kill_after = Millis{1000}});
  fresh.tell(kExit);
  CHECK(fresh.time_left() == Millis{1000});
  CHECK(fresh.wait().asked() == Words{"tell", "SIGKILL to rest"});

  Machine running({.on_exit = OnExit::wait, .cascade = {.signal = SIGINT}, .kill_after = Millis{1000}});
  running.tell(SignalArrived{SIGTERM});
  running.pass(Millis{600});
  running.tell(kExit);
  CHECK(running.asked() ==
        Words{"reclaim terminal", "reap 42", "SIGTERM to rest except group", "tell", "SIGINT to rest and wake"});
  CHECK(running.time_left() == Millis{400});
}

TEST_CASE("the cascade's signal from outside counts as sent, starts the clock, and another does not") {
  Machine m({.on_exit = OnExit::wait, .cascade = {.signal = SIGINT}, .kill_after = Millis{1000}});
  CHECK(m.tell(SignalArrived{SIGHUP}).asked() == Words{"SIGHUP to group"});
  CHECK_FALSE(m.deadline_in());
  CHECK(m.tell(SignalArrived{SIGINT}).asked() == Words{"SIGINT to all"});
  CHECK(m.time_left() == Millis{1000});
  CHECK(m.tell(OrphanExited{exited_with(0)}).asked().empty());
  CHECK(m.tell(kExit).asked() == Words{"reclaim terminal", "reap 42"});
  CHECK(m.deadline_in());
}

TEST_CASE("the cascade's signal counts as sent also if it came when the command had ended") {
  Machine m({.on_exit = OnExit::wait, .cascade = {.signal = SIGINT, .spares_success = true}});
  m.tell(CommandExited{kPid, exited_with(0)});
  CHECK(m.tell(SignalArrived{SIGINT}).asked() == Words{"SIGINT to rest and wake"});
  CHECK(m.tell(OrphanExited{exited_with(0)}).asked().empty());
}

TEST_CASE("a command that succeeds can be spared, as its orphans are not") {
  CommandPolicy policy{.on_exit = OnExit::wait, .cascade = {.signal = SIGINT, .spares_success = true}};
  Machine spared(policy);
  CHECK(spared.tell(CommandExited{kPid, exited_with(0)}).asked() == Words{"reclaim terminal", "reap 42"});
  CHECK(spared.tell(OrphanExited{exited_with(0)}).asked() == Words{"tell", "SIGINT to rest and wake"});
  Machine failed(policy);
  CHECK(failed.tell(kExit).asked() == Words{"reclaim terminal", "reap 42", "tell", "SIGINT to rest and wake"});
  Machine killed(policy);
  killed.tell(CommandExited{kPid, killed_by(SIGKILL)});
  CHECK(killed.asked() == Words{"reclaim terminal", "reap 42", "tell", "SIGINT to rest and wake"});
}

TEST_CASE("the time of kill-after that has begun goes on when a command that is spared ends") {
  Machine m(
      {.on_exit = OnExit::wait, .cascade = {.signal = SIGINT, .spares_success = true}, .kill_after = Millis{1000}});
  m.tell(SignalArrived{SIGTERM});
  m.pass(Millis{300});
  m.tell(CommandExited{kPid, exited_with(0)});
  CHECK(m.time_left() == Millis{700});
}

TEST_CASE("an end during the drain ends the drain, and what was held back goes out before the cascade") {
  CommandPolicy policy{.cascade = {.signal = SIGINT}, .kill_after = Millis{500}, .drain = Millis{1000}};
  Machine m(policy);
  m.tell(SignalArrived{SIGTERM});
  m.tell(OrphanExited{exited_with(0)});
  CHECK(m.asked() == Words{"tell", "SIGTERM to group", "tell", "SIGINT to all"});
  CHECK(m.time_left() == Millis{500});

  Machine same({.cascade = {.signal = SIGTERM}, .drain = Millis{1000}});
  same.tell(SignalArrived{SIGTERM});
  CHECK(same.tell(OrphanExited{exited_with(0)}).asked() == Words{"tell", "SIGTERM to all"});
}

TEST_CASE("a cascade's signal from outside is held back by the drain") {
  Machine m({.cascade = {.signal = SIGUSR1}, .drain = Millis{1000}});
  CHECK(m.tell(SignalArrived{SIGUSR1}).asked() == Words{"tell"});
  CHECK(m.phase() == Phase::draining);
  CHECK(m.wait().asked() == Words{"tell", "SIGUSR1 to all"});
}

TEST_CASE("who has the stop signal or KILL gets no cascade on top of it") {
  CommandPolicy policy{.cascade = {.signal = SIGINT, .every_time = true}, .kill_after = Millis{1000}};
  Machine stopping(policy);
  stopping.tell(kExit);
  CHECK(stopping.phase() == Phase::stopping);
  CHECK(stopping.tell(OrphanExited{exited_with(0)}).asked().empty());
  stopping.wait();
  CHECK(stopping.phase() == Phase::clearing);
  CHECK(stopping.tell(OrphanExited{exited_with(0)}).asked().empty());
  Machine killing(policy);
  killing.tell(SignalArrived{SIGTERM}).wait();
  CHECK(killing.phase() == Phase::killing);
  CHECK(killing.tell(OrphanExited{exited_with(0)}).asked().empty());
}

TEST_CASE("a signal that arrives while one command of several drains is not lost") {
  Machine m({.commands = 2, .drain = Millis{1000}});
  m.tell(SignalArrived{SIGTERM}).tell(CommandExited{7, exited_with(0)});
  CHECK(m.asked() == Words{"reap 7"});
  CHECK(m.wait().asked() == Words{"tell", "SIGTERM to group"});
}

// --- A drain that another signal ends -------------------------------------------------------------------------------

TEST_CASE("a second terminating signal that is another one ends the drain, and both come through") {
  CommandPolicy policy{.kill_after = Millis{700}, .drain = Millis{1000}};
  policy.rewrites.set(SIGHUP, SIGTERM);
  policy.rewrites.set(SIGTERM, SIGQUIT);
  Machine m(policy);
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.tell(SignalArrived{SIGHUP}).asked() == Words{"tell", "tell", "SIGQUIT to group", "SIGTERM to group"});
  CHECK(m.phase() == Phase::terminating);
  CHECK(m.time_left() == Millis{700});

  Machine cascade({.cascade = {.signal = SIGINT}, .drain = Millis{1000}});
  cascade.tell(SignalArrived{SIGTERM});
  CHECK(cascade.tell(SignalArrived{SIGINT}).asked() == Words{"tell", "SIGTERM to group", "SIGINT to all"});
  CHECK(cascade.tell(OrphanExited{exited_with(0)}).asked().empty());
}

TEST_CASE("after a drain that another signal has ended, who remains gets the one that was held back") {
  Machine m({.on_exit = OnExit::wait, .cascade = {.signal = SIGINT, .spares_success = true}, .drain = Millis{1000}});
  m.tell(SignalArrived{SIGTERM}).tell(SignalArrived{SIGINT});
  CHECK(m.tell(CommandExited{kPid, exited_with(0)}).asked() ==
        Words{"reclaim terminal", "reap 42", "SIGTERM to rest except group"});
}

TEST_CASE("what is held back when the last command ends goes to who remains") {
  Machine m({.on_exit = OnExit::wait, .kill_after = Millis{500}, .drain = Millis{1000}});
  m.tell(SignalArrived{SIGTERM}).tell(kExit);
  CHECK(m.asked() == Words{"reclaim terminal", "reap 42", "SIGTERM to rest and wake"});
  CHECK(m.time_left() == Millis{500});
}

TEST_CASE("a request to end goes to who remains, unless all have had it") {
  for (auto [target, asked] :
       {std::pair{Target::child, "SIGTERM to rest"}, {Target::group, "SIGTERM to rest except group"}}) {
    Machine m({.forward = target, .on_exit = OnExit::wait});
    CHECK(m.tell(SignalArrived{SIGTERM}).tell(kExit).asked() == Words{"reclaim terminal", "reap 42", asked});
  }
  Machine m({.forward = Target::all, .on_exit = OnExit::wait});
  CHECK(m.tell(SignalArrived{SIGTERM}).tell(kExit).asked() == Words{"reclaim terminal", "reap 42"});
}

// --- Without a command ----------------------------------------------------------------------------------------------

TEST_CASE("a pause lasts, whoever comes and goes, and counts them") {
  Machine m({.commands = 0, .exit_code_from = ExitCodeFrom::max});
  CHECK(m.asked() == Words{"spawn"});
  CHECK(m.phase() == Phase::pausing);
  CHECK_FALSE(m.deadline_in());
  CHECK(m.tell(NothingLeft{}).asked().empty());
  CHECK(m.tell(OrphanExited{exited_with(4)}).asked().empty());
  CHECK(m.tell(NothingLeft{}).phase() == Phase::pausing);
  m.tell(SignalArrived{SIGTERM}).tell(NothingLeft{});
  CHECK(m.phase() == Phase::done);
  CHECK(m.exit_code() == 4);
}

TEST_CASE("a pause ends when somebody asks for it, and swallows everything else") {
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    bool ends = signal == SIGHUP || signal == SIGINT || signal == SIGQUIT || signal == SIGTERM;
    Machine m({.commands = 0, .stop_signal = SIGUSR2});
    m.tell(SignalArrived{signal});
    CHECK(m.phase() == (ends ? Phase::stopping : Phase::pausing));
    CHECK(m.asked() == (ends ? Words{"SIGUSR2 to rest and wake"} : Words{}));
  }
}

TEST_CASE("a signal that is dropped does not end a pause") {
  CommandPolicy policy{.commands = 0};
  policy.rewrites.set(SIGHUP, SignalRewrites::kDrop);
  Machine m(policy);
  CHECK(m.tell(SignalArrived{SIGHUP}).phase() == Phase::pausing);
}

TEST_CASE("who is left at the end of a pause has the grace period") {
  Machine m({.commands = 0, .stop_grace_period = Millis{300}});
  m.tell(SignalArrived{SIGTERM});
  CHECK(m.time_left() == Millis{300});
  CHECK(m.tell(OrphanExited{exited_with(1)}).phase() == Phase::stopping);
  CHECK(m.wait().asked() == Words{"tell", "SIGKILL to rest"});
  m.tell(NothingLeft{});
  CHECK(m.phase() == Phase::done);
  CHECK(m.exit_code() == 0);
}

TEST_CASE("a pause that leaves whom it has is done at once") {
  for (OnExit on_exit : {OnExit::leave, OnExit::notify}) {
    Machine m({.commands = 0, .on_exit = on_exit});
    CHECK(m.tell(SignalArrived{SIGINT}).asked() == Words{"tell"});
    CHECK(m.phase() == Phase::done);
    CHECK(m.exit_code() == 0);
  }
}

TEST_CASE("a pause has nobody to follow an end, and stops for nobody") {
  Machine m({.commands = 0, .cascade = {.signal = SIGINT, .every_time = true}, .stops_self = SignalSet::all()});
  CHECK(m.tell(OrphanExited{exited_with(1)}).asked().empty());
  CHECK(m.tell(SignalArrived{SIGTSTP}).asked().empty());
}

// --- Leaving with a word to the others, and stopping with them ------------------------------------------------------

TEST_CASE("notify gives the stop signal to whom forward names while the number is reserved, and is done") {
  for (auto [target, word] : {std::pair{Target::child, "child"}, {Target::group, "group"}, {Target::all, "all"}}) {
    Machine m({.forward = target, .stop_signal = SIGQUIT, .on_exit = OnExit::notify});
    m.tell(kExit);
    CHECK(m.asked() == Words{"reclaim terminal", std::string{"SIGQUIT to "} + word, "reap 42", "tell"});
    CHECK(m.phase() == Phase::done);
    CHECK(m.exit_code() == 3);
  }
}

TEST_CASE("notify with a KILL under way clears up, as every other end does") {
  Machine m({.on_exit = OnExit::notify, .kill_after = Millis{1000}});
  m.tell(SignalArrived{SIGTERM}).wait();
  m.tell(CommandExited{kPid, killed_by(SIGKILL)});
  CHECK(m.asked() == Words{"reclaim terminal", "SIGKILL to group", "reap 42", "SIGKILL to rest"});
}

TEST_CASE("onit stops itself after a signal that says so, as it came and not as it was passed on") {
  CommandPolicy policy{.stops_self = SignalSet::of(SIGTSTP).with(SIGTTIN)};
  policy.rewrites.set(SIGTSTP, SIGSTOP);
  policy.rewrites.set(SIGTTIN, SignalRewrites::kDrop);
  policy.rewrites.set(SIGUSR1, SIGTSTP);
  Machine m(policy);
  CHECK(m.tell(SignalArrived{SIGTSTP}).asked() == Words{"tell", "SIGSTOP to group", "stop self"});
  CHECK(m.tell(SignalArrived{SIGTTIN}).asked() == Words{"tell", "stop self"});
  CHECK(m.tell(SignalArrived{SIGUSR1}).asked() == Words{"tell", "SIGTSTP to group"});
  CHECK(m.tell(SignalArrived{SIGCONT}).asked() == Words{"lend terminal", "SIGCONT to group"});
}

TEST_CASE("onit does not stop itself once the command is gone") {
  Machine m({.stops_self = SignalSet::of(SIGTSTP)});
  m.tell(kExit);
  CHECK(m.tell(SignalArrived{SIGTSTP}).asked() == Words{"SIGTSTP to rest"});
}

}  // namespace onit
