#include <doctest/doctest.h>

#include "unit/command_machine.hpp"

namespace onit {
namespace {

using namespace command_machine;

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

TEST_CASE("a signal that arrives while one command of several drains is not lost") {
  Machine m({.commands = 2, .drain = Millis{1000}});
  m.tell(SignalArrived{SIGTERM}).tell(CommandExited{7, exited_with(0)});
  CHECK(m.asked() == Words{"reap 7"});
  CHECK(m.wait().asked() == Words{"tell", "SIGTERM to group"});
}

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

}  // namespace
}  // namespace onit
