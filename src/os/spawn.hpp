#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>

#include "base/result.hpp"
#include "base/signal.hpp"
#include "os/fd.hpp"

namespace onit {

/// Where the new process stands towards onit's session.
enum class ChildPlace : std::uint8_t {
  own_session,  ///< it leads a session and a process group of its own
  own_group,    ///< it leads a process group in onit's session, as a job of a shell does
  inherited,    ///< it is in onit's process group
};

struct LimitSetting {
  int resource;  ///< RLIMIT_*
  rlimit value;
};

struct UserSwitch {
  uid_t uid;
  gid_t gid;
};

/// A descriptor of onit and the number under which the new process has it.
struct DescriptorMove {
  int from;
  int to;
};

/// All that the child needs, prepared before the fork. It owns nothing: what it points to must outlive spawn().
struct ExecPlan {
  char* const* argv;
  char* const* envp;
  const char* search_path;  ///< where to look for argv[0]; null if that is a path itself
  bool like_execvp;         ///< /bin/sh runs a file of unknown format; a directory that cannot be searched is an error
  /// Each is room for the child's own pid in its environment, kPidDigits long; may be null.
  std::array<char*, 2> pid_digits;

  ChildPlace place;
  int terminal;            ///< own_session: becomes its controlling terminal; own_group: onit's; -1: none
  bool in_foreground;      ///< own_group: take the terminal's foreground before exec
  int control_group = -1;  ///< its cgroup.procs, open for writing, which the child joins; -1: it stays in onit's

  /// In any order: a target may be the source of another. No two targets are the same. The child changes the sources,
  /// in its own copy of them.
  std::span<DescriptorMove> descriptors;

  std::span<const LimitSetting> limits;
  std::optional<int> nice;
  std::optional<int> oom_score_adj;
  std::optional<std::span<const gid_t>> groups;
  std::optional<UserSwitch> user;
  /// All that it has, and can ever get, whoever it is; a bit for each (capabilities(7)). Nothing: what the kernel
  /// leaves to user 0, and none to others. Unless it gains no privileges by exec (no_new_privs), to take the others out
  /// of the bounding set needs capability SETPCAP.
  std::optional<std::uint64_t> capabilities;
  const char* working_dir;  ///< null: stay
  std::optional<mode_t> umask;
  bool no_new_privs;

  SignalSet mask;
  bool reset_signals;       ///< give every signal its default disposition
  bool ignore_child_exits;  ///< SIGCHLD is ignored, as it was for onit
  int parent_death_signal;  ///< 0: none
};
static_assert(std::is_trivially_destructible_v<ExecPlan>);

/// The room that a pid takes, with a zero at its end (INT_MIN in decimal).
inline constexpr std::size_t kPidDigits = 12;

/// What the child was doing when it failed.
enum class SpawnStage : std::uint8_t {
  session,
  control_group,
  descriptors,  ///< [index: which]
  nice,
  oom_score_adj,
  limit,         ///< [index: which]
  bounding_set,  ///< what is not kept could not be taken out of it
  capability,    ///< [index: its number] it is to be kept, and is not had
  groups,
  group,
  user,
  capabilities,
  working_dir,
  no_new_privs,
  parent_death_signal,
  exec,  ///< [index: which element of the search path, unless there was none (ENOENT)]
};

/// How the child failed: sent through a close-on-exec socket.
struct SpawnReport {
  SpawnStage stage;
  int code;  ///< errno
  std::uint32_t index;
};

struct Spawned {
  pid_t pid;
  Fd report;  ///< for read_spawn_report()
};

/// Forks and execs. All signals must be blocked. The parent does not wait for the exec: a failure is to be read from
/// the report once the child has ended. Errors: socketpair, fork.
Result<Spawned> spawn(const ExecPlan& plan);

/// How far a start has come.
struct SpawnProgress {
  enum class State : std::uint8_t { unknown, executed, failed };

  State state;
  SpawnReport failure{};  ///< if it has failed: the child is about to end, or has ended
};

/// Looks, without waiting, how far the child is. When the report has something to read, it is not unknown any more.
SpawnProgress read_spawn_progress(const Fd& report);

/// What a child that has ended reported; nothing if it got as far as exec. Does not block.
std::optional<SpawnReport> read_spawn_report(const Fd& report);

/// Composes the path of `name` in the `index`-th element of `search_path` (an empty one is the working directory).
/// Returns false if there is no such element; an element that is too long for the buffer gives an empty path.
/// Async-signal-safe. Source: execvp(3).
bool path_candidate(const char* search_path, std::uint32_t index, const char* name, std::span<char> path);

}  // namespace onit
