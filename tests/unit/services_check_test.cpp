#include <doctest/doctest.h>

#include <string>

#include "unit/services_wrong.hpp"

namespace onit {
namespace {

using namespace services_wrong;

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
      {"ready = { tcp = 'h:1', timeoutSeconds = 1 }",
       "3:24: unknown key 'timeoutSeconds'; that is a word of Kubernetes; write timeout in healthcheck, "
       "attempt_timeout in ready"},
      {"ready = { tcp = 'h:1', failureThreshold = 1 }",
       "3:24: unknown key 'failureThreshold'; that is a word of Kubernetes; write retries in healthcheck; ready has a "
       "timeout for all of it"},
      {"ready = { tcp = 'h:1', initialDelaySeconds = 1 }",
       "3:24: unknown key 'initialDelaySeconds'; that is a word of Kubernetes; write start_period in healthcheck; "
       "ready "
       "needs none"},
      {"TimeoutSec = 5",
       "3:1: unknown key 'TimeoutSec'; that is a word of systemd; write stop_grace_period, and the timeout of ready"},
      {"links = ['db']", "3:1: unknown key 'links'; that is a word of Compose; write depends_on"},
      {"type = 'notify-reload'",
       "3:8: type: 'notify-reload' is none of simple, notify, oneshot; that is a word of systemd, here it is 'notify'"},
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
      {"sockets = [{ listen = '[::]:1', nmae = 'x' }]", "3:33: unknown key 'nmae'"},
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
      {"user = ':web'", "3:8: user = ':web': write USER or USER:GROUP"},
      {"user = 'web:'", "3:8: user = 'web:': write USER or USER:GROUP"},
      {"essential = 'yes'", "3:13: essential = 'yes': write true or false"},
      {"essential = '${HOST}'", "3:13: essential = 'outside': write true or false"},
      // 0o27, and 27, may have been meant: which is not known here.
      {"umask = 0o27",
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
      {"ready = { http = 'x:80' }", "3:18: http: write it as http://HOST[:PORT][/PATH]"},
      {"ready = { http = 'http://x:99999/' }", "3:18: http: write it as http://HOST[:PORT][/PATH]"},
      {"ready = { http = 'http://u:p@x/' }", "3:18: http: write it as http://HOST[:PORT][/PATH]"},
      {"ready = { tcp = '80' }", "3:17: tcp: write it as HOST:PORT"},
      {"ready = { tcp = '127.0.0.1:0' }", "3:17: tcp: write it as HOST:PORT"},
      {"healthcheck = { tcp = '127.0.0.256:80' }", "3:23: tcp: write it as HOST:PORT"},
      {"ready = { exec = [] }", "3:18: exec: there is no command in it"},
      {"ready = { fd = 2 }", "3:16: fd = '2': write a whole number from 3 to 1023"},
      {"ready = { fd = 4 }\nsockets = [{ listen = '@a' }, { listen = '@b' }]",
       "3:9: ready: descriptor 4 is that of a socket; the first free one is 5"},
      {"ready = { tcp = 'x:1', interval = '1ms' }", "3:35: interval = '1ms': it is at least 10ms"},
      {"sockets = [{ listen = '80' }]", "3:23: listen = '80': write ADDRESS:PORT, [IPV6]:PORT, /PATH or @NAME"},
      {"sockets = [{ listen = 'localhost:80' }]",
       "3:23: listen = 'localhost:80': write ADDRESS:PORT, [IPV6]:PORT, /PATH or @NAME"},
      {"sockets = [{}]", "3:12: sockets: each has a listen, such as { listen = \"0.0.0.0:80\" }"},
      {"sockets = [1]", "3:12: sockets: a table belongs here, not a whole number"},
      {"sockets = [{ listen = '[::]:1', name = 'a:b' }]",
       "3:40: name: at most 255 characters, and no ':', which separates the names in LISTEN_FDNAMES"},
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
                                    "a >b",   "a 2>&1", "a &>b", "a <b",  "a $(b)",    "a `b`",
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
                                    "a $$(b)",
                                    "a b>c",
                                    "a '2>&1'",
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
        "s.toml:1:1: this looks like YAML; 'onitctl import' makes TOML of a Compose file");
  CHECK(first("---\nservices:\n") == "s.toml:1:1: this looks like YAML; 'onitctl import' makes TOML of a Compose file");
  CHECK(first("[supervisord]\nnodaemon=true\n; note\n[program:web]\r\ncommand=nginx -g\nautorestart=x\n") ==
        "s.toml:1:1: this looks like supervisord.conf; 'onitctl import' makes TOML of it");
  CHECK(first("[Unit]\nDescription=web\n[Service]\nExecStart=/usr/bin/web\n") ==
        "s.toml:1:1: this looks like a unit of systemd; onit reads TOML, see docs/services.md");
  CHECK(problems("[services.a]\ncommand = x\n").find("looks like") == std::string::npos);
  CHECK(problems("[services.a]\na: b\n").find("looks like") == std::string::npos);
}

TEST_CASE("probes and metrics are served at an address with a port, or nowhere") {
  CHECK(problems("[init]\nlisten = '127.0.0.1:80'\n[services.a]\ncommand='x'\n") == "");
  CHECK(problems("[init]\nlisten = '[::]:80'\n[services.a]\ncommand='x'\n") == "");
  CHECK(problems("[init]\nlisten = '/run/x.sock'\n[services.a]\ncommand='x'\n") ==
        "2:10: listen = '/run/x.sock': write ADDRESS:PORT or [IPV6]:PORT\n");
  CHECK(problems("[init]\nlisten = '0.0.0.0:0'\n[services.a]\ncommand='x'\n") ==
        "2:10: listen = '0.0.0.0:0': write ADDRESS:PORT or [IPV6]:PORT\n");
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
      {"sockets = [{ listen = '[::]:80', type = 'seqpacket' }]", "3:41: type: only a path or @NAME can be a seqpacket"},
      {"sockets = [{ listen = '[::]:80', mode = '600' }]", "3:41: mode: only a path has one"},
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

}  // namespace
}  // namespace onit
