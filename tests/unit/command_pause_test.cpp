#include <doctest/doctest.h>

#include "unit/command_machine.hpp"

namespace onit {
namespace {

using namespace command_machine;

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

}  // namespace
}  // namespace onit
