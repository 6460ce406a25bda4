#include "os/spawn.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstring>

#include "os/capabilities.hpp"
#include "os/signals.hpp"
#include "os/terminal.hpp"

namespace onit {
namespace {

// Everything from here to exec_child() runs between fork and exec: only async-signal-safe calls (signal-safety(7)),
// no allocation, no return.

[[noreturn]] void fail(int report, SpawnStage stage, std::uint32_t index = 0) noexcept {
  SpawnReport message{stage, errno, index};
  ::send(report, &message, sizeof message, MSG_NOSIGNAL);
  ::_exit(127);
}

void take_place(const ExecPlan& plan, int report) noexcept {
  switch (plan.place) {
    case ChildPlace::own_session:
      if (::setsid() < 0) fail(report, SpawnStage::session);
      // A terminal that cannot be had is no reason not to run: the command sees the descriptors all the same.
      if (plan.terminal >= 0) take_terminal(plan.terminal);
      return;
    case ChildPlace::own_group:
      if (::setpgid(0, 0) != 0) fail(report, SpawnStage::session);
      if (plan.in_foreground) ::tcsetpgrp(plan.terminal, ::getpid());  // SIGTTOU is blocked
      return;
    case ChildPlace::inherited:
      return;
  }
}

/// Before privileges go: whoever may write to the group's file may put processes into it. "0" is the writer itself.
/// Source: cgroups(7), cgroup.procs.
void join_control_group(int processes, int report) noexcept {
  if (::write(processes, "0", 1) != 1) fail(report, SpawnStage::control_group);
}

/// Puts descriptors where the program expects them; dup2(2) leaves them open at exec. What a target could overwrite is
/// moved out of the way first, the report included. Before limits: RLIMIT_NOFILE may be below the numbers that onit
/// uses. Returns the report.
[[gnu::cold]] int place_descriptors(std::span<DescriptorMove> moves, int report) noexcept {
  int highest = -1;
  std::uint32_t highest_index = 0;
  std::uint32_t index = 0;
  for (const DescriptorMove& move : moves) {
    if (move.to > highest) highest_index = index;
    highest = std::max(highest, move.to);
    ++index;
  }
  // If there is no number above all targets, it is the highest one that asks for too much.
  auto move_away = [highest](int fd) noexcept { return fd > highest ? fd : ::fcntl(fd, F_DUPFD_CLOEXEC, highest + 1); };
  int moved_report = move_away(report);
  if (moved_report < 0) fail(report, SpawnStage::descriptors, highest_index);
  for (DescriptorMove& move : moves) {
    move.from = move_away(move.from);
    if (move.from < 0) fail(moved_report, SpawnStage::descriptors, highest_index);
  }
  index = 0;
  for (const DescriptorMove& move : moves) {
    if (::dup2(move.from, move.to) < 0) fail(moved_report, SpawnStage::descriptors, index);
    ++index;
  }
  return moved_report;
}

/// Like switch_user(), not by the functions of the C library.
void set_limits(const ExecPlan& plan, int report) noexcept {
  std::uint32_t index = 0;
  for (const LimitSetting& limit : plan.limits) {
    if (::syscall(SYS_prlimit64, 0, limit.resource, &limit.value, nullptr) != 0) fail(report, SpawnStage::limit, index);
    ++index;
  }
}

/// A number in decimal, ending with a zero.
class Digits {
 public:
  explicit Digits(int value) noexcept {
    int rest = value < 0 ? -value : value;
    do {
      text_[--at_] = static_cast<char>('0' + rest % 10);
      rest /= 10;
    } while (rest != 0);
    if (value < 0) text_[--at_] = '-';
  }
  const char* text() const noexcept { return text_ + at_; }
  std::size_t length() const noexcept { return sizeof text_ - 1 - at_; }

 private:
  char text_[kPidDigits]{};
  std::size_t at_ = sizeof text_ - 1;
};

void write_own_pid(char* to) noexcept {
  Digits digits(::getpid());
  std::memcpy(to, digits.text(), digits.length() + 1);
}

bool write_oom_score_adj(int value) noexcept {
  Digits digits(value);
  int fd = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  bool written = ::write(fd, digits.text(), digits.length()) == static_cast<ssize_t>(digits.length());
  int code = errno;
  ::close(fd);
  errno = code;
  return written;
}

/// Before the change of user, which ends the right to do it. With no_new_privs it does not matter what is in the
/// bounding set: exec then gives nothing.
[[gnu::cold]] void prepare_capabilities(const ExecPlan& plan, int report) noexcept {
  if (auto missing = first_missing_capability(*plan.capabilities)) fail(report, SpawnStage::capability, *missing);
  if (!reduce_bounding_set(*plan.capabilities)) {
    int code = errno;
    bool exec_gives_none = plan.no_new_privs || ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
    errno = code;
    if (!exec_gives_none) fail(report, SpawnStage::bounding_set);
  }
  if (plan.user && !keep_capabilities_over_user_change()) fail(report, SpawnStage::capabilities);
}

/// After the change of user, which clears the effective and the ambient set.
[[gnu::cold]] void keep_capabilities(std::uint64_t kept, int report) noexcept {
  if (!set_capabilities(kept)) fail(report, SpawnStage::capabilities);
  if (auto missing = raise_ambient_capabilities(kept)) fail(report, SpawnStage::capability, *missing);
}

/// Groups before user: once the user is another, nothing may change any more. All of real, effective and saved ids, so
/// that no way leads back. Not by the functions of the C library: they would have all threads do the same, and there is
/// only this one.
void switch_user(const ExecPlan& plan, int report) noexcept {
  if (plan.capabilities) prepare_capabilities(plan, report);
  if (plan.groups && ::syscall(SYS_setgroups, plan.groups->size(), plan.groups->data()) != 0)
    fail(report, SpawnStage::groups);
  if (plan.user) {
    const UserSwitch& to = *plan.user;
    if (::syscall(SYS_setresgid, to.gid, to.gid, to.gid) != 0) fail(report, SpawnStage::group);
    if (::syscall(SYS_setresuid, to.uid, to.uid, to.uid) != 0) fail(report, SpawnStage::user);
  }
  if (plan.capabilities) {
    keep_capabilities(*plan.capabilities, report);
  } else if (plan.user && plan.user->uid != 0 && !drop_capabilities()) {
    fail(report, SpawnStage::capabilities);
  }
}

/// Has the shell run a file for which the kernel knows no format, if the plan has it so. Returns if it cannot.
void exec_by_shell(const ExecPlan& plan, char* path) noexcept {
  if (!plan.like_execvp) return;
  std::size_t count = 0;
  while (plan.argv[count] != nullptr) ++count;
  // Of the shell, the file, the arguments and the null pointer. exec or exit gives the memory back. mmap(2) is not in
  // the list of signal-safety(7), but no more than a system call.
  std::size_t bytes = (count + 2) * sizeof(char*);
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  errno = ENOEXEC;
  if (memory == MAP_FAILED) return;
  char shell[] = "/bin/sh";
  auto* argv = static_cast<char**>(memory);
  argv[0] = shell;
  argv[1] = path;
  for (std::size_t i = 1; i < count; ++i) argv[i + 1] = plan.argv[i];
  ::execve(shell, argv, plan.envp);
  if (errno == ENOENT) errno = ENOEXEC;  // an image without a shell says nothing about the file
}

/// Like execvp(3), but that the shell is not used unless the plan has it so.
/// Returns the index of the element of the search path that errno is about.
std::uint32_t exec_from_search_path(const ExecPlan& plan) noexcept {
  char path[PATH_MAX];
  int code = ENOENT;
  std::uint32_t about = 0;
  for (std::uint32_t index = 0; path_candidate(plan.search_path, index, plan.argv[0], path); ++index) {
    if (path[0] == '\0') continue;
    ::execve(path, plan.argv, plan.envp);
    if (errno == ENOENT || errno == ENOTDIR) continue;
    int found = errno;
    // A directory that may not be searched says nothing about what is in it.
    if (found == EACCES && !plan.like_execvp && ::access(path, F_OK) != 0) continue;
    code = found;
    about = index;
    if (code == ENOEXEC) exec_by_shell(plan, path);
    if (code != EACCES) break;
  }
  errno = code;
  return about;
}

/// The signal also comes if the parent has died before it could be asked for.
void ask_for_parent_death_signal(int signal, pid_t parent, int report) noexcept {
  if (::prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0) != 0) fail(report, SpawnStage::parent_death_signal);
  if (::getppid() != parent) ::kill(::getpid(), signal);
}

[[noreturn]] void exec_child(const ExecPlan& plan, pid_t parent, int report) noexcept {
  take_place(plan, report);
  if (plan.control_group >= 0) join_control_group(plan.control_group, report);
  if (!plan.descriptors.empty()) report = place_descriptors(plan.descriptors, report);
  for (char* room : plan.pid_digits) {
    if (room) write_own_pid(room);
  }
  if (plan.nice && ::setpriority(PRIO_PROCESS, 0, *plan.nice) != 0) fail(report, SpawnStage::nice);
  if (plan.oom_score_adj && !write_oom_score_adj(*plan.oom_score_adj)) fail(report, SpawnStage::oom_score_adj);
  set_limits(plan, report);  // these could be in the way of what comes before
  switch_user(plan, report);
  if (plan.working_dir && ::chdir(plan.working_dir) != 0) fail(report, SpawnStage::working_dir);
  if (plan.umask) ::umask(*plan.umask);
  if (plan.no_new_privs && ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(report, SpawnStage::no_new_privs);

  // After the change of user, which would undo it.
  if (plan.parent_death_signal != 0) ask_for_parent_death_signal(plan.parent_death_signal, parent, report);
  if (plan.ignore_child_exits) ignore_child_exits();
  if (plan.reset_signals) reset_signals();
  set_signal_mask(plan.mask);  // whatever was sent to this process meanwhile acts here
  std::uint32_t index = 0;
  if (plan.search_path) {
    index = exec_from_search_path(plan);
  } else {
    ::execve(plan.argv[0], plan.argv, plan.envp);
    if (errno == ENOEXEC) exec_by_shell(plan, plan.argv[0]);
  }
  fail(report, SpawnStage::exec, index);
}

}  // namespace

Result<Spawned> spawn(const ExecPlan& plan) {
  // Sockets: unlike a pipe's end they cannot be opened through /proc/PID/fd, so nobody can forge a report.
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
    return errno_error("socketpair");
  }
  Fd read_end = above_stdio(Fd{ends[0]});
  Fd write_end = above_stdio(Fd{ends[1]});
  if (!read_end.valid() || !write_end.valid()) return errno_error("fcntl");

  pid_t parent = ::getpid();
  // Unlike fork(3) it runs no handlers and takes no locks of the C library, for the child only calls what is
  // async-signal-safe.
  pid_t pid = ::_Fork();
  if (pid < 0) return errno_error("fork");
  if (pid == 0) exec_child(plan, parent, write_end.get());
  return Spawned{pid, std::move(read_end)};
}

SpawnProgress read_spawn_progress(const Fd& report) {
  SpawnReport message{};
  ssize_t length = ::recv(report.get(), &message, sizeof message, 0);
  if (length == static_cast<ssize_t>(sizeof message)) return {SpawnProgress::State::failed, message};
  bool is_open = length < 0 && (errno == EAGAIN || errno == EINTR);
  return {is_open ? SpawnProgress::State::unknown : SpawnProgress::State::executed};
}

std::optional<SpawnReport> read_spawn_report(const Fd& report) {
  SpawnReport message{};
  if (::recv(report.get(), &message, sizeof message, 0) != static_cast<ssize_t>(sizeof message)) return std::nullopt;
  return message;
}

bool path_candidate(const char* search_path, std::uint32_t index, const char* name, std::span<char> path) {
  const char* start = search_path;
  for (; index > 0; --index) {
    start = std::strchr(start, ':');
    if (start == nullptr) return false;
    ++start;
  }
  const char* colon = std::strchr(start, ':');
  std::size_t length = colon ? static_cast<std::size_t>(colon - start) : std::strlen(start);
  std::size_t name_length = std::strlen(name);
  path[0] = '\0';
  if (length + 1 + name_length + 1 > path.size()) return true;
  std::memcpy(path.data(), start, length);
  if (length > 0) path[length++] = '/';
  std::memcpy(path.data() + length, name, name_length + 1);
  return true;
}

}  // namespace onit
