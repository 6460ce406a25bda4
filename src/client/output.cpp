#include "client/output.hpp"

#include <unistd.h>

#include <cerrno>

#include "base/text.hpp"
#include "base/variable.hpp"

namespace onit {

bool print_all(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void tell(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  print_all(STDERR_FILENO, concat("onitctl: ", text, "\n"));
}

bool wants_colour(char* const* environment) {
  const char* forbidden = find_variable(environment, "NO_COLOR");
  return (forbidden == nullptr || *forbidden == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace onit
