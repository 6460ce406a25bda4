#include "os/readiness.hpp"

#include <fcntl.h>

#include <cstring>
#include <utility>

namespace onit {

Result<void> ReadinessPipe::open() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return errno_error("pipe2");
  Fd made_read_end{ends[0]};
  Fd made_write_end{ends[1]};
  made_read_end = above_stdio(std::move(made_read_end));
  made_write_end = above_stdio(std::move(made_write_end));
  if (!made_read_end.valid() || !made_write_end.valid()) return errno_error("fcntl");
  // The flag belongs to this end alone: the two have a file description each.
  if (::fcntl(made_read_end.get(), F_SETFL, O_NONBLOCK) != 0) return errno_error("fcntl");
  read_end_ = std::move(made_read_end);
  write_end_ = std::move(made_write_end);
  return {};
}

Readiness ReadinessPipe::read() {
  char bytes[4096];
  ssize_t got = ::read(read_end_.get(), bytes, sizeof bytes);
  if (got < 0) return Readiness::not_yet;
  if (got == 0) return Readiness::never;
  bool told = std::memchr(bytes, '\n', static_cast<std::size_t>(got)) != nullptr;
  return told ? Readiness::ready : Readiness::not_yet;
}

}  // namespace onit
