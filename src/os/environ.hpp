#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "os/fd.hpp"

namespace onit {

/// The environment of a process, given its directory in /proc, open for reading; invalid, with errno, if it may not be.
///
/// Root may read that of others only with capability SYS_PTRACE, which container engines withhold. What a process has
/// no more rights than, it may read as that process's user; so root becomes that for the time of the open. A process
/// that has changed its user and not executed anything since is out of reach, and so is one with a capability of the
/// file system, which root has not while it is somebody else there. Source: ptrace(2), "Ptrace access mode checking"
/// (PTRACE_MODE_READ_FSCREDS); setfsuid(2).
Fd open_environ(int process_directory);

/// What descriptor `fd` of a process leads to, as /proc names it, put into `room`: `pipe:[1234]`, `/dev/null`. Empty if
/// it is closed or may not be read; cut off if it does not fit. The same rights count. Source: proc_pid_fd(5).
std::string_view read_descriptor(int process_directory, int fd, std::span<char> room);

/// Finds a variable in an environment that comes piece by piece: entries `NAME=value`, each ending with a zero.
class VariableReader {
 public:
  VariableReader(std::string_view name, std::span<char> room) : name_(name), room_(room) {}

  /// Takes the next piece. Returns whether all is known.
  bool take(std::string_view piece);

  /// What was found; nothing if it was not, or if it does not fit.
  std::optional<std::string_view> value() const;

 private:
  enum class State : std::uint8_t { in_name, elsewhere, in_value, found, too_long };

  State step(char c);

  std::string_view name_;
  std::span<char> room_;
  State state_ = State::in_name;
  std::size_t length_ = 0;  ///< in_name: how much of the name was seen; later: the value's
};

}  // namespace onit
