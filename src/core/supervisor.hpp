#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "core/service.hpp"
#include "core/service_action.hpp"
#include "core/service_event.hpp"
#include "core/service_policy.hpp"
#include "core/service_status.hpp"

namespace onit {

/// Decides, for all services together, what is started, stopped and started again, and when onit ends.
///
/// Of each service it knows what is wanted of it; after each event it looks at those whom the event may concern, and
/// does the next thing that brings them there: starts one whose conditions hold, stops one when everybody who needs it
/// is at rest. A service that stops because one that it needs was stopped by hand waits until that is started again.
class Supervisor {
 public:
  /// The policies' dependencies form no cycle.
  Supervisor(const SupervisorPolicy& policy, std::vector<ServicePolicy> services);

  /// Takes an event and decides. The actions are valid until the next call.
  const std::vector<ServiceAction>& apply(const ServiceEvent& event, Instant now);

  /// When DeadlinePassed is due.
  Deadline deadline() const;

  /// What onit exits with, once everything has ended.
  std::optional<int> exit_code() const { return exit_code_; }

  /// Services that are gone included.
  std::size_t count() const { return members_.size(); }
  const ServiceStatus& status(ServiceId service) const { return members_[service].service.status(); }
  const ServicePolicy& policy(ServiceId service) const { return members_[service].service.policy(); }
  const Service& service(ServiceId service) const { return members_[service].service; }

  /// It is to run, when its schedule or its conditions allow it.
  bool is_wanted(ServiceId service) const { return members_[service].is_wanted; }
  /// It was stopped by hand, and not asked for since.
  bool is_held(ServiceId service) const { return members_[service].is_held; }
  /// Nothing is under way to change what it is because somebody asked for it, or because of one that it needs: what
  /// its status says is what became of the last request.
  bool is_settled(ServiceId service) const {
    const Member& member = members_[service];
    bool is_change = member.starts_anew || member.redefinition || member.is_removed || member.is_due;
    bool is_gone = member.service.status().phase == ServicePhase::gone;
    return is_gone || !(is_change || (member.must_stop && member.service.is_alive()));
  }
  bool is_draining() const { return stage_ == Stage::draining; }
  /// Everything ends.
  bool is_ending() const { return stage_ != Stage::running && stage_ != Stage::draining; }

 private:
  static constexpr Instant kNever = Instant::max();

  /// How services count for what concerns all: of one, each is 0 or 1. With the sums nobody has to go through all of
  /// them at each event.
  struct Tally {
    int alive = 0;
    int stuck = 0;    ///< of those: not even KILL helps
    int pending = 0;  ///< neither alive nor at rest: there is more to come
    int held = 0;     ///< stopped by hand
    int essential = 0;
    int essential_unready = 0;
    int unready = 0;

    void add(const Tally& other, int sign);
  };

  /// A service, and what is wanted of it.
  struct Member {
    explicit Member(Service service_) : service(std::move(service_)) {}

    Service service;
    std::vector<ServiceId> dependents;            ///< those that depend on it, by whatever condition
    std::unique_ptr<ServicePolicy> redefinition;  ///< waits for it to be at rest
    bool is_wanted = false;                       ///< it is to run, when its schedule or its conditions allow it
    bool is_held = false;                         ///< it was stopped by hand
    bool is_removed = false;                      ///< it is no longer in the file
    bool starts_anew = false;                     ///< when it has stopped, it is to start again
    bool is_due = false;                          ///< its schedule asks for a run
    bool must_stop = false;                       ///< it, or something that it needs, is to be at rest
    bool is_listed = false;                       ///< it is to be looked at
    Tally share;                                  ///< how it counts at present
  };

  /// How far everything is.
  enum class Stage : unsigned char { running, draining, stopping, hurrying, strays, killing_strays };

  /// Why everything ends.
  enum class Cause : unsigned char { asked, essential, nothing_to_run };

  void handle(const ServiceEvent& event, Turn& turn);
  void on_begin(Turn& turn);
  void on_signal(Turn& turn, int signal);
  void on_request_to_end(Turn& turn, int signal);
  void on_deadline(Turn& turn);
  void on_schedule(Turn& turn, ServiceId id);
  void on_start_asked(ServiceId id);
  void on_stop_asked(ServiceId id);
  void on_restart_asked(ServiceId id);
  void on_redefined(Turn& turn, const Redefinition& changes);

  void want(ServiceId id);
  static const ServicePolicy& policy_to_be(const Member& member);
  void add(ServicePolicy policy);
  void link_dependents();
  void decide_who_must_stop();
  bool wants_rest(const Member& member) const;
  Reason rest_reason(const Member& member) const;
  void list(ServiceId id);
  void list_neighbours(ServiceId id);
  void list_all();
  void take_stock(ServiceId id);
  static Tally share_of(const Member& member);

  void look_at_listed(Turn& turn);
  void look_at(Turn& turn, ServiceId id);
  void rest_or_change(Turn& turn, ServiceId id);
  void stop_in_order(Turn& turn, ServiceId id);
  void start_if_possible(Turn& turn, ServiceId id);
  bool is_to_start(const Member& member) const;
  bool is_needed(ServiceId id) const;
  void on_final(Turn& turn, ServiceId id);
  void look_at_all(Turn& turn);
  static void tell(Turn& turn, const TellAll& news);
  void tell_readiness(Turn& turn);

  void begin_end(Turn& turn, Cause cause, const TellAll& news, int exit_code);
  void hurry(Turn& turn, SupervisorNews news);
  void end_strays(Turn& turn);
  void kill_strays(Turn& turn);
  void leave(Turn& turn);
  int decide_exit_code() const;

  SupervisorPolicy policy_;
  std::vector<Member> members_;
  Tally tally_;
  std::vector<Instant> deadlines_;  // of the services; kNever: none
  std::vector<ServiceId> listed_;
  std::vector<ServiceAction> actions_;
  Jitter jitter_;

  Stage stage_ = Stage::running;
  Cause cause_ = Cause::asked;
  Deadline deadline_;  // of the stage
  int kill_attempts_ = 0;
  int cause_code_ = 0;
  bool has_overrun_ = false;
  bool is_ready_told_ = false;
  bool is_end_asked_ = false;  // by somebody, whatever else has led to it
  std::optional<int> asked_code_;
  std::optional<int> exit_code_;
};

}  // namespace onit
