#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/service_action.hpp"
#include "core/service_event.hpp"
#include "core/service_policy.hpp"
#include "core/supervisor.hpp"

namespace onit::sim {

/// What must hold in every history of services. Each has a name that a failure is reported by.
enum class ServiceRule : std::uint8_t {
  one_instance,
  conditions_hold_at_a_start,
  only_the_wanted_start,
  the_wanted_start_at_once,
  nothing_starts_at_the_end,
  stops_in_order,
  stopped_only_with_a_cause,
  stopped_when_there_is_cause,
  pre_stop_comes_first,
  the_signal_is_the_right_one,
  signals_reach_who_is_there,
  no_kill_before_its_time,
  kill_when_time_is_over,
  kill_is_repeated,
  what_is_left_is_cleared,
  readiness_is_waited_for_in_time,
  a_oneshot_ends_in_time,
  the_watchdog_bites_in_time,
  probes_only_where_they_belong,
  probes_keep_their_interval,
  a_look_ends_in_time,
  health_is_counted,
  back_off_is_kept,
  restarts_follow_the_policy,
  gives_up_at_the_limit,
  a_failure_reaches_the_dependents,
  its_end_is_everybodys,
  a_drain_waits,
  a_second_request_hurries,
  everybody_is_killed_at_the_deadline,
  strays_come_last,
  signals_of_the_application,
  signals_of_onit,
  nothing_to_run_ends_it,
  the_exit_code_is_the_documented_one,
  what_is_shown_is_true,
  news_are_true,
  no_busy_loop,
  it_always_ends,
  count,
};

const char* rule_name(ServiceRule rule);

/// How often each rule had something to say, over all histories: a rule that never had proves nothing.
using ServicesExercised = std::array<std::uint64_t, static_cast<std::size_t>(ServiceRule::count)>;

/// Watches one history of services from outside. It knows the policies, sees each event and what was done about it, and
/// keeps its own books. It shares no code with what it judges, and looks at what that shows of itself only to hold it
/// to that: where the documentation leaves two ways open, either will do, but what is shown must then be what is done.
class ServicesJudge {
 public:
  ServicesJudge(const SupervisorPolicy& policy, const std::vector<ServicePolicy>& services, const Supervisor& judged,
                ServicesExercised& exercised);

  /// One event, and all that was done until the next one was asked for.
  void see(const ServiceEvent& event, const std::vector<ServiceAction>& actions, Instant now);
  /// All that can happen now has happened: whatever was due must have been done.
  void see_wait(Deadline deadline, Instant now);
  /// The end of the history. `immortals`: whether anybody is left whom KILL does not reach.
  void see_end(int exit_code, bool immortals, Instant now);

  /// The first violation: the rule, and what happened.
  const std::optional<std::pair<ServiceRule, std::string>>& violation() const { return violation_; }

 private:
  static constexpr std::size_t kNews = static_cast<std::size_t>(ServiceNews::removed) + 1;
  static std::size_t index_of(ServiceNews news) { return static_cast<std::size_t>(news); }

  enum class Main : std::uint8_t { none, spawning, alive, dead };  // dead: others that it has started may be left
  /// Whether it is going to be started. `maybe`: the documentation does not say.
  enum class Wanted : std::uint8_t { no, maybe, yes };
  /// What follows a stop.
  enum class After : std::uint8_t { as_policy_says, rest, again, maybe };

  struct Look {
    bool runs = false;
    Instant since{};
    Instant not_before{};  // the next one
    Deadline at_latest;
  };

  /// A moment that is only known to lie between two.
  struct Between {
    Instant low;
    Instant high;
  };

  struct Book {
    explicit Book(const ServicePolicy& its_policy) : policy(its_policy) {}

    ServicePolicy policy;
    std::optional<ServicePolicy> next_policy;
    bool gone = false;
    bool to_go = false;

    Main main = Main::none;
    bool given_up = false;  // not even KILL helped
    bool ended_now = false;
    Instant spawned_at{};
    Instant up_at{};
    bool up = false;
    bool was_up = false;  // in this run
    Instant well_since{};
    Deadline patience_end;  // starting: that of the readiness or of the oneshot
    Deadline bite;          // of the watchdog
    Millis watchdog{0};
    bool aborted = false;
    Reason failing = Reason::none;  // why it is to be stopped as failed
    bool says_stopping = false;

    bool stop_due = false;              // somebody or something asked for it
    bool may_stop = false;              // whether it should is left open
    Reason stop_reason = Reason::none;  // as it was told; none: it was not
    bool surely_asked = false;          // it was its turn to be stopped; that is not taken back
    bool own_end_asked = false;         // somebody asked for its own end, its turn or not, and did not take it back
    bool shutdown_due = false;          // the end of everything did
    After after = After::as_policy_says;
    std::optional<Instant> stop_began;
    bool stop_signal_sent = false;
    bool pre_stop_runs = false;
    bool pre_stop_ended = false;
    std::optional<Between> kill;
    int kills = 0;
    Instant last_kill{};
    bool killed_now = false;
    bool group_asked = false;          // its process group has had a signal that asks for the end
    std::optional<ExitStatus> status;  // of the run that ends
    bool awaits_empty = false;
    bool leftovers_told = false;

    Look looks[2];
    int failures = 0;
    bool was_healthy = false;
    Health health = Health::unknown;

    Wanted wanted = Wanted::no;
    bool automatic = false;  // wanted again because the policy says so, after a delay
    Between start{};
    Wanted by_hand = Wanted::no;  // stopped so
    Wanted queued = Wanted::no;

    Outcome outcome = Outcome::none;
    bool has_run = false;
    bool has_started = false;  // or failed to
    bool outcome_is_open = false;
    bool failed_for_other = false;
    bool stopped_for_other = false;
    bool may_end_all = false;
    std::optional<ExitStatus> last_exit;
    std::bitset<256> exit_codes;  // possible ones
    int fewest_restarts = 0;
    int most_restarts = 0;
    int n_low = 0;
    int n_high = 0;
    std::vector<Between> restarted;

    std::bitset<kNews> due_news;   // of what happens now
    std::bitset<kNews> told_news;  // now
    bool told_failure = false;     // now: of its own
    bool told_failure_of_other = false;
    bool rests_now = false;                // its run has ended
    bool stopped_now = false;              // as it was asked to
    std::optional<ServiceNews> last_told;  // of those that say where it is
  };

  void check(ServiceRule rule, bool holds, const char* what);
  void check(ServiceRule rule, bool holds, const char* what, ServiceId service);
  Book& book(ServiceId id) { return books_[id]; }

  void note(const Begin&);
  void note(const ServiceStarted&);
  void note(const ServiceStartFailed&);
  void note(const ServiceExited&);
  void note(const ServiceEmpty&);
  void note(const ServiceReady&);
  void note(const ServiceNeverReady&);
  void note(const ServiceStopping&);
  void note(const TimeoutExtended&);
  void note(const WatchdogFed&);
  void note(const WatchdogTriggered&);
  void note(const WatchdogChanged&);
  void note(const ProbeEnded&);
  void note(const PreStopEnded&);
  void note(const ScheduleDue&);
  void note(const SignalArrived&);
  void note(const DeadlinePassed&);
  void note(const StartAsked&);
  void note(const StopAsked&);
  void note(const RestartAsked&);
  void note(const ShutdownAsked&);
  void note(const Redefined&);
  void note(const NothingLeft&);

  void take(const SpawnService&);
  void take(const SignalService&);
  void take(const SignalLeftovers&);
  void take(const AwaitEmpty&);
  void take(const RunProbe&);
  void take(const StopProbe&);
  void take(const RunPreStop&);
  void take(const StopPreStop&);
  void take(const SignalStrays&);
  void take(const TellService&);
  void take(const TellAll&);
  void take(const ReopenLogs&);
  void take(const PrintStatus&);
  void take(const ReadDefinitions&);

  // Deeds
  void take_kill(ServiceId id, bool leftovers);
  void begin_stop(ServiceId id, bool by_pre_stop);
  bool must_kill_now(const Book& b) const;
  void check_reason(const TellService& deed);
  bool may_stop(const Book& b) const;

  // Lives
  void become_up(ServiceId id);
  void leave_up(Book& b);
  void credit_wellness(Book& b);
  void fail_run(ServiceId id, Reason reason);
  void end_run(ServiceId id);
  std::bitset<256> codes_of_run(const Book& b, bool success, bool asked) const;
  static Book at_rest(const Book& b);
  void follow_run(ServiceId id, After after, Wanted queued, bool always_restarts, bool was_essential);
  void follow_policy(ServiceId id, bool always_restarts);
  bool within_limit(const Book& b, bool strictly) const;
  void end_for_good(ServiceId id);
  void look_failed(ServiceId id, ProbeKind kind);
  void look_succeeded(ServiceId id, ProbeKind kind);
  void plan_look(Book& b, ProbeKind kind, Instant ended);

  // Wishes
  void want(ServiceId id, Wanted how);
  void want_again(Book& b, Wanted how) const;
  void open_needs(ServiceId id);
  static void forget_failures(Book& b);
  static void open_rest(Book& b);
  static bool is_being_stopped(const Book& b);
  void want_again_by_hand(ServiceId id);
  void ask_stop(ServiceId id, After after);
  void spread_stops();
  void spread_failures();
  void reopen_stops();
  void reopen_stops_for(ServiceId id);
  void adopt_exit_code(Book& b, const ServiceStatus& shown);
  void resolve();
  bool needs_up(const Book& b, ServiceId other) const;
  bool is_needed(ServiceId id) const;
  bool holds(const Dependency& dependency, bool strictly) const;
  bool never_holds(const Dependency& dependency) const;
  bool may_never_hold(const Dependency& dependency) const;
  bool all_hold(const Book& b, bool strictly) const;

  // The end
  void begin_end(std::optional<ServiceId> by);
  void request_end(bool is_signal, int signal, std::optional<int> code);
  bool all_rest() const;
  std::bitset<256> possible_exit_codes() const;

  // At the end of a turn, and before time passes
  void close_turn(const ServiceEvent& event);
  void check_signal_event(int signal);
  void check_dues(ServiceId id);
  void check_run_dues(ServiceId id);
  void check_look_dues(ServiceId id);
  void check_end_dues();
  void check_shown(ServiceId id);
  void check_news(ServiceId id);
  void check_end_of_run(ServiceId id);
  void check_last_told(ServiceId id);

  SupervisorPolicy policy_;
  const Supervisor& judged_;
  ServicesExercised& exercised_;
  std::optional<std::pair<ServiceRule, std::string>> violation_;
  Instant now_{};
  std::vector<Book> books_;
  std::bitset<64> soft_;  // those for whose sake others may have to stop, and must not start

  Deadline drain_end_;
  bool is_ending_ = false;
  bool ends_now_ = false;
  bool ends_by_request_ = false;
  std::optional<ServiceId> ended_by_;
  bool ended_by_nothing_ = false;
  Instant end_deadline_{};
  bool must_hurry_ = false;
  bool is_end_requested_ = false;
  std::optional<int> asked_code_;
  std::optional<int> maybe_code_;
  bool overran_ = false;
  bool maybe_overran_ = false;
  bool nothing_left_ = false;
  int stray_kills_ = 0;
  Instant last_stray_kill_{};
  bool strays_asked_ = false;

  // What the present event has led to.
  int arrived_ = 0;  // signal
  bool hurried_now_ = false;
  std::vector<std::pair<ServiceId, int>> signalled_;
  int reopened_ = 0;
  int printed_ = 0;
  int reread_ = 0;
};

}  // namespace onit::sim
