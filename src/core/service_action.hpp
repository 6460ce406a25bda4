#pragma once

#include <variant>

#include "core/service_event.hpp"
#include "core/service_policy.hpp"

namespace onit {

/// Start the service's main process. ServiceStarted or ServiceStartFailed follows.
struct SpawnService {
  ServiceId service;
};

/// Send a signal to the process group of the service's main process.
struct SignalService {
  ServiceId service;
  int signal;
};

/// Send a signal to whatever descended from the service, wherever it went, after its main process has ended.
struct SignalLeftovers {
  ServiceId service;
  int signal;
  bool except_group = false;  ///< the process group of the main process has had it
};

/// Tell when nobody of those whom the service has started is left. Until then they are looked for.
struct AwaitEmpty {
  ServiceId service;
  bool is_unasked = false;  ///< nobody wanted the main process to end
};

/// Look once whether the service is ready, or healthy. ProbeEnded follows, unless StopProbe comes first.
struct RunProbe {
  ServiceId service;
  ProbeKind kind;
};

/// End that look, with all that it has started.
struct StopProbe {
  ServiceId service;
  ProbeKind kind;
};

/// Run what is to run before the stop signal. PreStopEnded follows, unless StopPreStop comes first.
struct RunPreStop {
  ServiceId service;
};

/// End that, with all that it has started.
struct StopPreStop {
  ServiceId service;
};

/// Send a signal to everything that is left of what onit has started, though it belongs to no service any more.
/// NothingLeft follows when nobody is.
struct SignalStrays {
  int signal;
};

/// Why a service is where it is.
enum class Reason : std::uint8_t {
  none,
  asked,              ///< somebody asked for it
  shutdown,           ///< everything ends
  dependency_stops,   ///< [other] has to be stopped first
  dependency_failed,  ///< [other] will never be what it is waited for
  start_failed,       ///< it could not be executed [code]
  exited,             ///< [status]
  ready_timeout,      ///< it did not become ready in time
  never_ready,        ///< it ended, or closed its descriptor, without having become ready
  run_timeout,        ///< a oneshot took too long
  unhealthy,          ///< its health check failed too often
  watchdog,           ///< it did not say in time that it is alive
  redefined,          ///< its definition has changed
  removed,            ///< it is no longer in the file
  schedule,           ///< its time has come
};

/// What happened to a service, for whoever reads the log. What each comes with is in brackets.
enum class ServiceNews : std::uint8_t {
  waiting,    ///< for a dependency [other, condition]
  starting,   ///< it is executed [reason]
  started,    ///< and runs
  ready,      ///< [after]
  completed,  ///< a oneshot has done its work
  exited,     ///< its main process has ended [status]
  healthy,
  unhealthy,    ///< [count: failures in a row]
  stopping,     ///< it is asked to end [reason, signal]
  killing,      ///< it took too long, or nobody has patience any more [reason: shutdown], and is killed
  stopped,      ///< nothing is left of it [reason]
  unkillable,   ///< something of it does not even die of KILL
  backing_off,  ///< it is started again [after: the delay, count: the restart since it was last well, reason, status]
  failed,   ///< no start, and no restart, is left [reason, other, code, count: the restarts that did not help, status]
  skipped,  ///< its time has come, but it still runs
  removed,  ///< it is no longer in the file, and nothing is left of it
};

struct TellService {
  ServiceId service;
  ServiceNews news;
  Reason reason = Reason::none;
  ServiceId other = 0;
  Condition condition = Condition::started;
  int code = 0;  ///< exit code, or signal
  ExitStatus status{};
  int count = 0;
  Millis after{0};
};

/// What happened to all of them.
enum class SupervisorNews : std::uint8_t {
  all_ready,        ///< every essential service is; if there is none: every one that is wanted [code: how many are not]
  draining,         ///< a TERM is held back [signal]
  shutting_down,    ///< a signal or a command asked for it [signal; 0: a command]
  essential_ended,  ///< an essential service has ended for good, or one has given up [service]
  nothing_to_run,   ///< every service has ended
  hurrying,         ///< a second request: no more patience
  deadline_over,    ///< the time for all together is over: KILL
  unkillable,       ///< something does not even die of KILL; onit leaves
  leaving,          ///< [code]
};

struct TellAll {
  SupervisorNews news;
  ServiceId service = 0;
  int signal = 0;
  int code = 0;
};

/// Open the log files anew.
struct ReopenLogs {};

/// Print the status of all services.
struct PrintStatus {};

/// Read the file again; Redefined follows if it is good.
struct ReadDefinitions {};

using ServiceAction =
    std::variant<SpawnService, SignalService, SignalLeftovers, AwaitEmpty, RunProbe, StopProbe, RunPreStop, StopPreStop,
                 SignalStrays, TellService, TellAll, ReopenLogs, PrintStatus, ReadDefinitions>;

}  // namespace onit
