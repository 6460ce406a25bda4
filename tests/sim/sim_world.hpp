#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/world.hpp"
#include "sim/random.hpp"
#include "sim/rules.hpp"

namespace onit::sim {

/// A policy of the kind that users write, corners preferred.
CommandPolicy random_policy(Random& random);

/// A machine on which one command runs: a clock that jumps, a process table, people who send signals. All that happens
/// follows from the seed. Every event and what onit does about it goes before the Judge.
class SimWorld final : public World {
 public:
  SimWorld(Random& random, CommandPolicy& policy, Exercised& exercised, bool trace);

  Instant now() override { return now_; }
  Event next(Deadline deadline) override;
  void perform(const Action& action) override;

  /// To be called with run_command()'s result.
  void end(int exit_code);
  const std::optional<std::pair<Rule, std::string>>& violation() const { return judge_.violation(); }
  int events() const { return events_; }

 private:
  enum class Temper { polite, stubborn, immortal };  // dies of any signal; of KILL; of nothing

  struct Process {
    pid_t pid;
    pid_t parent;
    pid_t group;  ///< that of a command, or 0
    Temper temper;
    Deadline ends_at;  // by itself, or of a signal that it takes its time with
    ExitStatus ends_with;
    bool dead = false;
    bool reported = false;
  };

  struct Happening {
    Instant at;
    Event event;
  };

  void populate(int commands);
  void adopt();
  void spawn();
  bool is_unreaped(pid_t pid) const;
  void schedule_people();
  void fork_sometimes();
  Process* find(pid_t pid);
  void hit(Process& process, int signal);
  void die(Process& process);
  bool anybody_alive() const;
  std::optional<Event> next_exit();
  std::optional<Event> next_happening();
  std::optional<Instant> next_change() const;
  void let_time_pass(Instant until);
  void end_somebody();
  Event give_up();
  Event tell(Event event);
  void close_turn();
  void say(const char* what, int number);

  Random& random_;
  CommandPolicy& policy_;
  const bool is_job_;
  const bool trace_;
  int turns_too_short_ = 0;  // so many are there that a deadline comes before all are reaped
  Judge judge_;

  Instant now_{};
  std::vector<Process> processes_;
  std::vector<Happening> happenings_;
  std::vector<Event> queued_;
  std::vector<pid_t> unreaped_;   // commands
  pid_t last_group_ = 0;          // of the command that was reaped last
  bool looks_ = false;            // whether anybody is left
  bool alive_after_kill_ = true;  // somebody, when KILL last went to what remains
  pid_t next_pid_ = 2;
  int events_ = 0;

  Event last_event_ = Begin{};
  Instant last_event_at_{};
  std::vector<Action> last_actions_;
};

}  // namespace onit::sim
