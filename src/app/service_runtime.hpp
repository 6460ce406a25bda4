#pragma once

#include <sys/types.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "core/service_event.hpp"
#include "core/service_spec.hpp"
#include "os/control_group.hpp"
#include "os/fd.hpp"
#include "os/notify_socket.hpp"
#include "os/readiness.hpp"
#include "os/spawn.hpp"

namespace onit {

/// What a service is on the machine.
struct ServiceRuntime {
  ServiceSpec spec;
  std::unique_ptr<ServiceSpec> next_spec;  ///< from the next start on
  bool is_removed = false;                 ///< it is no longer in the file, and will be gone when it has stopped
  std::string mark;                        ///< what those whom it starts are known by
  std::array<std::string, 2> outputs;      ///< ... or by these pipes to onit, as /proc names them

  pid_t pid = 0;                         ///< its main process, as long as that has not been reaped
  pid_t session = 0;                     ///< of the run; the group's number too, as long as `pid` is not reaped
  std::uint64_t started_us = 0;          ///< the last time, since 1970; 0: never
  Instant started{};                     ///< the same time, to measure by
  std::optional<Millis> start_duration;  ///< until it was ready, if that was told
  Fd start_report;                       ///< valid as long as it is not known whether exec has succeeded
  std::optional<SpawnReport> failure;
  bool has_left_some = false;  ///< its main process has ended unasked, and others of the run were still there
  bool is_unasked = false;     ///< ... it has ended so, and nobody has looked yet who is there
  bool is_awaited = false;     ///< ServiceEmpty is to be told
  bool was_found = false;      ///< somebody of the run, by the last look
  int leftover_signal = 0;     ///< to be sent to those that are found
  bool spares_group = false;   ///< ... but not to those of the main process's group
  pid_t own_main = 0;          ///< who is the main process by its own word (MAINPID); 0: `pid`
  Fd main_watch;               ///< ... and a pidfd of it
  int asked_signal = 0;        ///< the last one that was sent to this run because somebody asked for it
  ExitStatus leader_status{};  ///< how `pid` has ended, if another is the main process
  uid_t uid = 0;               ///< the user that it was started as

  std::unique_ptr<ControlGroup> group;  ///< of the run, if the service has limits and it could be made
  bool was_told_of_group = false;       ///< why it could not
  std::string start_failure;            ///< why it could not be executed when it was to be last; empty: it could
  std::string auxiliary_failure;        ///< why a probe or pre_stop could not be executed, as it was told last

  std::unique_ptr<NotifySocket> notify;
  std::unique_ptr<ReadinessPipe> readiness;

  // What it says of itself by sd_notify, in this run.
  std::string said;           ///< STATUS
  std::string complaint;      ///< ERRNO, BUSERROR and EXIT_STATUS, for people
  bool is_reloading = false;  ///< RELOADING=1, until READY=1

  /// The main process, by its own word if it has given it; 0: there is none.
  pid_t main_pid() const { return own_main != 0 ? own_main : pid; }

  bool uses_notify() const {
    return spec.policy.watchdog > Millis{0} || (spec.ready && spec.ready->type == ProbeType::notify);
  }
};

/// A process besides the main one: a probe, or what runs before the stop signal. It has a session of its own.
struct Auxiliary {
  ServiceId service;
  std::optional<ProbeKind> probe;  ///< nothing: pre_stop
  pid_t pid = 0;                   ///< 0: it has ended, and what it has left behind is to be killed
  pid_t session = 0;
  std::string mark;
  Fd start_report{};
  bool is_given_up = false;  ///< nobody waits for its outcome any more
};

}  // namespace onit
