#include "config/services_foreign_words.hpp"

#include <array>
#include <utility>

#include "base/text_pool.hpp"

namespace onit {
namespace {

/// A word as it is written down here.
struct Row {
  Tool tool;
  Advice advice;
  std::string_view word;
  std::string_view text;
};

constexpr Row kRows[] = {
    {Tool::supervisord, Advice::key, "autorestart", "restart"},
    {Tool::supervisord, Advice::key, "startretries", "max_restarts"},
    {Tool::supervisord, Advice::hint, "startsecs", "no counterpart: ready says when it is up"},
    {Tool::supervisord, Advice::key, "exitcodes", "success_exit_codes"},
    {Tool::supervisord, Advice::key, "stopsignal", "stop_signal"},
    {Tool::supervisord, Advice::key, "stopwaitsecs", "stop_grace_period"},
    {Tool::supervisord, Advice::hint, "stopasgroup", "signals go to the process group anyway"},
    {Tool::supervisord, Advice::hint, "killasgroup", "signals go to the process group anyway"},
    {Tool::supervisord, Advice::hint, "stdoutlogfile", "/dev/stdout: leave it out; a file: log.file"},
    {Tool::supervisord, Advice::hint, "stderrlogfile", "/dev/stderr: leave it out; a file: log.file"},
    {Tool::supervisord, Advice::hint, "redirectstderr", "onit keeps both apart; log.file has both"},
    {Tool::supervisord, Advice::key, "stdoutlogfilemaxbytes", "log.max_size"},
    {Tool::supervisord, Advice::key, "stdoutlogfilebackups", "log.max_files"},
    {Tool::supervisord, Advice::key, "stderrlogfilemaxbytes", "log.max_size"},
    {Tool::supervisord, Advice::key, "stderrlogfilebackups", "log.max_files"},
    {Tool::supervisord, Advice::hint, "processname", "write [services.NAME]"},
    {Tool::supervisord, Advice::key, "directory", "working_dir"},
    {Tool::supervisord, Advice::hint, "priority", "no counterpart: depends_on makes the order"},
    {Tool::supervisord, Advice::hint, "program", "write [services.NAME]"},
    {Tool::supervisord, Advice::hint, "programs", "write [services.NAME]"},
    {Tool::supervisord, Advice::key, "supervisord", "init"},
    {Tool::supervisord, Advice::hint, "numprocs", "write a service for each"},
    {Tool::supervisord, Advice::hint, "socket", "sockets are passed on as LISTEN_FDS, from 3 on, and not as stdin"},
    {Tool::supervisord, Advice::foreground, "nodaemon", ""},
    {Tool::systemd, Advice::hint, "unit", "write [services.NAME]"},
    {Tool::systemd, Advice::hint, "service", "write [services.NAME]"},
    {Tool::systemd, Advice::hint, "install", "leave it out, services start by themselves"},
    {Tool::systemd, Advice::key, "execstart", "command"},
    {Tool::systemd, Advice::hint, "execstartpre", "write a oneshot, and depends_on"},
    {Tool::systemd, Advice::hint, "execstartpost", "write a oneshot, and depends_on"},
    {Tool::systemd, Advice::hint, "execcondition", "write a oneshot, and depends_on"},
    {Tool::systemd, Advice::key, "execstop", "pre_stop"},
    {Tool::systemd, Advice::hint, "execreload", "onit sends no signal for a reload"},
    {Tool::systemd, Advice::key, "restartsec", "restart_delay"},
    {Tool::systemd, Advice::key, "restartmaxdelaysec", "restart_max_delay"},
    {Tool::systemd, Advice::key, "startlimitburst", "max_restarts"},
    {Tool::systemd, Advice::key, "startlimitinterval", "restart_window"},
    {Tool::systemd, Advice::key, "startlimitintervalsec", "restart_window"},
    {Tool::systemd, Advice::key, "successexitstatus", "success_exit_codes"},
    {Tool::systemd, Advice::key, "wantedby", "autostart"},
    {Tool::systemd, Advice::hint, "requiredby", "write depends_on in the other service"},
    {Tool::systemd, Advice::hint, "before", "write depends_on in the other service"},
    {Tool::systemd, Advice::key, "after", "depends_on"},
    {Tool::systemd, Advice::key, "requires", "depends_on"},
    {Tool::systemd, Advice::key, "wants", "depends_on"},
    {Tool::systemd, Advice::key, "bindsto", "depends_on"},
    {Tool::systemd, Advice::key, "requisite", "depends_on"},
    {Tool::systemd, Advice::key, "partof", "depends_on"},
    {Tool::systemd, Advice::key, "onfailure", "on_give_up"},
    {Tool::systemd, Advice::hint, "group", "write user = \"USER:GROUP\""},
    {Tool::systemd, Advice::key, "supplementarygroups", "group_add"},
    {Tool::systemd, Advice::key, "environmentfile", "env_file"},
    {Tool::systemd, Advice::key, "workingdirectory", "working_dir"},
    {Tool::systemd, Advice::key, "timeoutstopsec", "stop_grace_period"},
    {Tool::systemd, Advice::hint, "timeoutstartsec", "write the timeout of ready"},
    {Tool::systemd, Advice::hint, "timeoutsec", "write stop_grace_period, and the timeout of ready"},
    {Tool::systemd, Advice::key, "runtimemaxsec", "timeout"},
    {Tool::systemd, Advice::hint, "remainafterexit", "a oneshot that has succeeded counts as completed"},
    {Tool::systemd, Advice::hint, "description", "write a comment"},
    {Tool::systemd, Advice::hint, "passenvironment", "services have what onit has, unless clear_env"},
    {Tool::systemd, Advice::key, "watchdogsec", "watchdog"},
    {Tool::systemd, Advice::hint, "notifyaccess", "every process of a service may notify"},
    {Tool::systemd, Advice::key, "killsignal", "stop_signal"},
    {Tool::systemd, Advice::hint, "killmode", "what is left of a service is always stopped"},
    {Tool::systemd, Advice::foreground, "pidfile", ""},
    {Tool::systemd, Advice::key, "limitnofile", "ulimits"},
    {Tool::systemd, Advice::key, "limitnproc", "ulimits"},
    {Tool::systemd, Advice::key, "limitcore", "ulimits"},
    {Tool::systemd, Advice::key, "limitmemlock", "ulimits"},
    {Tool::systemd, Advice::key, "limitas", "ulimits"},
    {Tool::systemd, Advice::key, "limitstack", "ulimits"},
    {Tool::systemd, Advice::key, "limitfsize", "ulimits"},
    {Tool::systemd, Advice::key, "ambientcapabilities", "capabilities"},
    {Tool::systemd, Advice::key, "capabilityboundingset", "capabilities"},
    {Tool::systemd, Advice::key, "nonewprivileges", "no_new_privs"},
    {Tool::systemd, Advice::key, "oomscoreadjust", "oom_score_adj"},
    {Tool::systemd, Advice::key, "standardinput", "stdin"},
    {Tool::systemd, Advice::hint, "standardoutput", "leave it out, output goes to onit's stdout"},
    {Tool::systemd, Advice::hint, "standarderror", "leave it out, output goes to onit's stderr"},
    {Tool::systemd, Advice::key, "listenstream", "sockets"},
    {Tool::systemd, Advice::key, "listendatagram", "sockets"},
    {Tool::systemd, Advice::key, "listensequentialpacket", "sockets"},
    {Tool::systemd, Advice::key, "oncalendar", "schedule"},
    {Tool::systemd, Advice::key, "memorymax", "cgroup.memory_max"},
    {Tool::systemd, Advice::key, "cpuquota", "cgroup.cpu_max"},
    {Tool::systemd, Advice::key, "tasksmax", "cgroup.pids_max"},
    {Tool::compose, Advice::key, "entrypoint", "command"},
    {Tool::compose, Advice::outside, "image", ""},
    {Tool::compose, Advice::outside, "build", ""},
    {Tool::compose, Advice::outside, "ports", ""},
    {Tool::compose, Advice::outside, "expose", ""},
    {Tool::compose, Advice::outside, "volumes", ""},
    {Tool::compose, Advice::outside, "networks", ""},
    {Tool::compose, Advice::outside, "networkmode", ""},
    {Tool::compose, Advice::outside, "deploy", ""},
    {Tool::compose, Advice::outside, "configs", ""},
    {Tool::compose, Advice::outside, "dns", ""},
    {Tool::compose, Advice::outside, "hostname", ""},
    {Tool::compose, Advice::outside, "privileged", ""},
    {Tool::compose, Advice::outside, "readonly", ""},
    {Tool::compose, Advice::outside, "tmpfs", ""},
    {Tool::compose, Advice::outside, "containername", ""},
    {Tool::compose, Advice::outside, "init", ""},
    {Tool::compose, Advice::outside, "secrets", ""},
    {Tool::compose, Advice::outside, "cgroup", ""},
    {Tool::compose, Advice::outside, "labels", ""},
    {Tool::compose, Advice::outside, "devices", ""},
    {Tool::compose, Advice::outside, "platform", ""},
    {Tool::compose, Advice::outside, "pullpolicy", ""},
    {Tool::compose, Advice::outside, "extrahosts", ""},
    {Tool::compose, Advice::outside, "sysctls", ""},
    {Tool::compose, Advice::outside, "shmsize", ""},
    {Tool::compose, Advice::outside, "pid", ""},
    {Tool::compose, Advice::outside, "ipc", ""},
    {Tool::compose, Advice::outside, "memswaplimit", ""},
    {Tool::compose, Advice::hint, "links", "write depends_on"},
    {Tool::compose, Advice::hint, "disable", "leave the healthcheck out"},
    {Tool::compose, Advice::hint, "extends", "put in what it stands for"},
    {Tool::compose, Advice::hint, "test", "write exec, http, tcp or file"},
    {Tool::compose, Advice::key, "logging", "log"},
    {Tool::compose, Advice::key, "capadd", "capabilities"},
    {Tool::compose, Advice::hint, "capdrop", "list what it keeps in capabilities"},
    {Tool::compose, Advice::key, "securityopt", "no_new_privs"},
    {Tool::compose, Advice::key, "memlimit", "cgroup.memory_max"},
    {Tool::compose, Advice::key, "cpus", "cgroup.cpu_max"},
    {Tool::compose, Advice::key, "pidslimit", "cgroup.pids_max"},
    {Tool::compose, Advice::hint, "stdinopen", "write stdin = \"inherit\""},
    {Tool::compose, Advice::hint, "tty", "write stdin = \"inherit\""},
    {Tool::kubernetes, Advice::key, "livenessprobe", "healthcheck"},
    {Tool::kubernetes, Advice::key, "activedeadlineseconds", "timeout"},
    {Tool::kubernetes, Advice::hint, "allowprivilegeescalation", "false is no_new_privs = true"},
    {Tool::kubernetes, Advice::hint, "runasnonroot", "write user"},
    {Tool::kubernetes, Advice::outside, "requests", ""},
    {Tool::kubernetes, Advice::outside, "terminationmessagepath", ""},
    {Tool::kubernetes, Advice::key, "readinessprobe", "ready"},
    {Tool::kubernetes, Advice::key, "startupprobe", "ready"},
    {Tool::kubernetes, Advice::key, "terminationgraceperiodseconds", "stop_grace_period"},
    {Tool::kubernetes, Advice::key, "args", "command"},
    {Tool::kubernetes, Advice::key, "env", "environment"},
    {Tool::kubernetes, Advice::key, "envfrom", "env_file"},
    {Tool::kubernetes, Advice::key, "workingdir", "working_dir"},
    {Tool::kubernetes, Advice::key, "restartpolicy", "restart"},
    {Tool::kubernetes, Advice::key, "lifecycle", "pre_stop"},
    {Tool::kubernetes, Advice::key, "prestop", "pre_stop"},
    {Tool::kubernetes, Advice::hint, "poststart", "write a oneshot, and depends_on"},
    {Tool::kubernetes, Advice::hint, "initcontainers", "write oneshots, and depends_on"},
    {Tool::kubernetes, Advice::key, "containers", "services"},
    {Tool::kubernetes, Advice::key, "securitycontext", "user"},
    {Tool::kubernetes, Advice::key, "runasuser", "user"},
    {Tool::kubernetes, Advice::key, "runasgroup", "user"},
    {Tool::kubernetes, Advice::key, "resources", "cgroup"},
    {Tool::kubernetes, Advice::key, "httpget", "http"},
    {Tool::kubernetes, Advice::key, "tcpsocket", "tcp"},
    {Tool::kubernetes, Advice::hint, "grpc", "write exec with a client"},
    {Tool::kubernetes, Advice::hint, "successthreshold", "one look that succeeds is enough"},
    {Tool::kubernetes, Advice::key, "periodseconds", "interval"},
    {Tool::kubernetes, Advice::hint, "timeoutseconds", "write timeout in healthcheck, attempt_timeout in ready"},
    {Tool::kubernetes, Advice::hint, "failurethreshold",
     "write retries in healthcheck; ready has a timeout for all of it"},
    {Tool::kubernetes, Advice::hint, "initialdelayseconds", "write start_period in healthcheck; ready needs none"},
    {Tool::kubernetes, Advice::key, "concurrencypolicy", "overlap"},
    {Tool::kubernetes, Advice::outside, "volumemounts", ""},

    // From here on words that keys take.
    {Tool::compose, Advice::key, "unlessstopped", "always"},
    {Tool::compose, Advice::key, "servicestarted", "started"},
    {Tool::compose, Advice::key, "servicehealthy", "healthy"},
    {Tool::compose, Advice::key, "servicecompletedsuccessfully", "completed"},
    {Tool::supervisord, Advice::key, "unexpected", "on-failure"},
    {Tool::systemd, Advice::key, "forking", "simple"},
    {Tool::systemd, Advice::key, "exec", "simple"},
    {Tool::systemd, Advice::key, "idle", "simple"},
    {Tool::systemd, Advice::key, "notifyreload", "notify"},
    {Tool::systemd, Advice::key, "onabnormal", "on-failure"},
    {Tool::systemd, Advice::key, "onabort", "on-failure"},
    {Tool::kubernetes, Advice::key, "never", "no"},
    {Tool::kubernetes, Advice::key, "forbid", "skip"},
};

constexpr std::size_t kChoiceCount = 13;
static_assert(kRows[std::size(kRows) - kChoiceCount].word == "unlessstopped");

constexpr std::size_t text_bytes() {
  std::size_t size = 1;
  for (const Row& row : kRows) size += row.word.size() + 1 + row.text.size() + 1;
  return size;
}

constexpr auto kTexts = [] {
  TextPool<text_bytes()> pool;
  for (const Row& row : kRows) {
    pool.add(row.word);
    pool.add(row.text);
  }
  return pool;
}();

template <std::size_t... Index>
constexpr std::array<ForeignWord, sizeof...(Index)> make_words(std::index_sequence<Index...>) {
  TextPool<text_bytes()> pool;
  auto make = [&pool](const Row& row) {
    return ForeignWord{row.tool, row.advice, ForeignText{pool.add(row.word)}, ForeignText{pool.add(row.text)}};
  };
  return {make(kRows[Index])...};
}

constexpr auto kWords = make_words(std::make_index_sequence<std::size(kRows)>{});

}  // namespace

ForeignText::operator std::string_view() const { return kTexts.bytes + at_; }

std::span<const ForeignWord> foreign_keys() { return std::span{kWords}.first(kWords.size() - kChoiceCount); }
std::span<const ForeignWord> foreign_choices() { return std::span{kWords}.last(kChoiceCount); }

}  // namespace onit
