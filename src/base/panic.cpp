#include "base/panic.hpp"

#include <poll.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace onit {

void panic(const char* what) noexcept {
  char line[256] = "onit: internal error: ";
  std::size_t length = std::strlen(line);
  std::size_t room = sizeof line - length - 1;
  std::size_t words = std::strlen(what);
  if (words > room) words = room;
  std::memcpy(line + length, what, words);
  length += words;
  line[length++] = '\n';

  pollfd writable{STDERR_FILENO, POLLOUT, 0};
  if (::poll(&writable, 1, 0) == 1 && (writable.revents & POLLOUT) != 0) {
    [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line, length);
  }
  ::_exit(kPanicExitCode);
}

}  // namespace onit
