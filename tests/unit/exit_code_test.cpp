#include "core/exit_code.hpp"

#include <doctest/doctest.h>

#include <csignal>

namespace onit {

TEST_CASE("a killed process has the code that a shell reports") {
  CHECK(killed_by(SIGTERM).code() == 143);
  CHECK(killed_by(64).code() == 192);
  CHECK(exited_with(7).code() == 7);
}

TEST_CASE("main is the command's code whatever the others did") {
  ExitTally tally;
  tally.add_other(exited_with(9));
  tally.add_command(exited_with(3));
  tally.add_other(killed_by(SIGKILL));
  CHECK(tally.code(ExitCodeFrom::main) == 3);
}

TEST_CASE("first is the first code that is not 0, the command's or another's") {
  ExitTally tally;
  tally.add_other(exited_with(0));
  tally.add_other(exited_with(9));
  tally.add_command(exited_with(3));
  CHECK(tally.code(ExitCodeFrom::first) == 9);
}

TEST_CASE("max is the highest code of all") {
  ExitTally tally;
  tally.add_command(exited_with(3));
  tally.add_other(killed_by(SIGKILL));
  tally.add_other(exited_with(1));
  CHECK(tally.code(ExitCodeFrom::max) == 137);
}

TEST_CASE("nothing but zeros is zero") {
  ExitTally tally;
  tally.add_command(exited_with(0));
  for (auto from : {ExitCodeFrom::main, ExitCodeFrom::first, ExitCodeFrom::max}) CHECK(tally.code(from) == 0);
}

TEST_CASE("a mapped code is replaced once, and every other stays") {
  ExitCodeMap map;
  map.replace(143, 0);
  map.replace(0, 255);
  CHECK(map(143) == 0);
  CHECK(map(0) == 255);
  for (int code = 1; code <= 255; ++code) {
    if (code != 143) CHECK(map(code) == code);
  }
}

}  // namespace onit
