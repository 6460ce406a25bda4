#include "app/termination_log.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "os/fd.hpp"

namespace onit {

void write_termination_log(std::string_view reason) {
  constexpr std::size_t kMostBytes = 4096;
  // Never created, and a pipe without reader is not waited for.
  Fd file{::open("/dev/termination-log", O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  struct stat status {};
  if (!file.valid() || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return;
  reason = reason.substr(0, kMostBytes);
  if (::write(file.get(), reason.data(), reason.size()) < 0) return;
}

}  // namespace onit
