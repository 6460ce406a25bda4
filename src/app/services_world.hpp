#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/control_groups.hpp"
#include "app/control_routes.hpp"
#include "app/control_server.hpp"
#include "app/history.hpp"
#include "app/journal.hpp"
#include "app/listeners.hpp"
#include "app/log_pump.hpp"
#include "app/loop_times.hpp"
#include "app/members.hpp"
#include "app/prober.hpp"
#include "app/reporter.hpp"
#include "app/schedules.hpp"
#include "app/service_launch.hpp"
#include "app/service_runtime.hpp"
#include "app/service_words.hpp"
#include "app/services.hpp"
#include "app/services_view.hpp"
#include "app/world.hpp"
#include "control/notify_message.hpp"
#include "core/supervisor.hpp"
#include "os/manager.hpp"
#include "os/poller.hpp"
#include "os/signals.hpp"

namespace onit {

/// Services on the real machine. All signals must be blocked as long as it lives.
///
/// A turn: exits, signals, how starts went, deadlines, what services say and probes find, who asks for something, and
/// then the output. Each has its share, so that a flood of one does not hold up the others.
class ServicesWorld final : public ServiceWorld {
 public:
  ServicesWorld(const ServicesSetup& setup, ServicesSpec spec, Reporter& reporter);

  /// Opens what it needs: the sockets of services too, so that a bad address is told before anything starts. Errors:
  /// name the service and the reason.
  Result<void, Complaint> open();

  /// Whom the status is printed of.
  void show(const Supervisor& supervisor) { supervisor_ = &supervisor; }

  Instant now() override;
  ServiceEvent next(Deadline deadline) override;
  void perform(const ServiceAction& action) override;

  /// After the end: sees to it that everything services wrote is out, if readers take it within the time for the end.
  void write_last_words();

  LogPump& logs() { return logs_; }

  /// Why it has ended abnormally, in a sentence.
  const std::string& epitaph() const { return why_.empty() ? last_failure_ : why_; }
  /// Whether that was the last thing that was said already.
  bool has_said_why() const { return culprit_ && culprit_ == said_to_have_failed_; }

 private:
  // Events.
  std::optional<ServiceEvent> next_queued();
  void look_for_exits();
  bool on_child_ended(pid_t pid, ExitStatus status);
  void on_main_ended(ServiceId id, ExitStatus status);
  void on_auxiliary_ended(Auxiliary& auxiliary, ExitStatus status);
  bool take_signals();
  void wait_for_news(Deadline deadline);
  void on_news(const PollerEvent& event);
  void on_start_report(ServiceId id);
  void on_notify(ServiceId id);
  void on_message(ServiceId id, const NotifyMessage& message);
  void on_readiness(ServiceId id);
  void queue(ServiceEvent event) { queued_.push_back(std::move(event)); }
  std::optional<Millis> time_to_wait(Deadline deadline);
  std::span<const PollerEvent> wait_measured(Deadline deadline);
  bool has_to_decide() { return looks_for_exits_ || !queued_.empty() || take_signals(); }

  // Control.
  Result<void, Complaint> open_control();
  void on_control(const PollerEvent& event);
  void answer_calls();
  void finish_order();
  void take_call(const ControlCall& call);
  bool take(Asked& asked);
  bool take_order(Asked& asked);
  void send_as_asked(Asked& asked);
  void answer_order(Asked& asked);
  void answer_about_one(Reply& reply, ServiceId id);
  void answer_reload(Reply& reply) const;
  std::vector<std::string> read_definitions();
  pid_t leader_of(const ServiceRuntime& service) const;
  Result<void> signal_service(ServiceId id, int signal);
  void hand_over_sockets();
  ServicesView view();
  static Progress next_piece(void* context, Reply& reply, std::string& out);

  // Those whom services have started.
  void look_for_members();
  bool is_look_due() const;
  void settle_members();
  void tell_who_is_left(ServiceId id);
  void look_for_strays();
  std::vector<ServiceTrace> traces() const;
  bool belongs(pid_t pid, ServiceId id) const;
  void follow(ServiceId id, pid_t main);
  void on_followed_ended(ServiceId id);
  bool is_from(const NotifyDatagram& datagram, ServiceId id) const;

  // Actions.
  void on(const SpawnService& order);
  void on(const SignalService& order);
  void on(const SignalLeftovers& order);
  void on(const AwaitEmpty& order);
  void on(const RunProbe& order);
  void on(const StopProbe& order);
  void on(const RunPreStop& order);
  void on(const StopPreStop& order);
  void on(const SignalStrays& order);
  void on(const TellService& order);
  void on(const TellAll& order);
  void on(const ReopenLogs&);
  void on(const PrintStatus&);
  void on(const ReadDefinitions&);

  Result<void, Complaint> define(ServiceId id);
  Result<void, Complaint> start_main(ServiceId id);
  Result<void, Complaint> prepare_to_hear(ServiceRuntime& service, ServiceId id);
  bool start_auxiliary(ServiceId id, std::optional<ProbeKind> probe, const std::vector<std::string>& command);
  void give_up(ServiceId id, std::optional<ProbeKind> probe);
  ServiceSurroundings surroundings(const std::string& mark) const;
  ServiceSurroundings surroundings_of_main(ServiceId id, const LogPump::Ends& ends) const;
  std::string new_mark();
  void make_control_group(ServiceId id);
  void take_terminal_back(ServiceId id);
  void forget(ServiceId id);
  void warn(ServiceId id, std::string_view text) const;
  void fail(ServiceId id, const std::string& reason);
  void fail_start(ServiceId id, const std::string& reason);
  int tell_failure(ServiceId id, const SpawnReport& report);
  void tell_auxiliary_failure(ServiceId id, std::optional<ProbeKind> probe, const std::string& reason, int error = 0);
  bool tell_if_not_executed(const Auxiliary& auxiliary);
  void end_probe(ServiceId id, ProbeKind kind, bool succeeded);
  void note_probe(ServiceId id, ProbeKind kind, bool succeeded, std::string_view finding, int error = 0);
  std::string end_text(ServiceId id);
  void note_overrun(const TellService& news);
  std::optional<ServiceId> worst_failure() const;
  void tell(const NewsText& words, std::optional<ServiceId> failed);
  void record_order(ServiceId id, const char* what, std::string_view deed);
  void record(std::string_view service, const char* what, std::string_view text);
  std::string evidence_for(const TellService& news) const;
  void tell_manager(std::string_view state, std::string_view status);
  void tell_manager_again();

  const ServicesSetup& setup_;
  ServicesSpec spec_;  // without services, which are below
  Reporter& reporter_;
  const Supervisor* supervisor_ = nullptr;
  std::vector<ServiceRuntime> services_;
  std::vector<pid_t> main_pids_;    // of the services, close together: each exit is looked up here
  std::vector<pid_t> leader_pids_;  // ... and of those processes that onit started, where another is the main one
  std::vector<Auxiliary> auxiliaries_;

  Poller poller_;
  Fd signals_;
  LogPump logs_;
  Prober prober_;
  Listeners listeners_;
  ControlGroups control_groups_;
  Schedules schedules_;
  ManagerSocket manager_;
  std::string untold_;  // what it is still to hear
  ControlServer control_;
  std::string control_path_;  // empty: nobody can ask
  struct Ordered {
    ClientId client;
    Asked asked;
  };
  std::optional<Ordered> ordered_;  // what is done now, and answered when it has taken effect
  History history_;
  Journal journal_;
  LoopTimes loop_times_;
  std::uint64_t woken_at_us_ = 0;
  Redefinition redefinition_;
  Fd terminal_;

  std::vector<ServiceEvent> queued_;
  std::size_t told_ = 0;  // how many of them have been told; all of them: they are gone
  pid_t to_reap_ = 0;     // told, and kept until what it led to has been done
  bool looks_for_exits_ = true;
  int signals_in_turn_ = 0;
  bool looks_for_members_ = false;
  bool looks_for_strays_ = false;
  bool awaits_nothing_left_ = false;
  int stray_signal_ = 0;
  Instant next_look_{};
  std::vector<pid_t> strangers_;
  unsigned marks_ = 0;
  std::string own_mark_;
  Deadline end_;                                  // of the time for the end, once that has begun
  std::string last_failure_;                      // of a service, and not for another one's sake
  Patience patience_ = Patience::none;            // for the first that is too slow to end, if that was asked for
  std::string why_;                               // everything ends, if a service is the reason
  std::optional<ServiceId> culprit_;              // ... which one
  std::optional<ServiceId> said_to_have_failed_;  // by the last message
};

}  // namespace onit
