#pragma once

#include <array>
#include <optional>
#include <span>

#include "app/reporter.hpp"
#include "app/world.hpp"
#include "core/plan.hpp"
#include "os/children.hpp"
#include "os/process_group.hpp"
#include "os/processes.hpp"
#include "os/signals.hpp"
#include "os/spawn.hpp"
#include "os/terminal.hpp"

namespace onit {

/// The commands of a plan on the real machine. All signals must be blocked as long as it lives.
///
/// A turn: the signal that has woken onit, at once; then exits; then the deadline. Each has its share, so that a flood
/// of one does not hold up the others.
class LinuxWorld final : public World {
 public:
  /// Finds out where onit stands: as PID 1, as a job of a shell, with or without terminal. Completes `exec`, with which
  /// every command is started.
  LinuxWorld(const Plan& plan, ExecPlan& exec, const Reporter& reporter);

  // Hot: what lies between a signal and its delivery, or an orphan and its end, is kept together (.text.hot), in few
  // pages and cache lines.
  [[gnu::hot]] Instant now() override;
  [[gnu::hot]] Event next(Deadline deadline) override;
  [[gnu::hot]] void perform(const Action& action) override;

  /// Leaves as the command did. A shell tells a job that was killed from one that has exited, and acts on it: it ends a
  /// loop, and restores the terminal. Returns unless onit is such a job, and its exit code the command's death.
  void die_as_command(int exit_code) const;

 private:
  void find_place(Session asked);
  void find_strangers();
  TerminalHolder terminal_holder() const;

  struct Command;
  [[gnu::hot]] Command* find_running(pid_t pid);
  Command& first() { return commands_[0]; }
  const Command& first() const { return commands_[0]; }

  [[gnu::hot]] std::optional<Event> next_queued();
  [[gnu::hot]] std::optional<Event> on_signal(const ReceivedSignal& signal);
  [[gnu::hot]] std::optional<Event> next_exit();
  [[gnu::hot]] Event on_orphan_ended(pid_t pid, ExitStatus status);
  std::optional<Event> on_child_stopped(const ChildStopped& stopped);
  Event on_command_ended(Command& command, ExitStatus status);
  Event on_spawn_failed(const Command& command, const SpawnReport& report);
  Event on_child_failed(const Command& command, int exit_code);
  bool nothing_left() const;
  bool is_alone() const;

  void on(const Spawn&);
  bool start(char* const* argv);
  [[gnu::hot]] void on(const SignalCommand&);
  void on(const SignalRest&);
  void on(const Reap&);
  void on(const LendTerminal&);
  void on(const ReclaimTerminal&);
  void on(const Suspend&);
  void on(const StopSelf&);
  void on(const Tell&);

  [[gnu::hot]] void signal_command(const Command& command, const SignalCommand& order, bool had_it);
  struct Reached {
    bool complete = false;       ///< /proc could be read
    std::uint32_t commands = 0;  ///< a bit for each command that was among them
    int alive = 0;
    int dead = 0;
  };
  Reached signal_descendants(const SignalRest& order);
  void tell_killed(const Process& process, int count) const;
  void report_failed_signal(int signal, const Error& error);
  std::span<const pid_t> strangers() const { return {strangers_.data(), stranger_count_}; }

  const Plan& plan_;
  ExecPlan& exec_;
  const Reporter& reporter_;

  Fd terminal_;             // what shell and command, or onit and command, take turns at
  bool is_lent_ = false;    // the command's group is in its foreground
  bool is_wanted_ = false;  // the command had it once, so it gets it back after a stop
  int death_ = 0;           // the signal that killed the command
  bool died_in_foreground_ = false;

  // Children that onit had before it started the command: `sidecar & exec onit ...` in a script. They are reaped like
  // any other. Only where somebody else will be there for them afterwards are they none of our business.
  std::array<pid_t, 64> strangers_;
  std::size_t stranger_count_ = 0;
  bool too_many_strangers_ = false;

  struct Command {
    pid_t pid = 0;
    bool ended = false;
    char* const* argv = nullptr;
    Fd report;
  };
  std::array<Command, kMostCommands> commands_;
  std::size_t command_count_ = 0;  ///< those that were forked
  int unsettled_ = 0;              ///< of which the core has not said that it is done with them
  ProcessGroup group_;    ///< of the one command: if it is valid, whoever has ended is reaped without a look before
  pid_t last_group_ = 0;  // of the command that was reaped last

  std::optional<Event> queued_;
  std::optional<pid_t> told_of_;  // by a SIGCHLD: spares the look for who it is
  bool look_for_exits_ = false;
  bool waits_for_others_ = false;  // than children
  int exits_in_turn_ = 0;
  int signals_in_turn_ = 0;
  int signals_before_resume_ = 0;
  bool said_not_permitted_ = false;
  bool said_no_proc_ = false;
  int reaped_since_kill_ = 0;
};

}  // namespace onit
