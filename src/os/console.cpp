#include "os/console.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/signal.hpp"
#include "os/fd.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

bool is_writable(int fd) {
  pollfd writable{fd, POLLOUT, 0};
  return ::poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT) != 0;
}

bool write_all(int fd, std::string_view message) {
  return ::write(fd, message.data(), message.size()) == static_cast<ssize_t>(message.size());
}

/// A write to a blocking pipe may block even after poll(2) saw room, if another writer is faster. splice(2) from a
/// pipe of our own does not: it has a flag of its own for that.
bool splice_to_pipe(int fd, std::string_view message) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return is_writable(fd) && write_all(fd, message);
  Fd read_end{ends[0]};
  Fd write_end{ends[1]};
  if (!write_all(write_end.get(), message)) return false;
  ssize_t moved = ::splice(read_end.get(), nullptr, fd, nullptr, message.size(), SPLICE_F_NONBLOCK);
  bool is_refused = moved < 0 && (errno == EPERM || errno == ENOSYS || errno == EINVAL);
  if (is_refused) return is_writable(fd) && write_all(fd, message);
  return moved == static_cast<ssize_t>(message.size());
}

/// A terminal stopped by Ctrl-S blocks its writers. Opened once more, it is ours to have non-blocking.
bool write_to_device(int fd, std::string_view message) {
  if (!is_writable(fd)) return false;
  if (::isatty(fd) == 1) {
    const char* path = fd == STDOUT_FILENO ? "/proc/self/fd/1" : "/proc/self/fd/2";
    Fd own{::open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (own.valid()) return write_all(own.get(), message);
  }
  return write_all(fd, message);
}

bool write_to_any(int fd, mode_t kind, std::string_view message) {
  if (S_ISFIFO(kind)) return splice_to_pipe(fd, message);
  if (S_ISSOCK(kind)) {
    return ::send(fd, message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL) ==
           static_cast<ssize_t>(message.size());
  }
  if (S_ISCHR(kind)) return write_to_device(fd, message);
  return write_all(fd, message);
}

}  // namespace

bool write_message(int fd, std::string_view message) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  bool written = write_to_any(fd, status.st_mode, message);
  // Of a pipe without reader and of a file at its limit; they are not meant for the command.
  discard_own_signals(SignalSet::of(SIGPIPE).with(SIGXFSZ));
  return written;
}

}  // namespace onit
