#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace onit {

/// The highest signal number of Linux on every architecture that onit is built for (signal(7)).
inline constexpr int kLastSignal = 64;

/// The first real-time signal as programs number them: the kernel's is 32, but C libraries keep two or three for
/// themselves. 34 is glibc's SIGRTMIN, which kill(1), systemd and Docker mean; musl's own is 35.
inline constexpr int kFirstRealTimeSignal = 34;

/// The name of a signal, such as `SIGTERM` or `SIGRTMIN+3`.
class SignalName {
 public:
  /// `signal` is from 1 to kLastSignal; anything else is shown as its number.
  explicit SignalName(int signal);
  std::string_view view() const { return {text_, length_}; }

 private:
  void append(std::string_view text);
  void append(int number);

  char text_[16];
  std::size_t length_ = 0;
};

/// A signal by name or number: `TERM`, `SIGTERM`, `sigterm`, `15`, `RTMIN`, `RTMIN+3`, `RTMAX-1`.
/// Nothing if it is not one of 1..kLastSignal. Source: signal(7).
std::optional<int> parse_signal(std::string_view text);

/// A set of signals with the kernel's own layout. sigset_t will not do: musl's functions refuse the numbers that
/// it keeps for itself, yet whoever sends one of those to onit means the command.
class SignalSet {
 public:
  static constexpr SignalSet all() { return SignalSet{~std::uint64_t{0}}; }
  static constexpr SignalSet of(int signal) { return SignalSet{bit(signal)}; }

  constexpr SignalSet() = default;
  constexpr SignalSet with(int signal) const { return SignalSet{bits_ | bit(signal)}; }
  constexpr bool has(int signal) const { return (bits_ & bit(signal)) != 0; }
  const std::uint64_t* native() const { return &bits_; }
  std::uint64_t* native() { return &bits_; }

 private:
  constexpr explicit SignalSet(std::uint64_t bits) : bits_(bits) {}
  static constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

  std::uint64_t bits_ = 0;
};

}  // namespace onit
