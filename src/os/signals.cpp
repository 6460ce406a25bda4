#include "os/signals.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/panic.hpp"

namespace onit {
namespace {

// The C library's wrappers hide the signals that it keeps for itself, so the calls are made directly.
// The kernel's set has 64 bits on every architecture that onit is built for.
constexpr std::size_t kSetBytes = sizeof(std::uint64_t);

// What rt_sigtimedwait takes where time_t has outgrown long.
struct KernelTimespec {
  long seconds;
  long nanoseconds;
};

int take_pending(const SignalSet& set, siginfo_t* info, const KernelTimespec* timeout) {
  return static_cast<int>(::syscall(SYS_rt_sigtimedwait, set.native(), info, timeout, kSetBytes));
}

int change_mask(int how, const SignalSet& set, SignalSet* previous) {
  return static_cast<int>(
      ::syscall(SYS_rt_sigprocmask, how, set.native(), previous ? previous->native() : nullptr, kSetBytes));
}

}  // namespace

SignalSet block_all_signals() {
  SignalSet previous;
  change_mask(SIG_SETMASK, SignalSet::all(), &previous);
  return previous;
}

void set_signal_mask(const SignalSet& mask) { change_mask(SIG_SETMASK, mask, nullptr); }

bool stop_ignoring_child_exits() {
  struct sigaction action {};
  ::sigaction(SIGCHLD, nullptr, &action);
  bool ignored = action.sa_handler == SIG_IGN;
  bool reaped_by_kernel = ignored || (action.sa_flags & SA_NOCLDWAIT) != 0;
  if (reaped_by_kernel) ::signal(SIGCHLD, SIG_DFL);
  return ignored;
}

void ignore_child_exits() { ::signal(SIGCHLD, SIG_IGN); }

void reset_signals() {
  // The kernel's struct, all zero: SIG_DFL. It is no longer than this on any architecture.
  const std::uint64_t by_default[8]{};
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    ::syscall(SYS_rt_sigaction, signal, by_default, nullptr, kSetBytes);
  }
}

std::optional<ReceivedSignal> wait_signal(std::optional<Millis> timeout) {
  KernelTimespec limit{};
  if (timeout) {
    limit.seconds = static_cast<long>(timeout->count() / 1000);
    limit.nanoseconds = static_cast<long>(timeout->count() % 1000) * 1'000'000;
  }
  siginfo_t info{};
  int signal = take_pending(SignalSet::all(), &info, timeout ? &limit : nullptr);
  if (signal > 0) return ReceivedSignal{signal, info.si_code <= 0, info.si_pid};
  if (errno != EAGAIN && errno != EINTR) panic("rt_sigtimedwait failed");
  return std::nullopt;
}

void discard_own_signals(const SignalSet& set) {
  const KernelTimespec at_once{};
  siginfo_t info{};
  SignalSet others;
  for (int signal; (signal = take_pending(set, &info, &at_once)) > 0;) {
    if (info.si_pid != ::getpid()) others = others.with(signal);
  }
  for (int signal = 1; signal <= kLastSignal; ++signal) {
    if (others.has(signal)) ::kill(::getpid(), signal);
  }
}

bool stop_own_group(int signal) {
  struct sigaction by_default {};
  struct sigaction previous {};
  by_default.sa_handler = SIG_DFL;
  ::sigaction(signal, &by_default, &previous);
  ::kill(0, signal);
  SignalSet blocked;
  change_mask(SIG_UNBLOCK, SignalSet::of(signal), &blocked);  // here it stops
  set_signal_mask(blocked);
  ::sigaction(signal, &previous, nullptr);
  // The stop signal has cleared every SIGCONT that was pending before; one that is there now has continued us.
  const KernelTimespec at_once{};
  return take_pending(SignalSet::of(SIGCONT), nullptr, &at_once) == SIGCONT;
}

void stop_self() { ::kill(::getpid(), SIGSTOP); }

void die_by(int signal, bool with_group) {
  const rlimit no_core{0, 0};
  ::prlimit(0, RLIMIT_CORE, &no_core, nullptr);
  ::signal(signal, SIG_DFL);
  ::kill(with_group ? 0 : ::getpid(), signal);
  change_mask(SIG_UNBLOCK, SignalSet::of(signal), nullptr);
}

}  // namespace onit
