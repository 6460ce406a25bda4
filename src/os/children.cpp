#include "os/children.hpp"

#include <sys/wait.h>

#include <cerrno>

#include "base/panic.hpp"

namespace onit {
namespace {

int wait_for(idtype_t type, pid_t pid, siginfo_t* info, int options) {
  int result;
  do {
    result = ::waitid(type, static_cast<id_t>(pid), info, options | WNOHANG);
  } while (result != 0 && errno == EINTR);
  return result;
}

ExitStatus exit_status(const siginfo_t& info) {
  return {info.si_code == CLD_EXITED ? ExitStatus::Kind::exited : ExitStatus::Kind::killed, info.si_status};
}

/// An end is left for reap_child(); everything else has no more to it than the telling.
void forget(pid_t pid) {
  siginfo_t ignored{};
  wait_for(P_PID, pid, &ignored, WSTOPPED | WCONTINUED);
}

}  // namespace

ChildChange peek_child() {
  siginfo_t info{};
  if (wait_for(P_ALL, 0, &info, WEXITED | WSTOPPED | WCONTINUED | WNOWAIT) != 0) {
    if (errno == ECHILD) return NoChild{};
    panic("waitid failed");
  }
  if (info.si_pid == 0) return NoChange{};
  switch (info.si_code) {
    case CLD_EXITED:
    case CLD_KILLED:
    case CLD_DUMPED:
      return ChildEnded{info.si_pid, exit_status(info)};
    case CLD_STOPPED:
    case CLD_TRAPPED:
      forget(info.si_pid);
      return ChildStopped{info.si_pid, info.si_status};
    case CLD_CONTINUED:
      forget(info.si_pid);
      return ChildContinued{info.si_pid};
    default:
      panic("waitid told something unknown");
  }
}

std::optional<ExitStatus> reap_child(pid_t pid) {
  siginfo_t info{};
  if (wait_for(P_PID, pid, &info, WEXITED) != 0 || info.si_pid == 0) return std::nullopt;
  return exit_status(info);
}

}  // namespace onit
