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

/// Where nothing is only looked at: less to copy than with waitid(2).
pid_t take(pid_t child, int* status, int options) {
  pid_t pid;
  do {
    pid = ::waitpid(child, status, options | WNOHANG);
  } while (pid < 0 && errno == EINTR);
  return pid;
}

ExitStatus exit_status(const siginfo_t& info) {
  return {info.si_code == CLD_EXITED ? ExitStatus::Kind::exited : ExitStatus::Kind::killed, info.si_status};
}

ExitStatus exit_status(int status) {
  return WIFEXITED(status) ? exited_with(WEXITSTATUS(status)) : killed_by(WTERMSIG(status));
}

bool is_end(const siginfo_t& info) {
  return info.si_code == CLD_EXITED || info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
}

ChildChange change_of(const siginfo_t& info) {
  if (is_end(info)) return ChildEnded{info.si_pid, exit_status(info)};
  if (info.si_code == CLD_CONTINUED) return ChildContinued{info.si_pid};
  return ChildStopped{info.si_pid, info.si_status};
}

}  // namespace

bool has_child() {
  siginfo_t ignored{};
  return wait_for(P_ALL, 0, &ignored, WEXITED | WNOWAIT) == 0;
}

bool is_child(pid_t pid) {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

bool has_child_alive_in(pid_t group) {
  siginfo_t info{};
  return ::waitid(P_PGID, static_cast<id_t>(group), &info, WSTOPPED | WNOHANG | WNOWAIT) == 0;
}

ChildChange peek_child() {
  for (;;) {
    siginfo_t seen{};
    if (wait_for(P_ALL, 0, &seen, WEXITED | WSTOPPED | WCONTINUED | WNOWAIT) != 0) {
      if (errno == ECHILD) return NoChild{};
      panic("waitid failed");
    }
    if (seen.si_pid == 0) return NoChange{};
    if (is_end(seen)) return change_of(seen);

    // What is taken counts, not what was seen: the child may have been stopped or continued once more in between.
    siginfo_t taken{};
    if (wait_for(P_PID, seen.si_pid, &taken, WSTOPPED | WCONTINUED) != 0 || taken.si_pid == 0) continue;
    return change_of(taken);
  }
}

ChildChange take_child() {
  int status = 0;
  pid_t pid = take(-1, &status, WUNTRACED | WCONTINUED);
  if (pid == 0) return NoChange{};
  if (pid < 0 && errno == ECHILD) return NoChild{};
  if (pid < 0) panic("waitpid failed");
  if (WIFSTOPPED(status)) return ChildStopped{pid, WSTOPSIG(status)};
  if (WIFCONTINUED(status)) return ChildContinued{pid};
  return ChildEnded{pid, exit_status(status)};
}

std::optional<ExitStatus> reap_child(pid_t pid) {
  int status = 0;
  if (take(pid, &status, 0) != pid) return std::nullopt;
  return exit_status(status);
}

}  // namespace onit
