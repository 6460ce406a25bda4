#include <doctest/doctest.h>

#include <string>

#include "core/service_name.hpp"
#include "unit/services_wrong.hpp"

namespace onit {
namespace {

using namespace services_wrong;

TEST_CASE("an essential oneshot that others wait for is told: it would end them") {
  std::string job = "[services.job]\ncommand='x'\ntype='oneshot'\nessential=true\n";
  std::string told =
      "4:11: essential: 'job' is a oneshot, and others wait for it: everything would end as soon as it is done; leave "
      "'essential' out, since who waits for its success never starts if it fails, or write on_give_up = \"shutdown\" "
      "in "
      "its place\n";
  CHECK(problems(job) == "");
  CHECK(problems(job + "[services.a]\ncommand='x'\ndepends_on=['job']\nprofiles=['p']\n") == "");
  CHECK(problems(job + "[services.a]\ncommand='x'\ndepends_on=['job']\n[services.b]\ncommand='x'\n") == told);
}

TEST_CASE("nobody can wait for the end of an essential service, with which everything ends") {
  std::string web = "[services.web]\ncommand='x'\nessential=true\n[services.a]\ncommand='x'\n";
  std::string told =
      "6:13: depends_on: 'web' is essential, so everything ends with it, and who waits for that never starts; wait for "
      "\"started\" or \"ready\", or leave 'essential' out\n";
  CHECK(problems(web + "depends_on={web='started'}\n") == "");
  CHECK(problems(web + "depends_on={web='completed'}\n") == told);
  CHECK(problems(web + "depends_on={web='exited'}\n") == told);
}

TEST_CASE("services that share a log file agree on what it is") {
  auto two = [](std::string first, std::string second) {
    return problems("[services.a]\ncommand='x'\nlog={file='/l'" + first +
                    "}\n[services.b]\ncommand='x'\nlog={file='/l'" + second + "}\n");
  };
  std::string told =
      "6:5: log: 'a' writes into the same file, '/l', with another format, timestamps, max_size or max_files\n";
  CHECK(two(", on_full='drop', stdout=true", "") == "");
  CHECK(two(", max_size='1MB'", ", max_size='2MB'") == told);
  CHECK(two(", max_files=2", "") == told);
  CHECK(two("", ", format='json'") == told);
  CHECK(problems("[services.a]\ncommand='x'\nlog={max_files=2}\n[services.b]\ncommand='x'\n") == "");
}

TEST_CASE("a connection to where onit listens itself is told to say nothing of the service") {
  auto told = [](std::string listen, std::string look) {
    return problems("[services.a]\ncommand='x'\nready={" + look + "}\n[services.b]\ncommand='x'\nsockets=[{listen='" +
                    listen + "'}]\n");
  };
  std::string vacuous =
      "3:12: ready: onit listens there itself, for the sockets of 'b', so this always succeeds and says nothing; use "
      "http or exec\n";
  constexpr const char* kSame[][2] = {
      {"127.0.0.1:80", "127.0.0.1:80"}, {"0.0.0.0:80", "127.0.0.1:80"}, {"0.0.0.0:80", "localhost:80"},
      {"10.1.2.3:80", "10.1.2.3:80"},   {"[::]:80", "[::1]:80"},        {"[::1]:80", "localhost:80"},
  };
  for (const auto& row : kSame) {
    const auto& [listen, target] = row;
    CAPTURE(row[0]);
    CAPTURE(row[1]);
    CHECK(told(listen, std::string{"tcp='"} + target + "'") == vacuous);
  }
  constexpr const char* kOther[][2] = {
      {"127.0.0.1:80", "127.0.0.1:81"}, {"[::]:80", "127.0.0.1:80"},  {"0.0.0.0:80", "10.1.2.3:80"},
      {"0.0.0.0:80", "db:80"},          {"127.0.0.1:80", "[::1]:80"}, {"/run/127.0.0.1:80", "127.0.0.1:80"},
  };
  for (const auto& row : kOther) {
    const auto& [listen, target] = row;
    CAPTURE(row[0]);
    CAPTURE(row[1]);
    CHECK(told(listen, std::string{"tcp='"} + target + "'") == "");
  }
  CHECK(told("127.0.0.1:80", "http='http://127.0.0.1:80/'") == "");
  CHECK(told("127.0.0.1:80', type='datagram", "tcp='127.0.0.1:80'") == "");
  check({"healthcheck = { tcp = '127.0.0.1:80' }\nsockets = [{ listen = '0.0.0.0:80' }]",
         "3:23: healthcheck: onit listens there itself, for the sockets of 'a', so this always succeeds and says "
         "nothing; use http or exec"});
  CHECK(problems("[services.a]\ncommand='x'\nready={tcp='127.0.0.1:80'}\n[services.b]\ncommand='x'\nprofiles=['p']\n"
                 "sockets=[{listen='127.0.0.1:80'}]\n") == "");
}

TEST_CASE("two services cannot have a socket at one address") {
  auto told = [](std::string first, std::string second, std::string more = {}) {
    return problems("[services.a]\ncommand='x'\nsockets=[{listen='" + first + "'}]\n[services.b]\ncommand='x'\n" +
                    more + "sockets=[{listen='/run/b'},{listen='" + second + "'}]\n");
  };
  CHECK(told("127.0.0.1:80", "127.0.0.1:80") ==
        "6:9: sockets: 'a' has a socket at '127.0.0.1:80' already; only one can be open there\n");
  CHECK(told("/run/s', type='datagram", "/run/s") ==
        "6:9: sockets: 'a' has a socket at '/run/s' already; only one can be open there\n");
  CHECK(told("@s", "@s") == "6:9: sockets: 'a' has a socket at '@s' already; only one can be open there\n");
  CHECK(told("127.0.0.1:80", "127.0.0.1:81") == "");
  CHECK(told("127.0.0.1:80', type='datagram", "127.0.0.1:80") == "");
  CHECK(told("127.0.0.1:80", "127.0.0.1:80", "profiles=['p']\n") == "");
}

TEST_CASE("a condition that can never hold is told, with a remedy") {
  constexpr Wrong kWrong[] = {
      {"depends_on = ['b', 'b']\n[services.b]\ncommand = 'x'\n", "3:20: depends_on: 'b' is there already"},
      {"depends_on = { b = 'service_healthy' }\n[services.b]\ncommand = 'x'\n",
       "3:20: depends_on: 'service_healthy' is none of started, ready, healthy, completed, exited; that is a word of "
       "Compose, here it is 'healthy'"},
      {"depends_on = { b = { condition = 'x' } }\n[services.b]\ncommand = 'x'\n",
       "3:20: depends_on: write the condition itself, such as { db = \"ready\" }"},
      {"depends_on = { b = 'healthy' }\n[services.b]\ncommand = 'x'\n",
       "3:16: depends_on: 'b' has no healthcheck, so it is never healthy; give it one, or wait for \"ready\" or "
       "\"started\""},
      {"depends_on = { b = 'ready' }\n[services.b]\ncommand = 'x'\n",
       "3:16: depends_on: 'b' does not say when it is ready; give it a 'ready', or wait for \"started\""},
      {"depends_on = { b = 'exited' }\n[services.b]\ncommand = 'x'\nrestart = 'always'\n",
       "3:16: depends_on: 'b' is always started again, so it never ends; wait for \"started\" or \"ready\""},
      {"depends_on = { b = 'completed' }\n[services.b]\ncommand = 'x'\nrestart = 'always'\n",
       "3:16: depends_on: 'b' is always started again, so it never ends; wait for \"started\" or \"ready\""},
      {"depends_on = ['b']\n[services.b]\ncommand = 'x'\nprofiles = ['debug']\n",
       "3:15: depends_on: 'b' is left out, since its profile 'debug' is not active"},
      {"depends_on = ['b']\n[services.b]\ncommand = 'x'\nschedule = { cron = '@daily' }\n",
       "3:15: depends_on: 'b' runs by its schedule; nothing can wait for it"},
  };
  for (const Wrong& wrong : kWrong) check(wrong);
}

TEST_CASE("a cycle is drawn where the dependency is that closes it") {
  CHECK(problems("[services.a]\ncommand='x'\ndepends_on=['b']\n[services.b]\ncommand='x'\ndepends_on={c='started'}\n"
                 "[services.c]\ncommand='x'\ndepends_on={a='started'}\n") ==
        "9:13: depends_on: a cycle, none of these can be the first to start: a \u2192 b \u2192 c \u2192 a\n");
  CHECK(problems("[services.a]\ncommand='x'\ndepends_on=['a']\n") ==
        "3:13: depends_on: a cycle, none of these can be the first to start: a \u2192 a\n");
}

TEST_CASE("a long cycle is drawn in part") {
  std::string text;
  for (int i = 0; i < 100; ++i) {
    text +=
        "[services.s" + std::to_string(i) + "]\ncommand='x'\ndepends_on=['s" + std::to_string((i + 1) % 100) + "']\n";
  }
  std::string problem = ServicesText{text}.problem();
  CHECK(problem.find("s19 \u2192 ... \u2192 s0") != problem.npos);
}

TEST_CASE("there is no cycle through a service that is left out") {
  ServicesText text{
      "[services.a]\ncommand='x'\n[services.b]\ncommand='x'\nprofiles=['p']\ndepends_on=['c']\n"
      "[services.c]\ncommand='x'\nprofiles=['p']\ndepends_on=['b']\n"};
  CHECK(text.problem() == "");
  CHECK(text.with_profiles({"p"}).problems().size() == 1);
}

TEST_CASE("one service can have stdin, and the command line's comes before the file's") {
  CHECK(problems("[services.a]\ncommand='x'\nstdin='inherit'\n[services.b]\ncommand='x'\nstdin='inherit'\n") ==
        "6:7: stdin: only one service can inherit it, but 'a' and 'b' do\n");
  ServiceSpec main = command_line_service("main");
  main.launch.inherits_stdin = true;
  CHECK(ServicesText{"[services.a]\ncommand='x'\nstdin='inherit'\n"}.with_more({main}).problem() ==
        "s.toml:3:7: stdin: only one service can inherit it, but 'a' and 'main' do");
}

TEST_CASE("a service of a name that cannot be one is told") {
  std::string rule = std::string{" is not the name of a service; write "} + kServiceNameRule + "\n";
  CHECK(problems("[services.main]\ncommand='x'\n[services.'a b']\ncommand='x'\n[services.-a]\ncommand='x'\n") ==
        "1:11: 'main' is the name of the command of the command line; write another one\n3:11: 'a b'" + rule +
            "5:11: '-a'" + rule);
}

TEST_CASE("exit_code_from names a service that is there") {
  CHECK(problems("[init]\nexit_code_from='wb'\n[services.web]\ncommand='x'\n") ==
        "2:16: exit_code_from: there is no service 'wb'; did you mean 'web'?\n");
  CHECK(
      problems("[init]\nexit_code_from='b'\n[services.a]\ncommand='x'\n[services.b]\ncommand='x'\nprofiles=['p']\n") ==
      "2:16: exit_code_from: 'b' is left out, since its profile 'p' is not active\n");
}

TEST_CASE("a service of the command line cannot be called as one of the file") {
  CHECK(ServicesText{"[services.a]\ncommand='x'\n"}.with_more({command_line_service("a")}).problem() ==
        "command line: service 'a' is there already, at s.toml:1:11");
}

TEST_CASE("there is a limit to how many services one can depend on, be it an array or a table") {
  for (const char* form : {"['a0'", "{ a0 = 'ready'"}) {
    std::string text = std::string{"[services.a]\ncommand='x'\ndepends_on = "} + form;
    bool is_array = form[0] == '[';
    for (std::size_t i = 1; i <= kMostServices; ++i) {
      text += is_array ? ",'a" + std::to_string(i) + "'" : ",a" + std::to_string(i) + "='ready'";
    }
    CHECK(ServicesText{text + (is_array ? "]\n" : "}\n")}.problem() ==
          "s.toml:3:14: depends_on: more than there can be services");
  }
}

}  // namespace
}  // namespace onit
