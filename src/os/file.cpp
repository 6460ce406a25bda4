#include "os/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/fd.hpp"

namespace onit {

namespace {

/// Reads until the end or until there are `enough` bytes.
Result<std::string> read_up_to(const char* path, std::size_t enough, Millis patience) {
  Fd file{::open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)};
  if (!file.valid()) return errno_error("open");
  std::string content;
  while (content.size() < enough) {
    // A pipe that nobody writes must not hold up the first process of a container for ever.
    pollfd readable{file.get(), POLLIN, 0};
    if (::poll(&readable, 1, static_cast<int>(patience.count())) == 0) return Error{"poll", ETIMEDOUT};
    char chunk[4096];
    ssize_t got = ::read(file.get(), chunk, std::min(sizeof chunk, enough - content.size()));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno_error("read");
    if (got == 0) break;
    content.append(chunk, static_cast<std::size_t>(got));
  }
  return content;
}

}  // namespace

Result<std::string> read_file(const char* path, std::size_t limit, Millis patience) {
  auto content = read_up_to(path, limit + 1, patience);
  if (content.ok() && content.value().size() > limit) return Error{"read", EFBIG};
  return content;
}

Result<std::string> read_head(const char* path, std::size_t limit) { return read_up_to(path, limit, Millis{0}); }

bool is_shortage(int error) {
  return error == EMFILE || error == ENFILE || error == EAGAIN || error == ENOMEM || error == ENOBUFS;
}

int find_open_error() {
  Fd any{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  return any.valid() ? 0 : errno;
}

bool is_regular_file(const char* path) {
  struct stat status {};
  return ::stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace onit
