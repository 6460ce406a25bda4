#include "config/services_keys.hpp"

#include <array>
#include <utility>

#include "base/text_pool.hpp"

namespace onit {
namespace {

using enum Section;
using enum KeyType;

// A probe that never rests would keep a CPU busy.
constexpr int kShortestInterval = 10;
constexpr int kMillion = 1'000'000;

/// A key as it is written down here.
struct Row {
  Section section;
  KeyType type;
  std::string_view name;
  std::string_view fallback;
  std::string_view meaning;
  std::string_view choices = "";
  int minimum = 0;
  int maximum = 0;
  Section opens = Section::top;
};

constexpr Row kRows[] = {
    {top, integer, "version", "1", "the version of this format", "", 1, 1},
    {top, texts, "include", "[]", "further files, relative to this one; patterns as of glob(7)"},
    {top, section, "init", "", "what concerns all services together", "", 0, 0, init},
    {top, section, "log", "", "defaults for the output of all services", "", 0, 0, log},
    {top, services, "services", "", "the services by name: at most 64 letters, digits, '_', '.' and '-'", "", 0, 0,
     service},

    {init, duration, "stop_grace_period", "\"9s\"", "from the request to stop until KILL for everything"},
    {init, text, "exit_code_from", "(the service that ended it)", "the service whose exit code becomes onit's"},
    {init, any_text, "control", "\"/run/onit.sock\"", "the path of the control socket, for onitctl; empty: none"},
    {init, any_text, "listen", "\"\"",
     "ADDRESS:PORT where anybody may ask for /livez, /readyz and /metrics; empty: none"},
    {init, duration, "drain", "\"0\"", "how long a TERM is held back; a second one is not"},

    {log, choice, "format", "\"prefix\"",
     "lines as they are, behind the service's name, or as JSON; json in [log] is for onit's own messages too, unless "
     "--log-format says otherwise",
     "raw|prefix|json"},
    {log, boolean, "timestamps", "false", "begin each line with the time"},
    {log, choice, "on_full", "\"block\"", "when nobody takes the lines: the service waits, or they are dropped",
     "block|drop"},
    {log, size, "max_size", "\"10MB\"", "the size from which a log file is rotated; 0: never"},
    {log, integer, "max_files", "5", "how many log files are kept, with the current one", "", 1, 1000},
    {service_log, text, "file", "(none)", "a file for stdout and stderr; no symbolic link"},
    {service_log, boolean, "stdout", "(true, false with a file)", "pass the output on to onit's stdout and stderr"},

    {service, choice, "type", "\"simple\"",
     "simple stays; notify stays and says when it is ready; oneshot does its work and ends", "simple|notify|oneshot"},
    {service, command, "command", "(required)", "an array of words, or text that is split into them"},
    {service, boolean, "shell", "false", "run the text of command and pre_stop by /bin/sh -c"},
    {service, texts, "profiles", "[]", "it exists only if one of these is active"},
    {service, boolean, "autostart", "true", "start it with onit, not only when asked for or depended on"},
    {service, dependencies, "depends_on", "[]", "services to wait for: started, ready, healthy, completed or exited"},
    {service, boolean, "essential", "false", "when it ends for good, everything ends"},
    {service, section, "schedule", "(none)", "times at which it runs; it is a oneshot then", "", 0, 0, schedule},

    {service, section, "ready", "(none)", "how it becomes ready", "", 0, 0, ready},
    {service, section, "healthcheck", "(none)", "how its health is looked at", "", 0, 0, healthcheck},
    {service, duration, "watchdog", "\"0\"", "it has to send WATCHDOG=1 at least so often; 0: it has not"},
    {service, duration, "timeout", "\"0\"", "oneshot: how long it may take; 0: for ever"},

    {service, choice, "restart", "\"no\"", "after which ends it is started again", "no|on-failure|always"},
    {service, duration, "restart_delay", "\"100ms\"", "before the first restart; doubles with each", "", 1},
    {service, duration, "restart_max_delay", "\"30s\"", "up to this", "", 1},
    {service, duration, "restart_reset_after", "\"10s\"", "of being up and not unhealthy; then the delay starts anew"},
    {service, integer, "max_restarts", "5", "within restart_window; 0: no limit", "", 0, kMillion},
    {service, duration, "restart_window", "\"1m\"", "see max_restarts", "", 1},
    {service, choice, "on_give_up", "(shutdown if essential)", "when it has failed and no restart is left",
     "ignore|shutdown"},
    {service, codes, "success_exit_codes", "[0]", "exit codes that are no failure"},

    {service, KeyType::signal, "stop_signal", "\"SIGTERM\"", "what asks it to end, sent to its process group"},
    {service, duration, "stop_grace_period", "\"5s\"", "from the request to stop until KILL; 0: KILL at once"},
    {service, command, "pre_stop", "[]", "runs before the stop signal, within the grace period"},

    {service, choice, "stdin", "\"null\"", "inherit: onit's, and the terminal; one service can have it",
     "null|inherit"},
    {service, account, "user", "(onit's)", "USER[:GROUP], names or numbers"},
    {service, accounts, "group_add", "[]", "further groups"},
    {service, capabilities, "capabilities", "(all that onit has)", "those that it keeps, with or without CAP_"},
    {service, boolean, "no_new_privs", "false", "it cannot gain privileges by exec"},
    {service, octal, "umask", "(onit's)", "its umask, in octal"},
    {service, integer, "nice", "(onit's)", "its nice value", "", -20, 19},
    {service, integer, "oom_score_adj", "(onit's)", "who is killed first when memory is out", "", -1000, 1000},
    {service, limits, "ulimits", "{}", "NAME = N, \"SOFT:HARD\" or { soft, hard }; names as in limits.conf(5)"},
    {service, text, "working_dir", "(onit's)", "its working directory"},
    {service, boolean, "clear_env", "false", "start from an empty environment"},
    {service, texts, "env_file", "[]",
     "files with variables, as Compose reads them; relative to onit's working directory"},
    {service, variables, "environment", "{}", "variables; they come after those of env_file"},
    {service, boolean, "secrets", "false", "set K to what is in the file that K_FILE names"},
    {service, sections, "sockets", "[]", "sockets that onit opens, as for systemd's socket activation", "", 0, 0,
     Section::socket},
    {service, section, "cgroup", "(none)", "limits of a control group, if onit can make one", "", 0, 0, cgroup},
    {service, section, "log", "", "what becomes of its output; [log] has the defaults", "", 0, 0, service_log},

    {ready, text, "tcp", "", "HOST:PORT accepts a connection"},
    {ready, text, "http", "", "a GET of this http:// URL is answered with 200 to 399"},
    {ready, command, "exec", "", "this command exits with 0"},
    {ready, text, "file", "", "this file exists"},
    {ready, text, "log", "", "it writes a line in which this extended regular expression is found"},
    {ready, boolean, "notify", "", "it sends READY=1 to $NOTIFY_SOCKET (sd_notify(3))"},
    {ready, integer, "fd", "", "it writes a newline to this descriptor", "", 3, 1023},
    {ready, duration, "interval", "\"250ms\"", "between two looks", "", kShortestInterval},
    {ready, duration, "attempt_timeout", "\"2s\"", "for one look", "", kShortestInterval},
    {ready, duration, "timeout", "\"1m\"", "for all of it, from the start; 0: for ever"},

    {healthcheck, text, "tcp", "", "HOST:PORT accepts a connection"},
    {healthcheck, text, "http", "", "a GET of this http:// URL is answered with 200 to 399"},
    {healthcheck, command, "exec", "", "this command exits with 0"},
    {healthcheck, text, "file", "", "this file exists"},
    {healthcheck, duration, "interval", "\"30s\"", "between two looks", "", kShortestInterval},
    {healthcheck, duration, "timeout", "\"30s\"", "for one look", "", kShortestInterval},
    {healthcheck, integer, "retries", "3", "so many failures in a row make it unhealthy", "", 1, 1000},
    {healthcheck, duration, "start_period", "\"0\"", "failures do not count for so long, until a look succeeds"},
    {healthcheck, duration, "start_interval", "\"5s\"", "the interval until then", "", kShortestInterval},
    {healthcheck, choice, "on_unhealthy", "\"ignore\"", "what is done when it is unhealthy", "ignore|restart"},

    {schedule, text, "cron", "(required)", "five fields as in crontab(5), or a word such as @daily"},
    {schedule, any_text, "timezone", "\"\"", "such as Europe/Berlin; empty: UTC"},
    {schedule, choice, "overlap", "\"skip\"", "when the run before still goes on: leave one out, run later, or replace",
     "skip|queue|replace"},

    {Section::socket, text, "listen", "(required)", "ADDRESS:PORT, [IPV6]:PORT, a path, or @NAME for an abstract one"},
    {Section::socket, text, "name", "(the service's)", "for LISTEN_FDNAMES"},
    {Section::socket, choice, "type", "\"stream\"", "with a port a datagram socket is UDP",
     "stream|datagram|seqpacket"},
    {Section::socket, octal, "mode", "(the umask's)", "of the path, in octal"},
    {Section::socket, account, "owner", "(onit's)", "USER[:GROUP] of the path"},
    {Section::socket, integer, "backlog", "4096", "how many connections may wait (listen(2))", "", 1, 65535},

    {cgroup, size, "memory_max", "(none)", "memory.max"},
    {cgroup, cpus, "cpu_max", "(none)", "how many CPUs it may use, such as 1.5"},
    {cgroup, integer, "pids_max", "(none)", "pids.max", "", 1, 4'194'304},
};

constexpr std::size_t text_bytes() {
  std::size_t size = 1;
  for (const Row& row : kRows) {
    for (std::string_view text : {row.name, row.fallback, row.meaning, row.choices}) size += text.size() + 1;
  }
  return size;
}

constexpr auto kTexts = [] {
  TextPool<text_bytes()> pool;
  for (const Row& row : kRows) {
    for (std::string_view text : {row.name, row.fallback, row.meaning, row.choices}) pool.add(text);
  }
  return pool;
}();

template <std::size_t... Index>
constexpr std::array<Key, sizeof...(Index)> make_keys(std::index_sequence<Index...>) {
  TextPool<text_bytes()> pool;
  auto make = [&pool](const Row& row) {
    return Key{row.section,
               row.type,
               row.opens,
               KeyText{pool.add(row.name)},
               KeyText{pool.add(row.fallback)},
               KeyText{pool.add(row.meaning)},
               KeyText{pool.add(row.choices)},
               row.minimum,
               row.maximum};
  };
  return {make(kRows[Index])...};
}

constexpr auto kKeys = make_keys(std::make_index_sequence<std::size(kRows)>{});

}  // namespace

// Not inline: GCC 12 would warn of a text without end, as it looks at no more than one piece of the pool.
[[gnu::noinline]] const char* KeyText::c_str() const { return kTexts.bytes + at_; }

std::span<const Key> services_keys() { return kKeys; }

bool belongs(const Key& key, Section section) {
  return key.section == section || (section == service_log && key.section == log);
}

const Key* find_key(Section section, std::string_view name) {
  for (const Key& key : kKeys) {
    if (belongs(key, section) && name == key.name) return &key;
  }
  return nullptr;
}

std::string_view section_title(Section section) {
  switch (section) {
    case top:
      return "the top level";
    case init:
      return "[init]";
    case log:
      return "[log]";
    case service:
      return "[services.NAME]";
    case ready:
      return "ready";
    case healthcheck:
      return "healthcheck";
    case schedule:
      return "schedule";
    case service_log:
      return "log of a service";
    case Section::socket:
      return "sockets";
    case cgroup:
      return "cgroup";
  }
  return "";
}

bool has_literal_default(const Key& key) { return key.fallback.c_str()[0] != '\0' && key.fallback.c_str()[0] != '('; }

}  // namespace onit
