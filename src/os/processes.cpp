#include "os/processes.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstring>

#include "base/parse.hpp"
#include "os/clock.hpp"
#include "os/environ.hpp"

namespace onit {
namespace {

constexpr std::size_t kSeenBytes = kHighestPid / 8;

// The numbers of fields of /proc/PID/stat, proc(5).
constexpr int kFieldAfterSession = 7;
constexpr int kThreadsField = 20;

/// Somebody who forks faster than we look is never done with, and meanwhile nobody else is heard. Some ten thousand
/// processes can be seen in that time. PID 1 reaches all others by kill(-1).
constexpr Millis kPatience{250};

/// Nobody else can do that: whoever is behind so many processes, or zombies, must be found all the same, in a first
/// pass of this length.
constexpr Millis kFirstPassBelowOthers{3'000};

/// The longest environment that can be counted on; what a process puts behind it is not looked at. Source: execve(2), a
/// quarter of the usual stack limit of 8 MiB.
constexpr std::size_t kMostEnvironBytes = 2 * 1024 * 1024;

/// /proc is of use only if it shows the pid namespace that kill(2) means.
bool shows_own_namespace(int proc) {
  char name[16];
  ssize_t length = ::readlinkat(proc, "self", name, sizeof name);
  if (length <= 0) return false;
  auto pid = parse_number({name, static_cast<std::size_t>(length)}, kHighestPid);
  return pid && static_cast<pid_t>(*pid) == ::getpid();
}

/// The next number of a line of /proc/PID/stat; moves past it.
pid_t take_number(const char*& at, const char* end) {
  while (at != end && *at == ' ') ++at;
  int value = 0;
  at = std::from_chars(at, end, value).ptr;
  return value;
}

}  // namespace

bool Process::read() {
  Fd file{::openat(directory_.get(), "stat", O_RDONLY | O_CLOEXEC)};
  if (!file.valid()) return false;
  char line[512];
  ssize_t length = ::read(file.get(), line, sizeof line);
  if (length <= 0) return false;

  // pid (name) state parent group ...; the name may itself contain blanks and parentheses.
  std::string_view text{line, static_cast<std::size_t>(length)};
  std::size_t open = text.find('(');
  std::size_t close = text.rfind(')');
  if (open == text.npos || close == text.npos || close < open || close + 3 >= text.size()) return false;
  name_length_ = std::min(close - open - 1, name_.size());
  std::memcpy(name_.data(), line + open + 1, name_length_);
  state_ = line[close + 2];
  const char* at = line + close + 3;
  parent_ = take_number(at, line + length);
  group_ = take_number(at, line + length);
  session_ = take_number(at, line + length);
  for (int field = kFieldAfterSession; field < kThreadsField; ++field) take_number(at, line + length);
  threads_ = take_number(at, line + length);
  return true;
}

std::optional<std::string_view> Process::read_variable(std::string_view name, std::span<char> room) const {
  Fd environ = open_environ(directory_.get());
  if (!environ.valid()) return std::nullopt;
  VariableReader reader(name, room);
  char chunk[4096];
  for (std::size_t total = 0; total < kMostEnvironBytes; total += sizeof chunk) {
    ssize_t got = ::read(environ.get(), chunk, sizeof chunk);
    if (got <= 0) break;
    if (reader.take({chunk, static_cast<std::size_t>(got)})) break;
  }
  return reader.value();
}

std::string_view Process::command_line(std::span<char> room) const {
  Fd file{::openat(directory_.get(), "cmdline", O_RDONLY | O_CLOEXEC)};
  ssize_t length = file.valid() ? ::read(file.get(), room.data(), room.size()) : 0;
  return {room.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
}

std::string_view Process::descriptor(int fd, std::span<char> room) const {
  return read_descriptor(directory_.get(), fd, room);
}

Result<void> Process::send(int signal) const {
  if (::syscall(SYS_pidfd_send_signal, directory_.get(), signal, nullptr, 0) == 0) return {};
  Error failure = errno_error("pidfd_send_signal");
  // Before Linux 5.1, or under a seccomp profile that does not know the call and says EPERM, anything is refused.
  bool exists = ::syscall(SYS_pidfd_send_signal, -1, 0, nullptr, 0) != 0 && errno == EBADF;
  if (exists) return failure;
  if (::kill(pid_, signal) == 0) return {};
  return errno_error("kill");
}

std::optional<Process> find_process(pid_t pid) {
  char path[32] = "/proc/";
  std::to_chars(path + std::strlen(path), path + sizeof path - 1, pid);
  Process process(pid, Fd{::open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)});
  if (!process.read()) return std::nullopt;
  return process;
}

DescendantSearch::DescendantSearch(std::span<const pid_t> strangers, pid_t root)
    : strangers_(strangers),
      root_(root),
      proc_("/proc"),
      end_(monotonic_now() + (::getpid() == 1 ? kPatience : kFirstPassBelowOthers)) {
  if (!proc_.valid() || !shows_own_namespace(proc_.directory())) return;
  void* memory =
      ::mmap(nullptr, kSeenBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) return;
  seen_ = static_cast<std::uint64_t*>(memory);
}

DescendantSearch::~DescendantSearch() {
  if (seen_) ::munmap(seen_, kSeenBytes);
}

bool DescendantSearch::was_seen(pid_t pid) const {
  auto index = static_cast<std::size_t>(pid);
  return (seen_[index / 64] >> (index % 64) & 1) != 0;
}

void DescendantSearch::mark_seen(pid_t pid) {
  auto index = static_cast<std::size_t>(pid);
  seen_[index / 64] |= std::uint64_t{1} << (index % 64);
}

std::optional<Process> DescendantSearch::next() {
  if (!possible()) return std::nullopt;
  for (;;) {
    while (auto number = proc_.next()) {
      pid_t pid = *number;
      if (pid >= kHighestPid || was_seen(pid)) continue;
      char name[16] = {};
      std::to_chars(name, name + sizeof name - 1, pid);
      gave_up_ = monotonic_now() > end_;
      if (gave_up_) return std::nullopt;
      Process process(pid, Fd{::openat(proc_.directory(), name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)});
      if (!is_new_descendant(process)) continue;
      mark_seen(pid);
      found_in_this_pass_ = true;
      return process;
    }
    if (!found_in_this_pass_) return std::nullopt;
    found_in_this_pass_ = false;
    end_ = std::min(end_, monotonic_now() + kPatience);
    proc_.rewind();
  }
}

bool DescendantSearch::is_new_descendant(Process& process) const {
  if (!process.read()) return false;
  if (std::ranges::find(strangers_, process.pid()) != strangers_.end()) return false;
  pid_t parent = process.parent();
  return parent == root_ || (parent > 0 && parent < kHighestPid && was_seen(parent));
}

std::size_t list_children(std::span<pid_t> children) {
  std::size_t count = 0;
  DescendantSearch search({});
  while (auto process = search.next()) {
    if (process->parent() != ::getpid()) continue;
    if (count < children.size()) children[count] = process->pid();
    ++count;
  }
  return count;
}

}  // namespace onit
