#include "os/terminal.hpp"

#include <sys/ioctl.h>

#include <cerrno>
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
  if (terminal.valid() || errno != ENOENT) return above_stdio(std::move(terminal));
  // An image without /dev/tty: only a controlling terminal has a foreground group to tell us.
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::tcgetpgrp(fd) >= 0) return Fd{::fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  }
  return Fd{};
}

void release_terminal(const Fd& terminal) {
  ::ioctl(terminal.get(), TIOCNOTTY);
  discard_own_signals(SignalSet::of(SIGHUP).with(SIGCONT));
}

pid_t foreground_group(const Fd& terminal) { return terminal.valid() ? ::tcgetpgrp(terminal.get()) : -1; }

void set_foreground_group(const Fd& terminal, pid_t group) { ::tcsetpgrp(terminal.get(), group); }

}  // namespace onit
