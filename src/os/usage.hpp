#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace onit {

/// What a process takes.
struct ProcessUsage {
  std::uint64_t cpu_us;        ///< its own and that of those children of it that have ended, in user and kernel mode
  std::uint64_t memory_bytes;  ///< resident; what it shares with others included
};

/// Nothing if the process is gone or a zombie, or if /proc cannot tell. Source: proc_pid_stat(5).
std::optional<ProcessUsage> process_usage(pid_t pid);

/// The CPU time of everybody who is, or was, in a control group of version 2, in microseconds. Nothing if the kernel
/// does not tell. Source: Documentation/admin-guide/cgroup-v2.rst, cpu.stat.
std::optional<std::uint64_t> group_cpu_us(const std::string& path);

/// The memory that is charged to a control group, in bytes. Nothing if the kernel does not tell, as where the memory
/// controller is not enabled for it. Source: the same, memory.current.
std::optional<std::uint64_t> group_memory_bytes(const std::string& path);

/// The CPU time of this process, in microseconds. Source: clock_gettime(2), CLOCK_PROCESS_CPUTIME_ID.
std::uint64_t own_cpu_us();

/// How many descriptors this process has open; nothing if /proc cannot tell. Source: proc_pid_fd(5).
std::optional<std::size_t> own_descriptors();

}  // namespace onit
