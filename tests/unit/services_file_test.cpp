#include "config/services_file.hpp"

#include <doctest/doctest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "unit/services_text.hpp"

namespace onit {
namespace {

using Words = std::vector<std::string>;

/// The one service of a file with these lines below its header.
ServiceSpec service_of(std::string lines) {
  ServicesSpec spec = ServicesText{"[services.a]\n" + std::move(lines)}.spec();
  REQUIRE(spec.services.size() == 1);
  return spec.services[0];
}

/// Most keys at once.
constexpr char kExample[] = R"(version = 1
include = ["conf.d/*.toml"]
[init]
stop_grace_period = "9s"
exit_code_from = "web"
control = "/run/onit.sock"
[log]
format = "prefix"
timestamps = false
[services.migrate]
type = "oneshot"
command = ["./migrate", "up"]
timeout = "2m"
[services.db]
command = "postgres -D /data"
user = "postgres"
stop_signal = "SIGINT"
stop_grace_period = "8s"
ready = { tcp = "127.0.0.1:5432", interval = "250ms", timeout = "60s" }
[services.web]
command = ["nginx", "-g", "daemon off;"]
depends_on = { migrate = "completed", db = "ready" }
essential = true
restart = "on-failure"
restart_delay = "100ms"
restart_max_delay = "30s"
restart_reset_after = "10s"
max_restarts = 5
restart_window = "1m"
on_give_up = "shutdown"
success_exit_codes = [0]
environment = { PORT = "8080" }
env_file = [".env"]
secrets = true
working_dir = "/srv"
sockets = [{ listen = "0.0.0.0:80", name = "http" }]
pre_stop = ["./drain"]
healthcheck = { http = "http://127.0.0.1:8080/healthz", interval = "10s", timeout = "2s", retries = 3, start_period = "10s", on_unhealthy = "restart" }
ulimits = { nofile = 65536 }
no_new_privs = true
capabilities = ["NET_BIND_SERVICE"]
umask = "027"
nice = 5
oom_score_adj = 500
log = { file = "/var/log/web.log", max_size = "10MB", max_files = 5, stdout = true }
[services.backup]
command = ["./backup"]
schedule = { cron = "0 2 * * *", timezone = "UTC", overlap = "skip" }
)";

TEST_CASE("a file with most keys at once says what it says") {
  ServicesSpec spec = ServicesText{kExample}.spec();
  CHECK(names(spec) == Words{"migrate", "db", "web", "backup"});
  CHECK(spec.policy.exit_code_from == 2U);
  CHECK(spec.services[1].launch.command == Words{"postgres", "-D", "/data"});
  CHECK(spec.services[1].policy.stop_signal == SIGINT);
  const ServiceSpec& web = spec.services[2];
  CHECK(web.policy.depends_on == std::vector<Dependency>{{0, Condition::completed}, {1, Condition::ready}});
  CHECK(web.policy.restart == RestartPolicy::on_failure);
  CHECK(web.policy.health->on_unhealthy == OnUnhealthy::restart);
  CHECK(web.launch.capabilities == 1ULL << 10);
  CHECK(web.launch.umask == 027U);
  CHECK(web.log.max_size == 10'000'000U);
}

TEST_CASE("four lines make a service, and the rest has its defaults") {
  ServicesSpec spec = ServicesText{"[services.web]\ncommand = ['nginx', '-g', 'daemon off;']\n"}.spec();
  ServiceSpec expected;
  expected.name = "web";
  expected.launch.command = {"nginx", "-g", "daemon off;"};
  REQUIRE(spec.services.size() == 1);
  CHECK(spec.services[0] == expected);
  CHECK(spec.policy == SupervisorPolicy{});
  CHECK(spec.control == "/run/onit.sock");
}

TEST_CASE("a command that is one text is split into words, and then the variables of each word are replaced") {
  CHECK(service_of("command = 'a  \"b c\" $BLANKS'\n").launch.command == Words{"a", "b c", "a b"});
  CHECK(service_of("command = ['a', '${HOST}:$$', '']\n").launch.command == Words{"a", "outside:$", ""});
  CHECK(service_of("command = 'a \"${NONE:-x y}\"'\n").launch.command == Words{"a", "x y"});
}

TEST_CASE("what a shell runs it gets as it is written") {
  ServiceSpec service = service_of("command = 'echo $HOST $$ | cat'\nshell = true\npre_stop = 'sleep $X'\n");
  CHECK(service.launch.command == Words{"/bin/sh", "-c", "echo $HOST $$ | cat"});
  CHECK(service.launch.pre_stop == Words{"/bin/sh", "-c", "sleep $X"});
  CHECK(service.policy.has_pre_stop);
  CHECK(service_of("command = 'x'\nshell = true\npre_stop = ['./drain']\n").launch.pre_stop == Words{"./drain"});
}

TEST_CASE("a number or a boolean may come from a variable") {
  ServiceSpec service = service_of(
      "command = 'x'\nrestart = 'always'\nmax_restarts = '$NUMBER'\nessential = '${YES}'\nnice = '${NUMBER}'\n");
  CHECK(service.policy.max_restarts == 7);
  CHECK(service.policy.essential);
  CHECK(service.launch.nice == 7);
}

TEST_CASE("how a service becomes ready") {
  ServiceSpec probed = service_of("command = 'x'\nready = { tcp = '[::1]:5432', interval = '1s', timeout = '0' }\n");
  CHECK(probed.ready->type == ProbeType::tcp);
  CHECK(probed.ready->target == "[::1]:5432");
  CHECK(probed.policy.ready->is_probed);
  CHECK(probed.policy.ready->interval == Millis{1000});
  CHECK(probed.policy.ready->timeout == Millis{0});

  ServiceSpec notified = service_of("command = 'x'\ntype = 'notify'\n");
  CHECK(notified == service_of("command = 'x'\nready = { notify = true }\n"));
  CHECK(notified.ready->type == ProbeType::notify);
  CHECK(!notified.policy.ready->is_probed);
  CHECK(service_of("command = 'x'\ntype = 'notify'\nready = { timeout = '2m' }\n").policy.ready->timeout ==
        Millis{120'000});

  CHECK(service_of("command = 'x'\nready = { fd = 3 }\n").ready->fd == 3);
  CHECK(service_of("command = 'x'\nready = { log = '^ready' }\n").ready->target == "^ready");
  CHECK(service_of("command = 'x'\nready = { exec = 'a b' }\n").ready->command == Words{"a", "b"});
}

TEST_CASE("how the health of a service is looked at") {
  ServiceSpec service = service_of(
      "command = 'x'\nhealthcheck = { http = 'http://h:1/z', interval = '10s', timeout = '2s', retries = 4, "
      "start_period = '1m', start_interval = '1s', on_unhealthy = 'restart' }\n");
  CHECK(service.health->target == "http://h:1/z");
  CHECK(*service.policy.health ==
        HealthPolicy{Millis{10'000}, Millis{2'000}, Millis{60'000}, Millis{1'000}, 4, OnUnhealthy::restart});
}

TEST_CASE("a service with a schedule is a oneshot") {
  ServiceSpec service = service_of(
      "command = 'x'\nschedule = { cron = '@daily', timezone = 'UTC', overlap = 'replace' }\ntimeout = '1m'\n");
  CHECK(service.policy.type == ServiceType::oneshot);
  CHECK(service.policy.schedule == Overlap::replace);
  CHECK(service.schedule->cron == "@daily");
  CHECK(service.policy.timeout == Millis{60'000});
}

TEST_CASE("giving up shuts everything down if the service is essential, unless said otherwise") {
  CHECK(service_of("command = 'x'\n").policy.on_give_up == OnGiveUp::ignore);
  CHECK(service_of("command = 'x'\nessential = true\n").policy.on_give_up == OnGiveUp::shutdown);
  CHECK(service_of("command = 'x'\nessential = true\non_give_up = 'ignore'\n").policy.on_give_up == OnGiveUp::ignore);
}

TEST_CASE("a first delay above the usual highest one raises that") {
  CHECK(service_of("command = 'x'\nrestart = 'always'\nrestart_delay = '1m'\n").policy.restart_max_delay ==
        Millis{60'000});
}

TEST_CASE("limits are numbers, pairs or tables") {
  ServiceSpec service = service_of(
      "command = 'x'\nulimits = { nofile = 10, core = 'unlimited', nproc = '1:2', stack = { soft = 3, hard = "
      "'unlimited' } }\n");
  CHECK(service.launch.ulimits == std::vector<Ulimit>{{RLIMIT_NOFILE, 10, 10},
                                                      {RLIMIT_CORE, kUnlimited, kUnlimited},
                                                      {RLIMIT_NPROC, 1, 2},
                                                      {RLIMIT_STACK, 3, kUnlimited}});
}

TEST_CASE("capabilities have names in any case, with and without their prefix") {
  ServiceSpec service = service_of("command = 'x'\ncapabilities = ['CAP_CHOWN', 'kill', 'checkpoint_restore']\n");
  CHECK(service.launch.capabilities == (1ULL | 1ULL << 5 | 1ULL << 40));
  CHECK(service_of("command = 'x'\ncapabilities = []\n").launch.capabilities == 0ULL);
  CHECK(!service_of("command = 'x'\n").launch.capabilities);
}

TEST_CASE("the environment has texts, numbers and booleans, in their order") {
  ServiceSpec service = service_of("command = 'x'\nenvironment = { B = '${HOST}', A = 8080, 'c.d' = true }\n");
  CHECK(service.launch.environment == std::vector<VariableSpec>{{"B", "outside"}, {"A", "8080"}, {"c.d", "true"}});
}

TEST_CASE("users and groups are names or numbers") {
  ServiceSpec service = service_of("command = 'x'\nuser = 1000\ngroup_add = ['audio', 44]\n");
  CHECK(service.launch.user == "1000");
  CHECK(service.launch.group_add == Words{"audio", "44"});
}

TEST_CASE("sizes and CPUs") {
  ServiceSpec service = service_of("command = 'x'\ncgroup = { memory_max = '256MB', cpu_max = 1.5, pids_max = 100 }\n");
  CHECK(service.launch.control_group == ControlGroupSpec{256'000'000, 1500, 100});
  CHECK(service_of("command = 'x'\ncgroup = { cpu_max = '0.25' }\n").launch.control_group.cpu_max == 250U);
  CHECK(service_of("command = 'x'\ncgroup = { cpu_max = 2 }\n").launch.control_group.cpu_max == 2000U);
  struct Row {
    const char* written;
    std::optional<std::uint32_t> thousandths;
  };
  for (const Row& row : {Row{"+1_0.5", 10500}, Row{"15e-1", 1500}, Row{"0.125E+2", 12500}, Row{"0.0014999", 1},
                         Row{"0.0015", 2}, Row{"0.001", 1}, Row{"1e6", 1'000'000'000}}) {
    CAPTURE(row.written);
    std::string text = "command = 'x'\ncgroup = { cpu_max = " + std::string{row.written} + " }\n";
    CHECK(service_of(text).launch.control_group.cpu_max == row.thousandths);
  }
  CHECK(service_of("command = 'x'\ncgroup = { memory_max = '1GiB' }\n").launch.control_group.memory_max == 1ULL << 30);
}

TEST_CASE("sockets are named after their service unless they have a name") {
  ServiceSpec service = service_of(
      "command = 'x'\nsockets = [{ listen = '0.0.0.0:80', name = 'http' }, { listen = '[::]:53', type = 'datagram' }, "
      "{ listen = '/run/a.sock', mode = '0660', owner = 'www', backlog = 5 }]\n");
  REQUIRE(service.launch.sockets.size() == 3);
  CHECK(service.launch.sockets[0].name == "http");
  CHECK(service.launch.sockets[1].kind == SocketSpec::Kind::datagram);
  CHECK(service.launch.sockets[2] == SocketSpec{"/run/a.sock", "a", SocketSpec::Kind::stream, 0660U, "www", 5});
}

TEST_CASE("output goes to stdout unless there is a file, or as it is said; [log] has the defaults") {
  CHECK(service_of("command = 'x'\n").log.to_stdout);
  CHECK(!service_of("command = 'x'\nlog = { file = '/l' }\n").log.to_stdout);
  CHECK(service_of("command = 'x'\nlog = { stdout = true, file = '/l' }\n").log.to_stdout);
  ServicesSpec spec =
      ServicesText{
          "[services.a]\ncommand='x'\nlog = { timestamps = false }\n[services.b]\ncommand='x'\n"
          "[log]\nformat = 'json'\ntimestamps = true\n"}
          .spec();
  CHECK(spec.services[0].log.format == LogStyle::json);
  CHECK(!spec.services[0].log.timestamps);
  CHECK(spec.services[1].log.timestamps);
}

TEST_CASE("onit's own messages are JSON if the file's [log] is, and not if only that of a service is") {
  auto format_of = [](std::string log) {
    return ServicesText{"[services.a]\ncommand='x'\n" + log}.spec().message_format;
  };
  CHECK(format_of("") == LogFormat::text);
  CHECK(format_of("log = { format = 'json' }\n") == LogFormat::text);
  CHECK(format_of("[log]\nformat = 'raw'\n") == LogFormat::text);
  CHECK(format_of("[log]\nformat = 'json'\n") == LogFormat::json);
}

TEST_CASE("a dependency without a condition means what the other service is") {
  ServicesSpec spec =
      ServicesText{
          "[services.a]\ncommand='x'\ndepends_on=['p','o','r']\n[services.p]\ncommand='x'\n"
          "[services.o]\ncommand='x'\ntype='oneshot'\n[services.r]\ncommand='x'\ntype='notify'\n"}
          .spec();
  CHECK(spec.services[0].policy.depends_on ==
        std::vector<Dependency>{{1, Condition::started}, {2, Condition::completed}, {3, Condition::ready}});
}

TEST_CASE("a oneshot is ready when it has completed") {
  ServicesSpec spec =
      ServicesText{
          "[services.a]\ncommand='x'\ndepends_on={o='ready'}\n[services.o]\ncommand='x'\n"
          "type='oneshot'\n"}
          .spec();
  CHECK(spec.services[0].policy.depends_on == std::vector<Dependency>{{1, Condition::completed}});
}

TEST_CASE("services whose profile is not active are left out, and the others are counted without them") {
  ServicesText text{
      "[init]\nexit_code_from='c'\n[services.a]\ncommand='x'\nprofiles=['debug', 'test']\n"
      "[services.b]\ncommand='x'\n[services.c]\ncommand='x'\ndepends_on=['b']\n"};
  ServicesSpec without = text.spec();
  CHECK(names(without) == Words{"b", "c"});
  CHECK(without.services[1].policy.depends_on[0].service == 0);
  CHECK(without.policy.exit_code_from == 1U);
  ServicesSpec with = text.with_profiles({"test"}).spec();
  CHECK(names(with) == Words{"a", "b", "c"});
  CHECK(with.policy.exit_code_from == 2U);
}

TEST_CASE("services of the command line come last, and the file can name them") {
  ServiceSpec helper = command_line_service("helper");
  helper.policy.depends_on = {{1, Condition::started}};
  ServicesSpec spec = ServicesText{"[init]\nexit_code_from='main'\n[services.a]\ncommand='x'\ndepends_on=['main']\n"}
                          .with_more({helper, command_line_service("main")})
                          .spec();
  CHECK(names(spec) == Words{"a", "helper", "main"});
  CHECK(spec.services[0].policy.depends_on == std::vector<Dependency>{{2, Condition::started}});
  CHECK(spec.services[1].policy.depends_on == std::vector<Dependency>{{2, Condition::started}});
  CHECK(spec.policy.exit_code_from == 2U);
  CHECK(spec.policy.main == 2U);
}

TEST_CASE("without a file there are only the services of the command line") {
  ServicesText none{std::vector<TestFile>{}};
  CHECK(names(none.with_more({command_line_service("main")}).spec()) == Words{"main"});
}

TEST_CASE("a version that this onit does not know is an error") {
  CHECK(ServicesText{"version = 2\n[services.a]\ncommand='x'\n"}.problem() ==
        "s.toml:1:11: version: this onit reads version 1");
}

TEST_CASE("a variable that is not set and has no default is a warning, once for each place, and no problem") {
  auto warnings = [](const std::string& command) {
    ServicesRead read = ServicesText{"[services.a]\ncommand = " + command + "\n"}.read();
    CHECK(read.problems.empty());
    return read.warnings;
  };
  CHECK(warnings("['sh', '-c', 'echo n=$i ${j}']") ==
        Words{"s.toml:2:24: command: $i is not set, so nothing is in its place; write $$i to keep the dollar, or "
              "${NAME:-} if it may be empty",
              "s.toml:2:24: command: ${j} is not set, so nothing is in its place; write $${j} to keep the dollar, or "
              "${NAME:-} if it may be empty"});
  CHECK(warnings("'x $i y$i'").size() == 1);
  CHECK(warnings("['x', '${HOST:-$i}${HOST:+$NUMBER}', '$$i', '${i:-}', '${i-x}', '${i:+x}', '${i+x}']").empty());
  CHECK(warnings("['x', '${i:-$j}']").size() == 1);
  CHECK(warnings("'x $i'\nshell = true").empty());
  std::string many = "['x'";
  for (int i = 0; i < 300; ++i) many += ", '$i" + std::to_string(i) + "'";
  CHECK(warnings(many + "]").size() == 100);
}

TEST_CASE("variables that are not set in env files are warnings, once for each file that is there") {
  ServicesRead read = ServicesText{
      {{"d/s.toml",
        "[services.a]\ncommand='x $i'\nenv_file=['.env', 'none']\n"
        "[services.b]\ncommand='x'\nenv_file=['bad.env', '.env']\n"
        "[services.c]\ncommand='x'\nenv_file='unread.env'\nprofiles=['p']\n"},
       {".env", "A=1\nB=$A$HOST$i\n"},
       {"bad.env", "A=$i\n??\n"},
       {"unread.env",
        "A=$i\n"}}}.read();
  CHECK(read.problems.empty());
  REQUIRE(read.warnings.size() == 3);
  CHECK(read.warnings[0].starts_with("d/s.toml:2:9: command: $i is not set"));
  CHECK(read.warnings[1].starts_with(".env:2:3: B: $... is not set"));
  CHECK(read.warnings[2].starts_with("bad.env:1:3: A: $... is not set"));
}

TEST_CASE("a time zone is looked up if somebody can, once if it is there") {
  ServicesRequest request{"s.toml",
                          {[](const void*, const std::string&) -> Result<std::string, Complaint> {
                             std::string text;
                             for (const char* zone : {"Mars/Olympus", "Europe/Berlin", "Europe/Berlin"}) {
                               text += "[services.s" + std::to_string(text.size()) +
                                       "]\ncommand='x'\nschedule = { cron = '@daily', timezone = '" + zone + "' }\n";
                             }
                             return text;
                           },
                           nullptr, nullptr},
                          {find_in_services_environment, nullptr}};
  CHECK(read_services(request).problems.empty());
  static int count = 0;
  request.zone_fault = [](const std::string& zone) -> std::string {
    ++count;
    return zone == "Europe/Berlin" ? "" : "'" + zone + "' is nowhere";
  };
  CHECK(read_services(request).problems == Words{"s.toml:3:42: timezone: 'Mars/Olympus' is nowhere"});
  CHECK(count == 2);
}

TEST_CASE("a Procfile is known by its name") {
  ServicesText text{{{"d/Procfile", "web: nginx\nrelease: ./migrate\n"}}};
  ServicesSpec spec = text.spec();
  CHECK(names(spec) == Words{"web", "release"});
  CHECK(spec.services[0].policy.depends_on == std::vector<Dependency>{{1, Condition::completed}});
  CHECK(spec.services[0].policy.essential);
  CHECK(ServicesText{{{"Procfile", "# none\n"}}}.problem() == "Procfile:1:1: there is no service; write NAME: COMMAND");
  ServicesText wrong{{{"Procfile", "web: nginx\nnonsense\nmore\n"}}};
  auto problems = wrong.problems();
  REQUIRE(problems.size() == 2);
  CHECK(problems[0].starts_with("Procfile:2:1: "));
  CHECK(problems[1].starts_with("Procfile:3:1: "));
}

}  // namespace
}  // namespace onit
