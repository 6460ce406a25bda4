#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "os/fd.hpp"
#include "os/numbered_entries.hpp"

namespace onit {

/// Above every pid: PID_MAX_LIMIT of the kernel. Source: proc(5), /proc/sys/kernel/pid_max.
inline constexpr pid_t kHighestPid = 4 * 1024 * 1024;

/// A process as /proc/PID/stat shows it (proc(5)).
class Process {
 public:
  Process(pid_t pid, Fd directory) : pid_(pid), directory_(std::move(directory)) {}

  /// Reads the facts below. Returns false if the process is gone.
  bool read();

  pid_t pid() const { return pid_; }
  pid_t parent() const { return parent_; }
  pid_t group() const { return group_; }
  pid_t session() const { return session_; }
  bool stopped() const { return state_ == 'T'; }
  char state() const { return state_; }  ///< a letter of proc_pid_stat(5)
  /// A zombie, all of it: a process whose first thread has ended looks like one as long as others run.
  bool dead() const { return (state_ == 'Z' || state_ == 'X') && threads_ <= 1; }
  std::string_view name() const { return {name_.data(), name_length_}; }

  /// The value of a variable in the environment that the process was executed with, as it is now in its memory, put
  /// into `room`. Nothing if it is not set, does not fit, or may not be read: neither as who this process is nor, for
  /// root, as the process's own user. Source: proc_pid_environ(5); ptrace(2), "Ptrace access mode checking".
  std::optional<std::string_view> read_variable(std::string_view name, std::span<char> room) const;

  /// Its command line, put into `room` as far as it fits: arguments that each end with a zero, or what it shows in
  /// their place. Empty if it is dead or of the kernel. Source: proc_pid_cmdline(5).
  std::string_view command_line(std::span<char> room) const;

  /// What one of its descriptors leads to, as read_descriptor() tells it.
  std::string_view descriptor(int fd, std::span<char> room) const;

  /// Sends a signal to exactly this process: if it has ended meanwhile, whoever has its pid now gets nothing.
  /// Errors: EPERM, ESRCH. Source: pidfd_send_signal(2); a directory in /proc serves as pidfd.
  Result<void> send(int signal) const;

 private:
  pid_t pid_;
  Fd directory_;
  pid_t parent_ = 0;
  pid_t group_ = 0;
  pid_t session_ = 0;
  int threads_ = 0;
  char state_ = '?';
  std::array<char, 64> name_{};
  std::size_t name_length_ = 0;
};

/// The process with this pid, as it is now; nothing if there is none, or /proc cannot tell.
std::optional<Process> find_process(pid_t pid);

/// Finds every process that descends from this one, or from another, as long as somebody forks new ones: again and
/// again over /proc until a pass finds nobody new, so that none slips through between the look and the signal.
///
///     DescendantSearch search({});
///     while (auto process = search.next()) process->send(SIGTERM);
///
/// Gives up after a quarter of a second; who is not PID 1 has three seconds for the first pass. Needs no heap: a bit
/// for each possible pid, of memory that is given back at the end.
class DescendantSearch {
 public:
  /// Neither `strangers` nor what descends from them are shown. With 0 as its root everybody descends from it: PID 1,
  /// and what came into the pid namespace from outside.
  explicit DescendantSearch(std::span<const pid_t> strangers, pid_t root = ::getpid());
  ~DescendantSearch();
  DescendantSearch(const DescendantSearch&) = delete;
  DescendantSearch& operator=(const DescendantSearch&) = delete;

  /// False if /proc is missing or shows another pid namespace: then next() finds nothing.
  bool possible() const { return seen_ != nullptr; }

  /// Whether time was over before all were seen.
  bool gave_up() const { return gave_up_; }

  /// The next one, each only once; nothing when all have been seen.
  std::optional<Process> next();

 private:
  bool is_new_descendant(Process& process) const;
  bool was_seen(pid_t pid) const;
  void mark_seen(pid_t pid);

  std::span<const pid_t> strangers_;
  pid_t root_;
  NumberedEntries proc_;
  std::uint64_t* seen_ = nullptr;
  bool found_in_this_pass_ = false;
  Instant end_;
  bool gave_up_ = false;
};

/// The children of this process, as far as they fit; none if /proc cannot tell.
/// Returns how many there are. Source: proc(5).
std::size_t list_children(std::span<pid_t> children);

}  // namespace onit
