#pragma once

#include <cstdint>
#include <optional>

#include "base/exit_status.hpp"
#include "base/time.hpp"
#include "core/service_action.hpp"
#include "core/service_policy.hpp"

namespace onit {

/// Where a service is in its life. In the comments: the deadline.
enum class ServicePhase : std::uint8_t {
  inactive,     ///< nothing of it runs, and nothing will unless it is asked for; none
  waiting,      ///< for what it depends on, or for its schedule; none
  spawning,     ///< forked, not executed yet; none
  starting,     ///< it runs, but is not ready yet; a oneshot is at work; the end of its patience
  up,           ///< it runs, and is ready if it was to become so; the watchdog
  pre_stop,     ///< it is about to be asked to end, and something runs before that; the end of the grace period
  stopping,     ///< it was asked to end; the end of the grace period
  killing,      ///< it was sent KILL; 100 ms, then again
  clearing,     ///< its main process has ended, those whom it left behind are asked to; the end of the grace period
  backing_off,  ///< it is going to be started again; the delay
  gone,         ///< it is no longer in the file; none
};

/// How the last run of a service went.
enum class Outcome : std::uint8_t {
  none,       ///< it has not run yet, or runs
  succeeded,  ///< it has ended by itself, successfully
  stopped,    ///< it has ended because it was asked to
  failed,     ///< it has ended in any other way, or could not even start
};

enum class Health : std::uint8_t { unknown, healthy, unhealthy };

/// What there is to see of a service.
struct ServiceStatus {
  ServicePhase phase = ServicePhase::inactive;
  bool ready = false;
  Health health = Health::unknown;
  Outcome outcome = Outcome::none;
  Reason reason = Reason::none;  ///< why it stops, was stopped, failed or is started again
  ServiceId other = 0;           ///< reason or wait: whom it is about
  Condition awaited{};           ///< waiting: for what
  std::optional<ExitStatus> last_exit{};
  std::optional<int> last_code{};  ///< of last_exit, or of the start that has failed after it
  int exit_code = 0;               ///< of its last run, as onit would exit with it
  bool has_run = false;            ///< it was executed at least once
  int restarts = 0;                ///< automatic ones, in all
  Instant since{};                 ///< the phase
  Deadline deadline{};             ///< of the phase
};

}  // namespace onit
