#include "core/service_name.hpp"
#include "unit/services_text.hpp"

// What is wrong with a file of services, and how it is told.

namespace onit {
namespace {

/// Lines below `[services.a]` and `command = "x"`, which are lines 1 and 2, and the problem without the file's name.
struct Wrong {
  const char* lines;
  const char* problem;
};

void check(const Wrong& wrong) {
  CAPTURE(wrong.lines);
  CHECK(ServicesText{std::string{"[services.a]\ncommand = 'x'\n"} + wrong.lines}.problem() ==
        std::string{"s.toml:"} + wrong.problem);
}

/// All problems of a whole file, a line each, without the file's name.
std::string problems(std::string text) {
  std::string all;
  for (const std::string& problem : ServicesText{std::move(text)}.problems()) all += problem.substr(7) + "\n";
  return all;
}

}  // namespace

TEST_CASE("an unknown key is told with the one that was probably meant") {
  constexpr Wrong kWrong[] = {
      {"autorestart = true", "3:1: unknown key 'autorestart'; that is a word of supervisord, here it is 'restart'"},
      {"startretries = 3", "3:1: unknown key 'startretries'; that is a word of supervisord, here it is 'max_restarts'"},
      {"directory = '/'", "3:1: unknown key 'directory'; that is a word of supervisord, here it is 'working_dir'"},
      {"priority = 1",
       "3:1: unknown key 'priority'; that is a word of supervisord; no counterpart: depends_on makes the order"},
      {"stdout_logfile = '/dev/stdout'",
       "3:1: unknown key 'stdout_logfile'; that is a word of supervisord; /dev/stdout: leave it out; a file: log.file"},
      {"startsecs = 1",
       "3:1: unknown key 'startsecs'; that is a word of supervisord; no counterpart: ready says when it is up"},
      {"ExecStart = 'x'", "3:1: unknown key 'ExecStart'; that is a word of systemd, here it is 'command'"},
      {"WantedBy = 'x'", "3:1: unknown key 'WantedBy'; that is a word of systemd, here it is 'autostart'"},
      {"TimeoutStopSec = 5",
       "3:1: unknown key 'TimeoutStopSec'; that is a word of systemd, here it is 'stop_grace_period'"},
      {"LimitNOFILE = 5", "3:1: unknown key 'LimitNOFILE'; that is a word of systemd, here it is 'ulimits'"},
      {"livenessProbe = {}",
       "3:1: unknown key 'livenessProbe'; that is a word of Kubernetes, here it is 'healthcheck'"},
      {"terminationGracePeriodSeconds = 5",
       "3:1: unknown key 'terminationGracePeriodSeconds'; that is a word of Kubernetes, here it is "
       "'stop_grace_period'"},
      {"args = []", "3:1: unknown key 'args'; that is a word of Kubernetes, here it is 'command'"},
      {"image = 'x'",
       "3:1: unknown key 'image'; that is a word of Compose; it belongs to the definition of the container, not to "
       "that of what runs inside"},
      {"ports = []",
       "3:1: unknown key 'ports'; that is a word of Compose; it belongs to the definition of the container, not to "
       "that of what runs inside"},
      {"entrypoint = 'x'", "3:1: unknown key 'entrypoint'; that is a word of Compose, here it is 'command'"},
      {"pidfile = 'x'",
       "3:1: unknown key 'pidfile'; that is a word of systemd; services run in the foreground, so it is not needed"},
      {"stopSignal = 'TERM'", "3:1: unknown key 'stopSignal'; write 'stop_signal'"},
      {"retsart = 'no'", "3:1: unknown key 'retsart'; did you mean 'restart'?"},
      {"cron = '@daily'", "3:1: unknown key 'cron' in [services.NAME]; it belongs to schedule"},
      {"xyzzy = 1", "3:1: unknown key 'xyzzy'"},
      {"healthcheck = { test = ['CMD', 'x'] }",
       "3:17: unknown key 'test'; that is a word of Compose; write exec, http, tcp or file"},
      {"sockets = [{ listen = 'h:1', nmae = 'x' }]", "3:30: unknown key 'nmae'"},
  };
  for (const Wrong& wrong : kWrong) check(wrong);
}

TEST_CASE("an unknown word of a choice is told with all that there are, and the one that was probably meant") {
  constexpr Wrong kWrong[] = {
      {"restart = 'unless-stopped'",
       "3:11: restart: 'unless-stopped' is none of no, on-failure, always; that is a word of Compose, here it is "
       "'always'"},
      {"restart = 'OnFailure'", "3:11: restart: 'OnFailure' is none of no, on-failure, always; write 'on-failure'"},
      {"restart = 'alway'", "3:11: restart: 'alway' is none of no, on-failure, always; did you mean 'always'?"},
      {"restart = false", "3:11: restart: it takes a word in quotes: no, on-failure, always; this is a boolean"},
      {"type = 'forking'",
       "3:8: type: 'forking' is none of simple, notify, oneshot; that is a word of systemd, here it is 'simple'"},
      {"stdin = 'tty'", "3:9: stdin: 'tty' is none of null, inherit"},
      {"log = { format = 'text' }", "3:18: format: 'text' is none of raw, prefix, json"},
  };
  for (const Wrong& wrong : kWrong) check(wrong);
}

TEST_CASE("a value that cannot be used is told with what would be right") {
  constexpr Wrong kWrong[] = {
      {"restart_delay = 5",
       "3:17: restart_delay: it takes a duration in quotes, such as \"250ms\" or \"10s\"; this is a whole number; "
       "write "
       "\"5s\""},
      {"restart_delay = -5",
       "3:17: restart_delay: it takes a duration in quotes, such as \"250ms\" or \"10s\"; this is a whole number"},
      {"ready = 'tcp'", "3:9: ready: it takes a table, such as { tcp = \"127.0.0.1:5432\" }; this is a text"},
      {"healthcheck = 'tcp'",
       "3:15: healthcheck: it takes a table, such as { tcp = \"127.0.0.1:5432\" }; this is a text"},
      {"cgroup = 'tcp'", "3:10: cgroup: it takes a table; this is a text"},

      {"restart_delay = '5'", "3:17: restart_delay = '5': a duration needs a unit; write 5s or 5ms"},
      {"restart_delay = '0'", "3:17: restart_delay = '0': it is at least 1ms"},
      {"max_restarts = -1", "3:16: max_restarts = '-1': write a whole number from 0 to 1000000"},
      {"max_restarts = 1.5", "3:16: max_restarts: it takes a whole number; this is a number with a point"},
      {"essential = 'yes'", "3:13: essential = 'yes': write true or false"},
      {"essential = '${HOST}'", "3:13: essential = 'outside': write true or false"},
      {"umask = 27",
       "3:9: umask: it takes permissions in octal and in quotes, such as \"027\"; this is a whole number; write "
       "\"027\""},
      {"umask = 29",
       "3:9: umask: it takes permissions in octal and in quotes, such as \"027\"; this is a whole number"},

      {"umask = '9'", "3:9: umask = '9': write an octal number from 0 to 777, such as 022"},
      {"nice = 20", "3:8: nice = '20': write a whole number from -20 to 19"},
      {"stop_signal = 'TREM'",
       "3:15: stop_signal = 'TREM': not a signal; write a name or number such as TERM, SIGUSR1, 15 or RTMIN+3"},
      {"user = ''", "3:8: user = '': it cannot be empty"},
      {"success_exit_codes = [0, 256]", "3:26: success_exit_codes: write exit codes from 0 to 255"},
      {"ulimits = { nofiles = 1 }",
       "3:13: ulimits: 'nofiles' is none of as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio "
       "rttime sigpending stack"},
      {"ulimits = { core = 'x' }", "3:20: core = 'x': a limit is a number or 'unlimited', as in nofile=1024:4096"},
      {"ulimits = { core = { soft = 2, hard = 1 } }",
       "3:20: ulimits: write { soft = N, hard = N }, the soft one not above the hard one"},
      {"capabilities = ['NET_BIND']",
       "3:17: capabilities: 'NET_BIND' is not a capability; did you mean 'NET_BIND_SERVICE'?"},
      {"cgroup = { cpu_max = 0 }", "3:22: cpu_max = '0': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = -1.5 }", "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = 0.0009 }", "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = 1000000.1 }",
       "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = 1e7 }", "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = 1e400 }", "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = 1e-400 }", "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = inf }", "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = nan }", "3:22: cpu_max = '...': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { cpu_max = '0.0001' }",
       "3:22: cpu_max = '0.0001': write a number above 0 and up to 1000000, such as 1.5"},
      {"cgroup = { memory_max = '1T' }",
       "3:25: memory_max = '1T': not a size; write bytes, or a number with kB, MB, GB, KiB, MiB or GiB, such as 10MB"},
      {"environment = { A = 1.5 }", "3:21: environment: a text in quotes belongs here, not a number with a point"},
      {"environment = { 'a b' = 'x' }", "3:17: environment: 'a b' is not the name of a variable"},
      {"environment = ['A=1']", "3:15: environment: it takes a table, such as { NAME = \"value\" }; this is an array"},
      {"pre_stop = \"x 'y\"", "3:12: pre_stop = 'x 'y': a quote is not closed"},
      {"working_dir = \"a\\u0000b\"", "3:15: working_dir: a NUL character, which cannot be passed on"},
      {"working_dir = '${X:?set it}'", "3:15: working_dir: 'X' is not set: set it"},
      {"working_dir = '$'", "3:15: working_dir: '$' without a name: write '$$' for a '$'"},
      {"env_file = ['']", "3:13: env_file: an empty text means nothing here"},
      {"ready = { http = 'https://x/' }", "3:18: http: https is not spoken here; use http://, or exec with a client"},
      {"ready = { http = 'x:80' }", "3:18: http: write a URL with http://"},
      {"ready = { tcp = '80' }", "3:17: tcp: write it as HOST:PORT"},
      {"ready = { exec = [] }", "3:18: exec: there is no command in it"},
      {"ready = { fd = 2 }", "3:16: fd = '2': write a whole number from 3 to 1023"},
      {"ready = { tcp = 'x:1', interval = '1ms' }", "3:35: interval = '1ms': it is at least 10ms"},
      {"sockets = [{ listen = '80' }]", "3:23: listen = '80': write HOST:PORT, [IPV6]:PORT, /PATH or @NAME"},
      {"sockets = [{}]", "3:12: sockets: each has a listen, such as { listen = \"0.0.0.0:80\" }"},
      {"sockets = [1]", "3:12: sockets: a table belongs here, not a whole number"},
      {"sockets = [{ listen = 'h:1', name = 'a:b' }]",
       "3:37: name: at most 255 characters, and no ':', which separates the names in LISTEN_FDNAMES"},
      {"schedule = { cron = 'x' }",
       "3:21: cron: 'x' has 1 fields: five are needed, minute, hour, day of the month, month and day of the week"},
      {"schedule = {}", "3:12: schedule: cron is missing, such as cron = \"0 2 * * *\""},
      {"depends_on = 1",
       "3:14: depends_on: it takes an array of services, one service, or a table such as { db = \"ready\" }; this is a "
       "whole number"},
      {"depends_on = 'b'", "3:14: depends_on: there is no service 'b'; did you mean 'a'?"},
      {"depends_on = ['b']", "3:15: depends_on: there is no service 'b'; did you mean 'a'?"},
  };
  for (const Wrong& wrong : kWrong) check(wrong);
}

TEST_CASE("a regular expression is compiled before anything runs") {
  std::string problem = ServicesText{"[services.a]\ncommand='x'\nready={ log = '(' }\n"}.problem();
  CHECK(problem == "s.toml:3:15: log: at 1: '(' is not closed");
  std::string longer = "[services.a]\ncommand='x'\nready={ log = '" + std::string(1025, 'x') + "' }\n";
  CHECK(ServicesText{longer}.problem() == "s.toml:3:15: log: it is longer than 1024 bytes");
}

TEST_CASE("a regular expression that grows beyond all measure is not compiled") {
  CHECK(problems("[services.a]\ncommand='x'\nready={ log = '(((a{100}){100}){100}){100}' }\n") ==
        "3:15: log: too large: with its repetitions it has more than 1000 states\n");
  CHECK(problems("[services.a]\ncommand='x'\nready={ log = 'listening on [0-9]{1,5}' }\n") == "");
}

TEST_CASE("a text that was written for a shell is told that none runs it") {
  auto problem = [](std::string command) { return problems("[services.a]\ncommand=\"\"\"" + command + "\"\"\"\n"); };
  constexpr const char* kShell[] = {"a && b", "a || b", "a | b", "a > b", "a >> b",    "a < b",
                                    "a ; b",  "a; b",   "a &",   "A=1 b", "A='x y' b", "  A_1=\\\"x\\\" b"};
  for (const char* text : kShell) {
    CAPTURE(text);
    std::string told = problem(text);
    CHECK(told.starts_with("2:9: command = "));
    CHECK(told.ends_with(": no shell runs it; write shell = true, or an array to mean it as it is\n"));
  }
  constexpr const char* kPlain[] = {"a b",
                                    "a '&&' b",
                                    "sh -c 'a && b; c'",
                                    "a \\\\; b",
                                    "nginx -g 'daemon off;'",
                                    "env A=1 b",
                                    "a --b=c",
                                    "./a=b",
                                    "a \\\"x ; y\\\"",
                                    "${X:-a}=b",
                                    "a 2>&1",
                                    "a&b"};
  for (const char* text : kPlain) {
    CAPTURE(text);
    CHECK(problem(text) == "");
  }
  CHECK(problems("[services.a]\ncommand='x && y'\nshell=true\n") == "");
  CHECK(problems("[services.a]\ncommand=['x', '&&', 'y']\n") == "");
  CHECK(problems("[services.a]\ncommand='x'\nready={ exec = 'a | b' }\n") ==
        "3:16: exec = 'a | b': no shell runs it; write [\"/bin/sh\", \"-c\", \"...\"], or an array to mean it as it "
        "is\n");
}

TEST_CASE("a file of another tool is told as that, and little else") {
  auto first = [](std::string text) {
    auto told = ServicesText{std::move(text)}.problems();
    CHECK(told.size() >= 2);
    CHECK(told.size() <= 4);
    return told[0];
  };
  CHECK(first("# note\nversion: \"3\"\nservices:\n  web:\n    image: nginx\n    command: nginx\n  db:\n") ==
        "s.toml:1:1: this looks like YAML, as Compose has it; onit reads TOML, see docs/services.md");
  CHECK(first("---\nservices:\n") ==
        "s.toml:1:1: this looks like YAML, as Compose has it; onit reads TOML, see docs/services.md");
  CHECK(first("[supervisord]\nnodaemon=true\n; note\n[program:web]\r\ncommand=nginx -g\nautorestart=x\n") ==
        "s.toml:1:1: this looks like supervisord.conf; onit reads TOML, see docs/from-supervisord.md");
  CHECK(first("[Unit]\nDescription=web\n[Service]\nExecStart=/usr/bin/web\n") ==
        "s.toml:1:1: this looks like a unit of systemd; onit reads TOML, see docs/services.md");
  CHECK(problems("[services.a]\ncommand = x\n").find("looks like") == std::string::npos);
  CHECK(problems("[services.a]\na: b\n").find("looks like") == std::string::npos);
}

TEST_CASE("probes and metrics are served at an address with a port, or nowhere") {
  CHECK(problems("[init]\nlisten = '127.0.0.1:80'\n[services.a]\ncommand='x'\n") == "");
  CHECK(problems("[init]\nlisten = '[::]:80'\n[services.a]\ncommand='x'\n") == "");
  CHECK(problems("[init]\nlisten = '/run/x.sock'\n[services.a]\ncommand='x'\n") ==
        "2:10: listen = '/run/x.sock': write HOST:PORT or [IPV6]:PORT\n");
  CHECK(problems("[init]\nlisten = ''\n[services.a]\ncommand='x'\n") == "");
}

TEST_CASE("keys that do not go together are told") {
  constexpr Wrong kWrong[] = {
      {"ready = { tcp = 'x:1', file = '/x' }", "3:31: 'file' and 'tcp' exclude each other"},
      {"ready = {}", "3:9: ready: one of tcp, http, exec, file, log, notify = true or fd belongs into it"},
      {"ready = { notify = false }",
       "3:9: ready: one of tcp, http, exec, file, log, notify = true or fd belongs into it"},
      {"ready = { notify = true, interval = '1s' }", "3:37: interval: nobody looks, the service tells"},
      {"type = 'notify'\nready = { tcp = 'x:1' }",
       "4:9: ready: type = \"notify\" means that the service says itself when it is ready"},
      {"healthcheck = {}", "3:15: healthcheck: one of tcp, http, exec or file belongs into it"},
      {"timeout = '1s'", "3:11: timeout: only a oneshot has one; the timeout of ready is for becoming ready"},
      {"type = 'oneshot'\nwatchdog = '1s'", "4:12: watchdog: a oneshot has none; it has a timeout"},
      {"type = 'simple'\nschedule = { cron = '@daily' }", "3:8: type: a service with a schedule is a oneshot"},
      {"restart = 'always'\nrestart_delay = '1m'\nrestart_max_delay = '5s'",
       "5:21: restart_max_delay: it is shorter than restart_delay"},
      {"sockets = [{ listen = 'h:80', type = 'seqpacket' }]", "3:38: type: only a path or @NAME can be a seqpacket"},
      {"sockets = [{ listen = 'h:80', mode = '600' }]", "3:38: mode: only a path has one"},
      {"type = 'oneshot'\nhealthcheck = { tcp = 'h:1' }", "4:15: healthcheck: a oneshot has none; it has a timeout"},
      {"schedule = { cron = '@daily' }\nhealthcheck = { tcp = 'h:1' }",
       "4:15: healthcheck: a oneshot has none; it has a timeout"},
      {"max_restarts = 3",
       "3:16: max_restarts: it is never started again; write restart = \"on-failure\" or \"always\""},
      {"restart = 'no'\nrestart_window = '1s'",
       "4:18: restart_window: it is never started again; write restart = \"on-failure\" or \"always\""},
      {"restart_window = '1s'\nhealthcheck = { tcp = 'h:1', on_unhealthy = 'ignore' }",
       "3:18: restart_window: it is never started again; write restart = \"on-failure\" or \"always\""},
      {"stop_grace_period = '9001ms'",
       "3:21: stop_grace_period: 9001ms is longer than the 9s of [init], when everything is killed; write "
       "stop_grace_period = \"9001ms\" or more into [init]"},
      {"stop_grace_period = '1m'\n[init]\nstop_grace_period = '30s'",
       "3:21: stop_grace_period: 60s is longer than the 30s of [init], when everything is killed; write "
       "stop_grace_period = \"60s\" or more into [init]"},
  };
  for (const Wrong& wrong : kWrong) check(wrong);
}

TEST_CASE("keys of restarts mean something if anything is a reason for one") {
  CHECK(problems("[services.a]\ncommand='x'\nrestart='always'\nmax_restarts=3\n") == "");
  CHECK(problems("[services.a]\ncommand='x'\nmax_restarts=3\n[services.a.healthcheck]\ntcp='h:1'\n"
                 "on_unhealthy='restart'\n") == "");
}

TEST_CASE("what is cut by nobody's shorter grace period is no problem") {
  CHECK(problems("[services.a]\ncommand='x'\nstop_grace_period='9s'\n") == "");
  CHECK(problems("[init]\nstop_grace_period='4s'\n[services.a]\ncommand='x'\n") == "");
}

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

TEST_CASE("there is a limit to how many services there can be") {
  std::string text;
  for (std::size_t i = 0; i <= kMostServices; ++i) text += "[services.s" + std::to_string(i) + "]\ncommand='x'\n";
  CHECK(ServicesText{text}.problem() == "s.toml:8193:11: there are more than 4096 services");
}

}  // namespace onit
