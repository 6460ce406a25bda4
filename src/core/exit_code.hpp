#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/exit_status.hpp"

namespace onit {

/// onitctl's.
inline constexpr int kNotSoExitCode = 1;   ///< failed, refused or not true
inline constexpr int kLateExitCode = 124;  ///< its --timeout is over; as in timeout(1)
/// onit's own failures.
inline constexpr int kUsageExitCode = 125;          ///< usage, configuration, or a setting that could not be applied
inline constexpr int kNotExecutableExitCode = 126;  ///< the command was found, but cannot be executed
inline constexpr int kNotFoundExitCode = 127;       ///< the command was not found

/// Whose exit code becomes onit's.
enum class ExitCodeFrom : std::uint8_t {
  main,   ///< the command's
  first,  ///< the first that was not 0, of all that onit reaped; else 0
  max,    ///< the highest of all that onit reaped
};

/// What onit exits with in place of a code; every code stands for itself at first.
class ExitCodeMap {
 public:
  /// Both codes are from 0 to 255.
  void replace(int code, int by) { shift_[static_cast<std::size_t>(code)] = static_cast<std::uint8_t>(by - code); }
  int operator()(int code) const { return static_cast<std::uint8_t>(code + shift_[static_cast<std::size_t>(code)]); }

 private:
  std::array<std::uint8_t, 256> shift_{};  // the difference, modulo 256, so that all zero means no change
};

/// What is remembered of all exits, to answer each ExitCodeFrom.
class ExitTally {
 public:
  void add_command(ExitStatus status) {
    command_ = static_cast<std::uint8_t>(status.code());
    add_other(status);
  }
  void add_other(ExitStatus status) {
    auto code = static_cast<std::uint8_t>(status.code());
    if (first_ == 0) first_ = code;
    if (code > highest_) highest_ = code;
  }
  int code(ExitCodeFrom from) const;

 private:
  std::uint8_t command_ = 0;
  std::uint8_t first_ = 0;
  std::uint8_t highest_ = 0;
};

}  // namespace onit
