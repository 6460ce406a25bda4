#include <doctest/doctest.h>

#include <string>

#include "unit/services_wrong.hpp"

namespace onit {
namespace {

using namespace services_wrong;

TEST_CASE("a file without services says nothing") {
  CHECK(problems("") == "1:1: there is no service; write [services.NAME] and, below it, command = \"...\"\n");
  CHECK(problems("[services]\n") == problems(""));
  CHECK(problems("services = 1\n") == "1:12: services: it takes a table; this is a whole number\n");
  CHECK(problems("[services]\na = 1\n") == "2:5: a service is a table; write [services.NAME]\n");
  CHECK(problems("[services.a]\ncommand='x'\nprofiles=['p']\n") ==
        "1:1: no service is left: each belongs to a profile that is not active\n");
  CHECK(ServicesText{""}.with_more({command_line_service("main")}).problem() == "");
}

TEST_CASE("all problems of a file are told at once, in the order of the text") {
  CHECK(
      problems("[init]\nexit_code_from = 'y'\n[services.x]\ncommand = ''\ndepends_on = ['y']\nnice = 20\nfoo = 1\n") ==
      "2:18: exit_code_from: there is no service 'y'; did you mean 'x'?\n"
      "4:11: command: it is empty\n"
      "5:15: depends_on: there is no service 'y'; did you mean 'x'?\n"
      "6:8: nice = '20': write a whole number from -20 to 19\n"
      "7:1: unknown key 'foo'\n");
}

TEST_CASE("where a part of the file cannot be read nothing is missed, but what is wrong is told") {
  CHECK(problems("[services.x]\ncommand = \nrestart_delay = '1x'\ndepends_on = ['y']\n") ==
        "2:11: a value belongs here, not the end of the line\n"
        "3:17: restart_delay = '1x': not a duration; write one such as 250ms, 10s or 1m30s\n");
}

TEST_CASE("there is a limit to how many problems are told, and the first are") {
  std::string text = "[services.a]\ncommand='x'\n";
  for (int i = 0; i < 500; ++i) text += "x" + std::to_string(i) + " = 1\n";
  auto told = ServicesText{text}.problems();
  CHECK(told.size() == 100);
  CHECK(told[0].starts_with("s.toml:3:1: "));
}

TEST_CASE("there is a limit to how many services there can be") {
  std::string text;
  for (std::size_t i = 0; i <= kMostServices; ++i) text += "[services.s" + std::to_string(i) + "]\ncommand='x'\n";
  CHECK(ServicesText{text}.problem() == "s.toml:8193:11: there are more than 4096 services");
}

}  // namespace
}  // namespace onit
