#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "base/exit_status.hpp"
#include "core/event.hpp"
#include "core/service_policy.hpp"

namespace onit {

/// What a probe is for.
enum class ProbeKind : std::uint8_t { ready, health };

/// After SpawnService: the service's program runs (exec has succeeded).
struct ServiceStarted {
  ServiceId service;
};

/// After SpawnService: it does not, and there is no process. `exit_code` is one of onit's own.
struct ServiceStartFailed {
  ServiceId service;
  int exit_code;
};

/// The service's main process has ended. Its group can be signalled until the next event.
struct ServiceExited {
  ServiceId service;
  ExitStatus status;
};

/// After AwaitEmpty: nobody of those whom the service has started is left.
struct ServiceEmpty {
  ServiceId service;
};

/// The service has said that it is ready: by sd_notify, its descriptor, or a line of its log.
struct ServiceReady {
  ServiceId service;
};

/// It never will: it has closed the descriptor on which it was to say so.
struct ServiceNeverReady {
  ServiceId service;
};

/// It has said that it is about to end (STOPPING=1).
struct ServiceStopping {
  ServiceId service;
};

/// It asks for more time: what it is doing may take so long from now (EXTEND_TIMEOUT_USEC).
struct TimeoutExtended {
  ServiceId service;
  Millis by;
};

/// It is alive (WATCHDOG=1).
struct WatchdogFed {
  ServiceId service;
};

/// It wants to be treated as if it had missed the watchdog (WATCHDOG=trigger).
struct WatchdogTriggered {
  ServiceId service;
};

/// It changes how often it has to say so (WATCHDOG_USEC).
struct WatchdogChanged {
  ServiceId service;
  Millis interval;
};

/// What a look has shown.
enum class ProbeOutcome : std::uint8_t {
  failed,
  succeeded,
  nothing,  ///< it could not begin, for lack of descriptors, processes or memory: that says nothing about the service
};

/// After RunProbe: the look is over.
struct ProbeEnded {
  ServiceId service;
  ProbeKind kind;
  ProbeOutcome outcome;
};

/// After RunPreStop: it has ended, or could not be started.
struct PreStopEnded {
  ServiceId service;
};

/// The time of a scheduled service has come.
struct ScheduleDue {
  ServiceId service;
};

// What somebody asks for.

struct StartAsked {
  ServiceId service;
};

struct StopAsked {
  ServiceId service;
};

struct RestartAsked {
  ServiceId service;
};

struct ShutdownAsked {
  std::optional<int> exit_code;
};

/// The file was read again. `changes` says what is different, and is only looked at during this event.
struct Redefinition;
struct Redefined {
  const Redefinition* changes;
};

using ServiceEvent = std::variant<Begin, ServiceStarted, ServiceStartFailed, ServiceExited, ServiceEmpty, ServiceReady,
                                  ServiceNeverReady, ServiceStopping, TimeoutExtended, WatchdogFed, WatchdogTriggered,
                                  WatchdogChanged, ProbeEnded, PreStopEnded, ScheduleDue, SignalArrived, DeadlinePassed,
                                  StartAsked, StopAsked, RestartAsked, ShutdownAsked, Redefined, NothingLeft>;

/// What a new version of the file changes.
struct Redefinition {
  struct Change {
    ServiceId service;  ///< one more than the last: a new one, in this order
    ServicePolicy policy;
  };
  std::vector<Change> changed;     ///< with a new definition, or new
  std::vector<ServiceId> removed;  ///< no longer there
  SupervisorPolicy policy;
};

}  // namespace onit
