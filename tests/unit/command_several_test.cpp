#include <doctest/doctest.h>

#include "unit/command_machine.hpp"

namespace onit {
namespace {

using namespace command_machine;

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

}  // namespace
}  // namespace onit
