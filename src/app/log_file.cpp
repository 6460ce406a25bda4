#include "app/log_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iterator>

#include "app/log_outlet.hpp"
#include "base/text.hpp"
#include "os/signals.hpp"

namespace onit {
namespace {

/// The call that has just failed, and why; reads errno.
Complaint failed(const char* call) { return {concat(call, ": ", std::strerror(errno))}; }

/// Names of what a process has open already, as its stdout.
bool is_own_stream(std::string_view path) {
  static constexpr char kNames[][15] = {"/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/self/fd/", "/proc/1/fd/"};
  return std::ranges::any_of(kNames, [path](const char* name) { return path.starts_with(name); });
}

bool is_link(const std::string& path) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

/// /dev/null and /dev/full: they never ask to wait. Source: null(4), full(4), Linux's admin-guide/devices.txt.
bool never_waits(const struct stat& status) {
  return S_ISCHR(status.st_mode) && (status.st_rdev == makedev(1, 3) || status.st_rdev == makedev(1, 7));
}

}  // namespace

Result<void, Complaint> LogFile::open() {
  if (is_own_stream(path_)) return Complaint{"is no regular file; leave `file` out: stdout is the default"};
  // Non-blocking in case that it is a named pipe. Whoever owns the directory could make a link to any file.
  constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
  Fd file = above_stdio(Fd{::open(path_.c_str(), kFlags, 0640)});
  struct stat status {};
  bool is_open = file.valid() && ::fstat(file.get(), &status) == 0;
  if (!is_open && errno == ELOOP && is_link(path_)) return Complaint{"is a symbolic link, which is not followed"};
  if (!is_open && errno == ENOENT) return Complaint{"no such directory, and onit makes none"};
  // ENXIO: a pipe that nobody reads, or a socket.
  if (!is_open && errno != ENXIO) return Complaint{std::strerror(errno)};
  if (!is_open || !(S_ISREG(status.st_mode) || never_waits(status))) return Complaint{"is no regular file"};
  bool is_as_it_was = device_ == status.st_dev && inode_ == status.st_ino && status.st_size > 0;
  if (!is_as_it_was) is_torn_ = false;
  fd_ = std::move(file);
  device_ = status.st_dev;
  inode_ = status.st_ino;
  is_regular_ = S_ISREG(status.st_mode);
  size_ = is_regular_ ? static_cast<std::uint64_t>(status.st_size) : 0;
  return {};
}

bool LogFile::is_same(const LogFile& other) const {
  if (path_ == other.path_) return true;
  return is_open() && other.is_open() && device_ == other.device_ && inode_ == other.inode_;
}

std::size_t LogFile::room() const {
  if (max_size_ == 0 || !is_regular_) return SIZE_MAX;
  return size_ < max_size_ ? max_size_ - size_ : 0;
}

Result<void, Complaint> LogFile::rotate() {
  size_ = 0;
  for (int number = max_files_ - 1; number > 1; --number) {
    int renamed = std::rename(numbered(number - 1).c_str(), numbered(number).c_str());
    if (renamed != 0 && errno != ENOENT) return failed("rename");
  }
  bool is_kept = max_files_ > 1;
  int moved = is_kept ? std::rename(path_.c_str(), numbered(1).c_str()) : ::unlink(path_.c_str());
  if (moved != 0 && errno != ENOENT) return failed(is_kept ? "rename" : "unlink");
  auto opened = open();
  // Even if it is not empty: rename(2) does nothing if the two are links to the same file.
  size_ = 0;
  return opened;
}

std::string LogFile::numbered(int number) const { return filled("%.%", path_, number); }

Result<void, Complaint> LogFile::add(std::string_view& lines) {
  if (!fd_.valid()) {
    auto opened = open();
    if (!opened.ok()) return opened;
  }
  for (int idle = 0; !lines.empty();) {
    std::string_view next = is_torn_ ? "\n" : lines;
    ssize_t written = ::write(fd_.get(), next.data(), next.size());
    bool is_idle = written == 0 || (written < 0 && errno == EINTR);
    if (is_idle && ++idle < kMostIdleWrites) continue;  // as in LogOutlet
    if (written == 0) errno = EIO;
    if (written <= 0) {
      Complaint complaint = failed("write");
      discard_own_signals(SignalSet::of(SIGXFSZ));
      return complaint;
    }
    idle = 0;
    size_ += static_cast<std::uint64_t>(written);
    bool was_torn = is_torn_;
    is_torn_ = next[static_cast<std::size_t>(written) - 1] != '\n';
    if (!was_torn) lines.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace onit
