#pragma once

#include <sys/types.h>

#include "os/fd.hpp"

namespace onit {

/// How onit's process stands towards sessions and its parent's. Source: credentials(7), "Process group ID and session
/// ID".
enum class Standing {
  leader,   ///< it leads its session: nobody but it can be the terminal's owner
  member,   ///< it is one process among others of a session, as a job of a shell is
  unknown,  ///< its session was made outside of its pid namespace
};

Standing own_standing();

/// The terminal that controls this process, close-on-exec; invalid if there is none.
Fd open_controlling_terminal();

/// Lets go of the terminal, so that another session can have it. For a session leader only. Nobody gets the SIGHUP and
/// SIGCONT that go with it: not this process, nor others of its session. Source: ioctl_tty(2), TIOCNOTTY.
void release_terminal(const Fd& terminal);

/// Makes it the terminal of this session, which has none. For a session leader only; does nothing if another session
/// has it. Async-signal-safe. Source: ioctl_tty(2), TIOCSCTTY.
void take_terminal(int terminal);

/// The foreground process group of the terminal; 0 if it has none that can be seen, -1 without terminal.
pid_t foreground_group(const Fd& terminal);

/// Makes `group` the foreground group. All signals must be blocked, or a process in the background is stopped by
/// SIGTTOU. Source: tcsetpgrp(3).
void set_foreground_group(const Fd& terminal, pid_t group);

}  // namespace onit
