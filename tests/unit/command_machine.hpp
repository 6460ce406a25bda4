#pragma once

#include <doctest/doctest.h>

#include <string>
#include <variant>
#include <vector>

#include "core/command.hpp"

/// The state machine of commands, driven by tests.
namespace onit::command_machine {

using Words = std::vector<std::string>;

inline constexpr pid_t kPid = 42;

/// The state machine with a clock of its own, and what it asked for as words.
class Machine {
 public:
  explicit Machine(CommandPolicy policy = {}) : policy_(policy) { tell(Begin{}); }

  Machine& tell(Event event) {
    Step decided = step(policy_, state_, event, now_);
    state_ = decided.next;
    asked_.clear();
    for (const Action& action : decided.actions) asked_.push_back(words(action));
    return *this;
  }
  /// Lets the deadline come.
  Machine& wait() {
    REQUIRE(state_.deadline);
    now_ = *state_.deadline;
    return tell(DeadlinePassed{});
  }

  Phase phase() const { return state_.phase; }
  int exit_code() const { return state_.exit_code; }
  const std::vector<std::string>& asked() const { return asked_; }
  Deadline deadline_in() const { return state_.deadline; }
  Millis time_left() const { return *state_.deadline - now_; }
  void pass(Millis time) { now_ += time; }

 private:
  static std::string words(const Action& action) {
    if (std::holds_alternative<Spawn>(action)) return "spawn";
    if (const auto* order = std::get_if<SignalCommand>(&action)) {
      const char* targets[] = {"child", "group", "all"};
      return std::string{SignalName(order->signal).view()} + " to " + targets[static_cast<int>(order->target)];
    }
    if (const auto* order = std::get_if<SignalRest>(&action)) {
      return std::string{SignalName(order->signal).view()} + " to rest" + (order->except_group ? " except group" : "") +
             (order->wake ? " and wake" : "");
    }
    if (const auto* order = std::get_if<Reap>(&action)) return "reap " + std::to_string(order->pid);
    if (const auto* order = std::get_if<LendTerminal>(&action)) {
      return order->on_demand ? "lend terminal on demand" : "lend terminal";
    }
    if (std::holds_alternative<ReclaimTerminal>(action)) return "reclaim terminal";
    if (const auto* order = std::get_if<Suspend>(&action)) {
      return "suspend by " + std::string{SignalName(order->signal).view()};
    }
    if (std::holds_alternative<StopSelf>(action)) return "stop self";
    return "tell";
  }

  CommandPolicy policy_;
  State state_;
  Instant now_{};
  std::vector<std::string> asked_;
};

inline const CommandExited kExit{kPid, exited_with(3)};

}  // namespace onit::command_machine
