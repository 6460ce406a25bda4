#include "os/terminal.hpp"

#include <sys/ioctl.h>
#include <sys/wait.h>

#include <csignal>

#include "base/signal.hpp"
#include "os/signals.hpp"

namespace onit {

Standing own_standing() {
  pid_t session = ::getsid(0);
  if (session == ::getpid()) return Standing::leader;
  return session == 0 || ::getpgrp() == 0 ? Standing::unknown : Standing::member;
}

Fd open_controlling_terminal() {
  Fd terminal{::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)};
  if (terminal.valid() && ::tcgetpgrp(terminal.get()) >= 0) return above_stdio(std::move(terminal));
  // An image without /dev/tty, or with something else there. Only a controlling terminal has a foreground group.
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::tcgetpgrp(fd) >= 0) return Fd{::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  }
  return Fd{};
}

namespace {

/// Makes a group without members the foreground group: that of a child that has ended.
void empty_foreground(const Fd& terminal) {
  pid_t nobody = ::_Fork();
  if (nobody == 0) {
    if (::setpgid(0, 0) == 0) ::tcsetpgrp(terminal.get(), ::getpid());
    ::_exit(0);
  }
  if (nobody > 0) ::waitpid(nobody, nullptr, 0);
}

}  // namespace

void release_terminal(const Fd& terminal) {
  empty_foreground(terminal);
  ::ioctl(terminal.get(), TIOCNOTTY);
  // Should there have been no child to be had.
  discard_own_signals(SignalSet::of(SIGHUP).with(SIGCONT));
}

void take_terminal(int terminal) { ::ioctl(terminal, TIOCSCTTY, 0); }

pid_t foreground_group(const Fd& terminal) { return terminal.valid() ? ::tcgetpgrp(terminal.get()) : -1; }

void set_foreground_group(const Fd& terminal, pid_t group) { ::tcsetpgrp(terminal.get(), group); }

}  // namespace onit
