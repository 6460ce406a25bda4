#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "core/action.hpp"
#include "core/event.hpp"
#include "core/policy.hpp"

namespace onit::sim {

/// What must hold in every history. Each has a name that a failure is reported by.
enum class Rule : std::uint8_t {
  spawned_once,
  command_signalled_only_while_reserved,
  rest_signalled_only_after_the_command,
  the_command_is_reaped_once,
  an_orphan_is_only_counted,
  a_signal_is_passed_on_once,
  a_drained_signal_waits,
  a_dropped_signal_stays_dropped,
  no_kill_before_its_time,
  kill_when_time_is_over,
  the_rest_is_asked_once,
  leaving_is_immediate,
  waiting_does_not_stop_the_rest,
  done_only_when_nothing_is_left,
  the_exit_code_is_the_documented_one,
  the_terminal_comes_back,
  a_stop_is_answered,
  an_end_cascades,
  onit_stops_with_its_command,
  one_of_several_only_ends,
  a_pause_ends_when_asked,
  it_always_ends,
  count,
};

const char* rule_name(Rule rule);

/// How often each rule had something to say, over all histories: a rule that never had proves nothing.
using Exercised = std::array<std::uint64_t, static_cast<std::size_t>(Rule::count)>;

/// Watches one history from outside: it knows the policy, sees each event and what was done about it, and keeps its
/// own books. It shares no code with what it judges.
class Judge {
 public:
  Judge(const CommandPolicy& policy, bool is_job, Exercised& exercised);

  /// One event, and all that was done until the next one was asked for.
  void see(const Event& event, const std::vector<Action>& actions, Instant now);
  /// The end of the history.
  void see_end(int exit_code, bool anything_left, bool alive_after_kill, Instant now);
  /// Whether, as far as the documentation goes, onit may now wait without a deadline.
  bool may_wait() const;
  /// A deadline that has passed already, or one of nobody's, is a busy loop.
  void see_wait(Deadline deadline, Instant now);

  /// The first violation: the rule, and what happened.
  const std::optional<std::pair<Rule, std::string>>& violation() const { return violation_; }

 private:
  struct Sent {
    int signal;
    bool to_rest;
    Target target;
    bool except_group;
    bool operator==(const Sent&) const = default;
  };

  void check(Rule rule, bool holds, const char* what);
  void note_actions(const std::vector<Action>& actions);
  bool sent_all(const std::vector<Sent>& expected) const { return sent_ == expected; }
  void command_gone(ExitStatus status, bool was_there);
  void last_command_gone(ExitStatus status, bool was_there);
  std::vector<Sent> expected_cascade();
  void note_cascade(int signal);
  Target target_of(int signal) const;
  void begin_end(int signal);
  void judge_signal_in_pause(int signal);
  bool sent_exactly(int signal, Target target) const;
  int sent_count() const { return static_cast<int>(sent_.size()); }

  void judge(const Begin&);
  void judge(const SpawnFailed&);
  void judge(const CommandExited&);
  void judge(const OrphanExited&);
  void judge(const CommandStopped&);
  void judge(const SignalArrived&);
  void judge(const Resumed&);
  void judge(const SuspendRefused&);
  void judge(const DeadlinePassed&);
  void judge(const OnlyDeadLeft&);
  void judge(const NothingLeft&);

  void judge_signal(int received, int signal);
  void judge_signal_while_alive(int received, int signal);
  void judge_deadline_while_alive();
  void judge_deadline_afterwards();
  int documented_exit_code() const;

  const CommandPolicy& policy_;
  const bool is_job_;
  Exercised& exercised_;
  std::optional<std::pair<Rule, std::string>> violation_;
  Instant now_{};

  enum class Command { none, alive, dead };
  Command command_ = Command::none;  // one of them at least, or the last
  int commands_left_ = 0;
  bool pausing_ = false;
  std::optional<int> failed_with_;
  std::optional<pid_t> to_reap_;
  std::vector<ExitStatus> statuses_;
  std::optional<ExitStatus> command_status_;

  std::optional<int> held_;
  Deadline drain_end_;
  bool asked_to_end_ = false;
  int end_signal_ = 0;  // that which asked first
  bool has_cascaded_ = false;
  Deadline kill_at_;    // by --kill-after
  Deadline grace_end_;  // by --stop-grace-period
  int kills_ = 0;       // rounds of KILL to everything
  bool gave_up_ = false;
  Millis reaping_for_{0};  // while nobody was alive any more
  bool nothing_left_ = false;
  Instant suspended_since_{};
  Millis suspended_for_{0};  // onit cannot act while it is stopped itself

  // What the present event has led to.
  std::vector<Sent> sent_;
  int spawns_ = 0;
  std::vector<pid_t> reaped_;
  int lent_ = 0;
  int reclaimed_ = 0;
  int self_stops_ = 0;
  std::optional<int> suspend_;
};

}  // namespace onit::sim
