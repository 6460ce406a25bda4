#pragma once

#include <cstdint>

namespace onit {

/// How a process ended.
struct ExitStatus {
  enum class Kind : std::uint8_t { exited, killed };

  Kind kind;
  int value;  ///< the exit code, or the number of the signal that killed it

  /// The code that a shell would report: the exit code, or 128 + signal.
  int code() const { return kind == Kind::exited ? value : 128 + value; }
};

constexpr ExitStatus exited_with(int code) { return {ExitStatus::Kind::exited, code}; }
constexpr ExitStatus killed_by(int signal) { return {ExitStatus::Kind::killed, signal}; }

}  // namespace onit
