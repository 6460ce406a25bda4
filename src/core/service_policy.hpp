#pragma once

#include <bitset>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"

namespace onit {

/// A service by its place in the list of all. It keeps that for as long as onit runs, reloads included.
using ServiceId = std::size_t;

/// So many services a file may have.
inline constexpr std::size_t kMostServices = 4096;

/// What a service waits for in another one, before it starts.
enum class Condition : std::uint8_t {
  started,    ///< it was executed
  ready,      ///< it has said, or a probe has found, that it is ready
  healthy,    ///< its health check has succeeded
  completed,  ///< it has ended, successfully
  exited,     ///< it has ended, whether successfully or not
};

struct Dependency {
  ServiceId service;
  Condition condition;

  bool operator==(const Dependency&) const = default;
};

enum class ServiceType : std::uint8_t {
  simple,   ///< it is meant to stay
  oneshot,  ///< it is meant to do its work and end
};

/// After which ends a service is started again.
enum class RestartPolicy : std::uint8_t { no, on_failure, always };

/// What follows when a service has failed and no restart is left.
enum class OnGiveUp : std::uint8_t { ignore, shutdown };

/// What follows when the health check has failed too often.
enum class OnUnhealthy : std::uint8_t { ignore, restart };

/// What follows when a schedule is due while the run before still goes on.
enum class Overlap : std::uint8_t {
  skip,     ///< this time is left out
  queue,    ///< one more run follows at once
  replace,  ///< the running one is stopped, and a new one started
};

/// How a service becomes ready.
struct ReadinessPolicy {
  bool is_probed = false;         ///< somebody has to look, again and again; otherwise the service tells
  Millis interval{250};           ///< between the end of a look and the next
  Millis attempt_timeout{2'000};  ///< for one look
  Millis timeout{60'000};         ///< for all of it, from the start; 0: for ever

  bool operator==(const ReadinessPolicy&) const = default;
};

/// How often the health of a service is looked at, and what is made of it. Source: Dockerfile reference, HEALTHCHECK.
struct HealthPolicy {
  Millis interval{30'000};       ///< between the end of a look and the next
  Millis timeout{30'000};        ///< for one look
  Millis start_period{0};        ///< failures do not count for so long, unless a look has succeeded
  Millis start_interval{5'000};  ///< the interval until then
  int retries = 3;               ///< so many failures in a row make it unhealthy
  OnUnhealthy on_unhealthy = OnUnhealthy::ignore;

  bool operator==(const HealthPolicy&) const = default;
};

/// What the pure core needs to know of a service.
struct ServicePolicy {
  ServiceType type = ServiceType::simple;
  std::vector<Dependency> depends_on;
  bool autostart = true;            ///< otherwise it starts when asked for, or when one that starts depends on it
  bool essential = false;           ///< when it ends for good, everything ends
  std::optional<Overlap> schedule;  ///< it runs whenever its time has come

  std::optional<ReadinessPolicy> ready;
  std::optional<HealthPolicy> health;
  Millis watchdog{0};  ///< the service has to say that it is alive at least so often; 0: it has not
  Millis timeout{0};   ///< oneshot: until it is to have ended; 0: for ever

  RestartPolicy restart = RestartPolicy::no;
  Millis restart_delay{100};
  Millis restart_max_delay{30'000};
  Millis restart_reset_after{10'000};
  int max_restarts = 5;  ///< within the window; 0: no limit
  Millis restart_window{60'000};
  OnGiveUp on_give_up = OnGiveUp::ignore;
  std::bitset<256> success_exit_codes{1};  ///< a bit for each code; bit 0 is code 0

  int stop_signal = SIGTERM;
  Millis stop_grace_period{5'000};  ///< from the stop signal (or pre_stop) to KILL; 0: KILL at once
  bool has_pre_stop = false;

  // Here they would be written out wherever a policy is moved.
  ServicePolicy();
  ServicePolicy(const ServicePolicy&);
  ServicePolicy(ServicePolicy&&) noexcept;
  ServicePolicy& operator=(const ServicePolicy&);
  ServicePolicy& operator=(ServicePolicy&&) noexcept;
  ~ServicePolicy();

  bool operator==(const ServicePolicy&) const;
};

/// What it needs to know of all together.
struct SupervisorPolicy {
  Millis stop_grace_period{9'000};          ///< from the request to KILL for everybody
  Millis drain{0};                          ///< a TERM is held back for so long
  std::optional<ServiceId> exit_code_from;  ///< whose exit code becomes onit's
  std::optional<ServiceId> main;            ///< the command: it gets the signals that are the application's
  std::uint64_t seed = 1;                   ///< for the jitter of delays

  bool operator==(const SupervisorPolicy&) const = default;
};

}  // namespace onit
