#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace onit {

/// Owns a file descriptor and closes it. Moves, never copies.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(other.release());
    return *this;
  }
  ~Fd() { reset(); }

  bool valid() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

/// The same descriptor outside of 0..2, whichever of them onit was started without: a message must never end up in
/// something else that took the number of a closed stderr. Invalid, with errno, if there is no descriptor left.
inline Fd above_stdio(Fd fd) {
  if (!fd.valid() || fd.get() > STDERR_FILENO) return fd;
  return Fd{::fcntl(fd.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
}

}  // namespace onit
