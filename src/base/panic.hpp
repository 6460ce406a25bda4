#pragma once

namespace onit {

/// The exit code of a process that cannot go on: one of its own invariants is broken, or it gets no memory (EX_SOFTWARE
/// of sysexits.h).
inline constexpr int kPanicExitCode = 70;

/// Ends the process with kPanicExitCode after one line on stderr; for broken invariants, and where there is no memory.
/// abort(3) is no way out of PID 1: the kernel ignores a default SIGABRT there.
[[noreturn]] void panic(const char* what) noexcept;

}  // namespace onit
