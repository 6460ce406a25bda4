#pragma once

#include <sys/types.h>

#include <optional>
#include <variant>

#include "base/exit_status.hpp"

namespace onit {

/// This process has no child at all.
struct NoChild {};

/// It has children, and nothing has happened to any of them.
struct NoChange {};

/// A child has ended. Unless take_child() told it, it stays a zombie, and its pid and process group stay reserved,
/// until reap_child().
struct ChildEnded {
  pid_t pid;
  ExitStatus status;
};

/// A child was stopped by `signal`, be it by job control, SIGSTOP or a debugger; it is alive.
struct ChildStopped {
  pid_t pid;
  int signal;
};

/// A stopped child runs again.
struct ChildContinued {
  pid_t pid;
};

using ChildChange = std::variant<NoChild, NoChange, ChildEnded, ChildStopped, ChildContinued>;

/// Whether this process has children at all, dead or alive.
bool has_child();

/// Whether this is a child of this process, dead or alive. Source: waitid(2), ECHILD.
bool is_child(pid_t pid);

/// Whether a child of this process that is alive is in this process group. Source: waitid(2), P_PGID, ECHILD: who has
/// ended cannot be stopped any more.
bool has_child_alive_in(pid_t group);

/// Looks, without waiting, at one thing that happened to a child. A stop or a continuation is told once; an end is
/// told again and again until it is reaped. Errors: none expected. Source: waitid(2), WNOWAIT.
ChildChange peek_child();

/// The same, but that a child which has ended is reaped at once, and its pid free. Source: waitpid(2).
[[gnu::hot]] ChildChange take_child();

/// Collects a child if it has ended, and returns how. Does not wait. Source: waitpid(2).
[[gnu::hot]] std::optional<ExitStatus> reap_child(pid_t pid);

}  // namespace onit
