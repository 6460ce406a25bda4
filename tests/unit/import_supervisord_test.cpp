#include "import_text.hpp"

namespace onit {
namespace {

using Strings = std::vector<std::string>;

std::string read(std::string_view text) { return imported(text, ImportFormat::supervisord); }

/// A program with these further lines.
ServiceSpec program(const std::string& lines) {
  auto services =
      services_of("[program:p]\ncommand=c\n" + lines + "\n[program:q]\ncommand=d\n", ImportFormat::supervisord);
  REQUIRE(services.size() == 2);
  return services[0];
}

Strings command(const std::string& text) {
  auto services = services_of("[program:p]\ncommand=" + text + "\n", ImportFormat::supervisord);
  REQUIRE(services.size() == 1);
  return services[0].launch.command;
}

}  // namespace

TEST_CASE("a command is split as supervisord does, and a '$' stays one") {
  CHECK(command("nginx -g \"daemon off;\"") == Strings{"nginx", "-g", "daemon off;"});
  CHECK(command("a \"\\$b `c` $d\" 100%%\n  -e") == Strings{"a", "\\$b `c` $d", "100%", "-e"});
  CHECK(command("%(program_name)s %(ENV_HOST)s x") == Strings{"p", "outside", "x"});
}

TEST_CASE("a shell runs only what needs one") {
  CHECK(command("sh -c \"exec celery -A app\"") == Strings{"celery", "-A", "app"});
  CHECK(command("/bin/sh -c 'a; echo $B $$'") == Strings{"/bin/sh", "-c", "a; echo $B $$"});
  CHECK(command("bash -c 'a b'") == Strings{"bash", "-c", "a b"});
  CHECK(command("sh -c 'exit 0'") == Strings{"/bin/sh", "-c", "exit 0"});
  CHECK(command("sh -c 'A=1 b'") == Strings{"/bin/sh", "-c", "A=1 b"});
}

TEST_CASE("restarts are those of supervisord, whose default is unexpected ends") {
  CHECK(program("").policy.restart == RestartPolicy::on_failure);
  CHECK(program("autorestart=true").policy.restart == RestartPolicy::always);
  CHECK(program("autorestart=false").policy.restart == RestartPolicy::no);
  CHECK(program("autorestart=Yes").policy.restart == RestartPolicy::always);
  CHECK(program("autorestart=no").policy.restart == RestartPolicy::no);
  ServiceSpec some = program("exitcodes=0,2\nstartretries=7");
  CHECK(some.policy.success_exit_codes.test(2));
  CHECK(some.policy.max_restarts == 7);
  CHECK(program("exitcodes = 00 , 003").policy.success_exit_codes.test(3));
  CHECK(program("exitcodes=,\nstartretries=007").policy.max_restarts == 7);
  CHECK(program("startretries=0").policy.max_restarts == 5);  // 0 would be no limit here
}

TEST_CASE("[supervisord] has the defaults of its programs") {
  auto services = services_of(
      "[supervisord]\nuser=root\numask=027\nenvironment=A=\"1\",B=2\n[program:p]\ncommand=c\n"
      "environment=B='x$y',C=\"z, w\"\n",
      ImportFormat::supervisord);
  REQUIRE(services.size() == 1);
  CHECK(services[0].launch.umask == 027);
  CHECK(services[0].launch.user.empty());
  REQUIRE(services[0].launch.environment.size() == 3);
  CHECK(services[0].launch.environment[0].value == "1");
  CHECK(services[0].launch.environment[1].value == "x$y");
  CHECK(services[0].launch.environment[2].value == "z, w");
}

TEST_CASE("files of output are the log, and the console is what is there anyway") {
  LogSpec log =
      program("stdout_logfile=/l/%(program_name)s\nstdout_logfile_maxbytes=5MB\nstdout_logfile_backups=3").log;
  CHECK(log.file == "/l/p");
  CHECK(log.max_size == 5 * 1024 * 1024);
  CHECK(log.max_files == 4);
  CHECK_FALSE(log.to_stdout);
  CHECK(program("stdout_logfile=/dev/stdout\nstdout_logfile_maxbytes=0").log.to_stdout);
  CHECK_FALSE(program("stdout_logfile=NONE\nredirect_stderr=true").log.to_stdout);
  CHECK_FALSE(program("stdout_logfile=off\nredirect_stderr=True").log.to_stdout);
  CHECK(program("stdout_logfile=syslog").log.file.empty());
  CHECK(program("stdout_logfile=NONE").log.to_stdout);  // stderr would be hidden too
}

TEST_CASE("processes of one program are services") {
  auto services = services_of(
      "[program:w]\ncommand=c %(process_num)d\nprocess_name=%(program_name)s-%(process_num)02d\nnumprocs=2\n"
      "numprocs_start=1\n[program:x]\ncommand=y\nnumprocs=2\n",
      ImportFormat::supervisord);
  REQUIRE(services.size() == 4);
  CHECK(services[0].name == "w-01");
  CHECK(services[1].name == "w-02");
  CHECK(services[1].launch.command == Strings{"c", "2"});
  CHECK(services[2].name == "x_0");
}

TEST_CASE("the only program, or those whose end ends supervisord, are essential") {
  auto one = services_of("[program:p]\ncommand=c\n", ImportFormat::supervisord);
  CHECK(one.at(0).policy.essential);
  std::string two = "[program:p]\ncommand=c\n[program:q]\ncommand=d\n[eventlistener:e]\ncommand=kill.sh\nevents=";
  auto exits = services_of(two + "PROCESS_STATE_EXITED,PROCESS_STATE_FATAL\n", ImportFormat::supervisord);
  CHECK(exits.at(0).policy.essential);
  CHECK(exits.at(1).policy.essential);
  auto failures = services_of(two + "PROCESS_STATE_FATAL\n", ImportFormat::supervisord);
  CHECK_FALSE(failures.at(1).policy.essential);
  CHECK(failures.at(1).policy.on_give_up == OnGiveUp::shutdown);
  auto ticks = services_of(two + "TICK_5\n", ImportFormat::supervisord);
  CHECK(ticks.at(1).policy.on_give_up == OnGiveUp::ignore);
}

TEST_CASE("a long grace period makes that of all longer") {
  std::string text = read("[program:p]\ncommand=c\nstopwaitsecs=30\nstopsignal=QUIT\n");
  CHECK(has(text, "[init]\nstop_grace_period = \"30s\""));
  CHECK(has(text, "stop_signal = \"SIGQUIT\""));
}

TEST_CASE("what cannot be meant is told with its place") {
  CHECK(has(read("[program:p]\ncommand=sh -c \"a ; b\"\n"), "f:2:1: command: it is empty, or has a quote"));
  std::string unknown = read("[program:p]\ncommand=a %(what)s\n");
  CHECK(has(unknown, "f:2:1: the expansion 'what' is not known"));
  CHECK_FALSE(has(unknown, "command: it is empty"));
  CHECK(has(read("[program:p]\nuser=a\n[program:q]\ncommand=\n"),
            "f:1:1: 'program:p' has no command\nf:4:1: command: it"));
  CHECK(has(read("[program:p]\ncommand=a\nenvironment=B\n"), "f:3:1: environment: it is written as"));
  CHECK(has(read("[include]\nfiles=*.conf\n"), "f:1:1: there is no [program:NAME]"));
  CHECK(has(read("[program:p]\ncommand=a\nnumprocs=1000\n"), "f:1:1: numprocs"));
  CHECK(has(read("words\n"), "f:1:1: 'KEY = VALUE'"));
  CHECK(has(read("[program:a b]\ncommand=c\n[program:a_b]\ncommand=c\n"), "f:3:1: service 'a_b' is there already"));
}

}  // namespace onit
