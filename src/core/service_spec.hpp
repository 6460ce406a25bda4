#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/plan.hpp"
#include "core/service_policy.hpp"

namespace onit {

/// How somebody finds out whether a service is ready, or healthy.
enum class ProbeType : std::uint8_t {
  tcp,     ///< a connection is accepted at `target`, HOST:PORT
  http,    ///< a GET of `target`, an http:// URL, is answered with 200..399
  exec,    ///< `command` exits with 0
  file,    ///< the file `target` exists
  log,     ///< the service writes a line that `target`, an extended regular expression, matches
  notify,  ///< it sends READY=1 (sd_notify(3))
  fd,      ///< it writes a newline to the descriptor `fd` (s6)
};

struct ProbeSpec {
  ProbeType type = ProbeType::tcp;
  std::string target;
  std::vector<std::string> command;
  int fd = -1;

  // Here they would be written out wherever a probe is moved.
  ProbeSpec();
  ProbeSpec(const ProbeSpec&);
  ProbeSpec(ProbeSpec&&) noexcept;
  ProbeSpec& operator=(const ProbeSpec&);
  ProbeSpec& operator=(ProbeSpec&&) noexcept;
  ~ProbeSpec();

  bool operator==(const ProbeSpec&) const;
};

/// A socket that onit opens for a service, and keeps open across its restarts.
struct SocketSpec {
  enum class Kind : std::uint8_t { stream, datagram, seqpacket };

  std::string listen;  ///< HOST:PORT, [IPV6]:PORT, a path, or @NAME for an abstract one
  std::string name;    ///< for LISTEN_FDNAMES
  Kind kind = Kind::stream;
  std::optional<std::uint32_t> mode;  ///< of the file of a path
  std::string owner;                  ///< U[:G] of that file; empty: onit's
  int backlog = 4096;

  bool operator==(const SocketSpec&) const = default;
};

struct VariableSpec {
  std::string name;
  std::string value;

  bool operator==(const VariableSpec&) const = default;
};

/// Limits of a control group; absent ones are not set. Source: cgroups(7), Documentation/admin-guide/cgroup-v2.rst.
struct ControlGroupSpec {
  std::optional<std::uint64_t> memory_max;  ///< bytes
  std::optional<std::uint32_t> cpu_max;     ///< thousandths of a CPU
  std::optional<std::uint64_t> pids_max;

  bool is_empty() const { return !memory_max && !cpu_max && !pids_max; }

  bool operator==(const ControlGroupSpec&) const = default;
};

/// How a service is started: names are not looked up and files not read yet.
struct ServiceLaunch {
  std::vector<std::string> command;   ///< never empty; words of a shell are wrapped into `/bin/sh -c` already
  std::vector<std::string> pre_stop;  ///< runs before the stop signal; empty: nothing does
  bool inherits_stdin = false;        ///< and the terminal, if there is one; otherwise stdin is /dev/null

  std::string user;  ///< U[:G]; empty: who onit is
  std::vector<std::string> group_add;
  std::optional<std::uint64_t> capabilities;  ///< a bit for each capability that it keeps (capabilities(7))
  bool no_new_privs = false;
  std::optional<std::uint32_t> umask;
  std::optional<int> nice;
  std::optional<int> oom_score_adj;
  std::vector<Ulimit> ulimits;
  std::string working_dir;  ///< empty: onit's

  bool clear_env = false;
  std::vector<std::string> env_files;
  std::vector<VariableSpec> environment;
  bool secrets = false;

  std::vector<SocketSpec> sockets;
  ControlGroupSpec control_group;

  // Here they would be written out wherever a launch is moved.
  ServiceLaunch();
  ServiceLaunch(const ServiceLaunch&);
  ServiceLaunch(ServiceLaunch&&) noexcept;
  ServiceLaunch& operator=(const ServiceLaunch&);
  ServiceLaunch& operator=(ServiceLaunch&&) noexcept;
  ~ServiceLaunch();

  bool operator==(const ServiceLaunch&) const;
};

enum class LogStyle : std::uint8_t { raw, prefix, json };

/// What happens to a line when nobody takes it.
enum class OnFull : std::uint8_t {
  block,  ///< the service waits, as with any pipe
  drop,   ///< the line is dropped, and counted
};

/// What becomes of a service's output.
struct LogSpec {
  LogStyle format = LogStyle::prefix;
  bool timestamps = false;
  OnFull on_full = OnFull::block;
  bool to_stdout = true;                ///< stdout goes to onit's stdout, stderr to its stderr
  std::string file{};                   ///< both go into it; empty: none
  std::uint64_t max_size = 10'000'000;  ///< bytes, then the file is rotated; 0: never
  int max_files = 5;                    ///< how many are kept, the current one included

  bool operator==(const LogSpec&) const = default;
};

/// When a service runs.
struct ScheduleSpec {
  std::string cron;      ///< five fields, or a word such as @daily
  std::string timezone;  ///< such as Europe/Berlin; empty: UTC

  bool operator==(const ScheduleSpec&) const = default;
};

struct ServiceSpec {
  std::string name;
  ServicePolicy policy;
  ServiceLaunch launch;
  LogSpec log;
  std::optional<ProbeSpec> ready;
  std::optional<ProbeSpec> health;
  std::optional<ScheduleSpec> schedule;

  // Here they would be written out wherever a service is moved.
  ServiceSpec();
  ServiceSpec(const ServiceSpec&);
  ServiceSpec(ServiceSpec&&) noexcept;
  ServiceSpec& operator=(const ServiceSpec&);
  ServiceSpec& operator=(ServiceSpec&&) noexcept;
  ~ServiceSpec();

  bool operator==(const ServiceSpec&) const;
};

/// The words of a command that has a shell run `script`.
std::vector<std::string> shell_command(std::string_view script);

/// Where the control socket is, unless somebody says otherwise.
inline constexpr char kDefaultControlPlace[] = "/run/onit.sock";

/// All that a file of services says.
struct ServicesSpec {
  SupervisorPolicy policy;
  std::string control = kDefaultControlPlace;  ///< where the control socket is; empty: none
  std::string listen;                          ///< HOST:PORT of the listener for probes and metrics; empty: none
  LogFormat message_format{};                  ///< of onit's own messages, unless the command line says it
  std::vector<ServiceSpec> services;           ///< a ServiceId is an index into this

  bool operator==(const ServicesSpec&) const = default;
};

}  // namespace onit
