#pragma once

#include <vector>

#include "core/back_off.hpp"
#include "core/probe_watch.hpp"
#include "core/service_action.hpp"
#include "core/service_event.hpp"
#include "core/service_policy.hpp"
#include "core/service_status.hpp"

namespace onit {

/// How often KILL is repeated, and how long each time it may take to act. What does not die of it then hangs in the
/// kernel.
inline constexpr int kServiceKillAttempts = 20;
inline constexpr Millis kServiceKillInterval{100};

/// What a service has after its stop signal if what ran before that took all of the grace period. Source: the kubelet.
inline constexpr Millis kAfterPreStop{2'000};

/// What decisions need besides the service itself.
struct Turn {
  Instant now;
  std::vector<ServiceAction>& actions;
  Jitter& jitter;
  Reason rest = Reason::none;  ///< why the service is to rest, though it may not be its turn to stop; none: it is not
};

/// The life of one service: started and stopped by the supervisor, and by itself started again, given up, or stopped
/// when it fails.
class Service {
 public:
  Service(ServiceId id, ServicePolicy policy);

  const ServicePolicy& policy() const { return policy_; }
  const ServiceStatus& status() const { return status_; }
  /// When on_deadline() is due.
  Deadline deadline() const;

  /// Something of it may be running.
  bool is_alive() const;
  /// Its main process may be there. Once that has ended its group's number may be anybody's.
  bool has_process() const { return is_alive() && status_.phase != ServicePhase::clearing; }
  /// It has come to an end that nothing but a request can change.
  bool is_final() const { return status_.phase == ServicePhase::inactive && status_.outcome != Outcome::none; }
  /// Its main process does not even die of KILL.
  bool is_stuck() const { return status_.phase == ServicePhase::killing && !status_.deadline; }
  /// It had to be killed since it was last started, because it took too long to end, or could not even be.
  bool has_overrun() const { return has_overrun_ || is_stuck(); }
  void forget_overrun() { has_overrun_ = false; }
  /// The restarts that counted for the limit when it was last to be started again.
  int restarts_in_window() const { return back_off_.in_window(); }

  // What the supervisor decides.

  /// It is wanted, but something else comes first. Nothing of it may be running.
  void wait(Turn& turn, Reason reason, const Dependency* missing);
  void start(Turn& turn, Reason reason);
  /// It cannot be started for what has become of another one, which would have exited with `exit_code`.
  void fail_for(Turn& turn, ServiceId other, int exit_code);
  /// Ends what runs of it; it does not come back by itself.
  void stop(Turn& turn, Reason reason, ServiceId other);
  /// Ends it at once, because everything ends.
  void kill(Turn& turn);
  /// The past counts no more: a request starts it anew.
  void forget_failures() { back_off_.forget(); }
  /// Takes a new definition. Nothing of it may be running.
  void redefine(ServicePolicy policy);
  void become_gone(Turn& turn);
  /// From now on it is there.
  void appear(Instant now) { status_.since = now; }
  /// A run was due while another one went on.
  void skip(Turn& turn);

  // What happens to it.

  void on(const ServiceStarted&, Turn& turn);
  void on(const ServiceStartFailed& event, Turn& turn);
  void on(const ServiceExited& event, Turn& turn);
  void on(const ServiceEmpty&, Turn& turn);
  void on(const ServiceReady&, Turn& turn);
  void on(const ServiceNeverReady&, Turn& turn);
  void on(const ServiceStopping&, Turn& turn);
  void on(const TimeoutExtended& event, Turn& turn);
  void on(const WatchdogFed&, Turn& turn);
  void on(const WatchdogTriggered&, Turn& turn);
  void on(const WatchdogChanged& event, Turn& turn);
  void on(const ProbeEnded& event, Turn& turn);
  void on(const PreStopEnded&, Turn& turn);
  void on_deadline(Turn& turn);

 private:
  void enter(Turn& turn, ServicePhase phase, Deadline deadline);
  static void tell(Turn& turn, const TellService& news);
  void become_up(Turn& turn);
  void end_probes(Turn& turn);
  void credit_wellness(Turn& turn);
  void look(Turn& turn, ProbeKind kind);
  void on_ready_probe(Turn& turn, ProbeOutcome outcome);
  void on_health_probe(Turn& turn, ProbeOutcome outcome);
  void on_phase_deadline(Turn& turn);

  void end_run(Turn& turn, Reason reason, int signal);
  void send_stop_signal(Turn& turn, int signal);
  void overrun(Turn& turn, Reason why);
  void send_kill(Turn& turn);
  bool rest_if_asked(Turn& turn, int exit_code);
  void settle(Turn& turn);
  void conclude(Turn& turn, Outcome outcome, Reason reason, int exit_code);
  void rest(Turn& turn, Outcome outcome, Reason reason, int exit_code, int restarts_in_vain = 0);
  bool is_success(ExitStatus status) const;
  bool may_restart(Outcome outcome, Reason reason) const;

  ServiceId id_;
  ServicePolicy policy_;
  ServiceStatus status_;
  ProbeWatch ready_watch_;
  ProbeWatch health_watch_;
  BackOff back_off_;

  // Of the current run.
  Reason ending_ = Reason::none;  // why it is being ended; none: it ends by itself
  bool is_asked_ = false;         // the supervisor has asked for the end
  bool has_ended_ = false;        // the main process has
  bool is_signalled_ = false;     // its process group has had the stop signal
  bool has_overrun_ = false;
  int kill_attempts_ = 0;
  int health_failures_ = 0;
  bool was_healthy_ = false;
  Instant started_at_{};
  Deadline well_since_;  // up, and not unhealthy
  Millis watchdog_{0};
};

}  // namespace onit
