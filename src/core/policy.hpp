#pragma once

#include <array>
#include <csignal>
#include <cstdint>

#include "base/signal.hpp"
#include "base/time.hpp"
#include "core/exit_code.hpp"

namespace onit {

/// Who gets a signal while the command runs.
enum class Target : std::uint8_t {
  child,  ///< the command's own process
  group,  ///< its process group
  all,    ///< every process that descends from the command, wherever it went
};

/// What becomes of the processes that are still there when the command has ended.
enum class OnExit : std::uint8_t {
  stop,    ///< they get the stop signal, the grace period, then KILL
  wait,    ///< onit waits for them
  leave,   ///< onit ends at once
  notify,  ///< the command's process group, or who else gets its signals, gets the stop signal, and onit ends at once
};

/// What each received signal becomes before it is passed on.
class SignalRewrites {
 public:
  static constexpr int kDrop = 0;

  /// `to` is a signal or kDrop.
  void set(int from, int to) { shift_[static_cast<std::size_t>(from)] = static_cast<std::int8_t>(to - from); }
  /// The signal to send in place of `signal`; kDrop means none.
  int operator()(int signal) const { return signal + shift_[static_cast<std::size_t>(signal)]; }

 private:
  std::array<std::int8_t, kLastSignal + 1> shift_{};  // the difference, so that all zero means no change
};

/// What the end of any process that onit reaps does to the others.
struct Cascade {
  int signal = 0;               ///< what they get; 0: nothing happens
  Target target = Target::all;  ///< who of them
  bool every_time = false;      ///< at each end; otherwise once, and to have received the signal counts
  bool spares_success = false;  ///< the command's own end counts only if it failed
};

/// How many commands can run side by side.
inline constexpr int kMostCommands = 32;

/// Everything that decides how one command, or several that run side by side, are supervised: what the pure core needs
/// to know of the command line.
struct CommandPolicy {
  int commands = 1;  ///< at most kMostCommands; 0: there is none, onit reaps what it is given until it is asked to end
  Target forward = Target::group;
  SignalRewrites rewrites{};
  int stop_signal = SIGTERM;
  Millis stop_grace_period{5000};  ///< 0: KILL at once
  OnExit on_exit = OnExit::stop;
  Cascade cascade{};
  SignalSet stops_self{};  ///< having passed one of these on, onit stops itself as well
  Millis kill_after{0};    ///< 0: never
  Millis drain{0};         ///< 0: pass a TERM on at once
  ExitCodeFrom exit_code_from = ExitCodeFrom::main;
  ExitCodeMap exit_code_map{};
};

}  // namespace onit
