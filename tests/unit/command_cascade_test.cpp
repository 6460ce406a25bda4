#include <doctest/doctest.h>

#include "unit/command_machine.hpp"

namespace onit {
namespace {

using namespace command_machine;

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

}  // namespace
}  // namespace onit
