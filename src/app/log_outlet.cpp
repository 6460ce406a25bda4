#include "app/log_outlet.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <string>

#include "base/text.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// The same pipe or terminal under a description of its own, which alone is non-blocking.
Fd open_anew(int fd) {
  std::string path = filled("/proc/self/fd/%", fd);
  return above_stdio(Fd{::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)});
}

}  // namespace

bool is_reader_gone(int error) {
  return error == EPIPE || error == ECONNRESET || error == ENOTCONN || error == ECONNREFUSED || error == EBADF;
}

void LogOutlet::open(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return;
  fd_ = fd;
  kind_ = Kind::direct;
  is_terminal_ = S_ISCHR(status.st_mode) && ::isatty(fd) == 1;
  if (S_ISSOCK(status.st_mode)) kind_ = Kind::socket;
  if (!S_ISFIFO(status.st_mode) && !is_terminal_) return;
  own_ = open_anew(fd);
  if (own_.valid()) return;
  kind_ = Kind::device;
  int ends[2];
  if (is_terminal_ || ::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return;
  kind_ = Kind::spliced;
  splice_out_ = above_stdio(Fd{ends[0]});
  splice_in_ = above_stdio(Fd{ends[1]});
}

LogOutlet::Written LogOutlet::write(std::string_view bytes) {
  std::size_t all = 0;
  for (int idle = 0; all < bytes.size();) {
    Written written = write_once(bytes.substr(all));
    // Signals are blocked; but whoever is frozen or stopped meanwhile may hear EINTR of a file system in user space.
    bool is_idle = written.bytes == 0 && (written.error == 0 || written.error == EINTR);
    if (is_idle && ++idle < kMostIdleWrites) continue;
    if (written.bytes > 0) idle = 0;
    if (is_idle && written.error == 0) written.error = EIO;
    all += written.bytes;
    if (all < bytes.size()) widen();
    if (written.error == 0) continue;
    // Of a pipe without reader and of a file at its limit; they are not meant for the services.
    discard_own_signals(SignalSet::of(SIGPIPE).with(SIGXFSZ));
    return {all, written.error};
  }
  return {all, 0};
}

LogOutlet::Written LogOutlet::write_once(std::string_view bytes) {
  ssize_t written = -1;
  switch (kind_) {
    case Kind::none:
      return {0, EBADF};
    case Kind::direct:
      written = ::write(watched(), bytes.data(), bytes.size());
      break;
    case Kind::socket:
      written = ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      break;
    case Kind::device:
      return write_to_device(bytes);
    case Kind::spliced:
      return splice_on(bytes);
  }
  if (written < 0) return {0, errno};
  return {static_cast<std::size_t>(written), 0};
}

/// Once, when the pipe has not taken something whole. A terminal or a socket has no such size.
void LogOutlet::widen() {
  if (is_widened_) return;
  is_widened_ = true;
  if (::fcntl(watched(), F_GETPIPE_SZ) < kBusyPipe) ::fcntl(watched(), F_SETPIPE_SZ, kBusyPipe);
}

/// poll(2) promises room for a little, as long as nobody else writes.
LogOutlet::Written LogOutlet::write_to_device(std::string_view bytes) {
  pollfd writable{fd_, POLLOUT, 0};
  if (::poll(&writable, 1, 0) != 1 || (writable.revents & POLLOUT) == 0) return {0, EAGAIN};
  ssize_t written = ::write(fd_, bytes.data(), std::min(bytes.size(), std::size_t{PIPE_BUF}));
  if (written < 0) return {0, errno};
  return {static_cast<std::size_t>(written), 0};
}

/// splice(2) has a flag of its own for not waiting. What is in our own pipe counts as written once it has moved on.
LogOutlet::Written LogOutlet::splice_on(std::string_view bytes) {
  if (spliced_ == 0) {
    ssize_t filled = ::write(splice_in_.get(), bytes.data(), bytes.size());
    if (filled < 0) return {0, errno};
    spliced_ = static_cast<std::size_t>(filled);
  }
  ssize_t moved = ::splice(splice_out_.get(), nullptr, fd_, nullptr, spliced_, SPLICE_F_NONBLOCK);
  if (moved < 0) return {0, errno};
  spliced_ -= static_cast<std::size_t>(moved);
  return {static_cast<std::size_t>(moved), 0};
}

}  // namespace onit
