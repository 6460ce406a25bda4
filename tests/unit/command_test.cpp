#include "core/command.hpp"

#include <doctest/doctest.h>

#include "unit/command_machine.hpp"

namespace onit {
namespace {

using namespace command_machine;

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

}  // namespace
}  // namespace onit
