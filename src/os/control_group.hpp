#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "os/fd.hpp"

namespace onit {

/// Where the control group of a process is in the file system, from its /proc/PID/cgroup and /proc/PID/mountinfo.
/// Errors: there is no cgroup2 hierarchy, it is not mounted, or the mount does not show that group; in words.
/// Source: cgroups(7), "/proc files"; proc(5), /proc/pid/mountinfo.
Result<std::string, Complaint> find_control_group(std::string_view cgroup, std::string_view mountinfo);

/// A control group, of version 2. It stays when this is destroyed.
/// Source: Documentation/admin-guide/cgroup-v2.rst of Linux.
class ControlGroup {
 public:
  /// One that exists, if processes may be put into it. Errors: those of open(2).
  static Result<ControlGroup> open(std::string path);
  /// Makes one, unless there is one of that name already. Errors: those of mkdir(2) and open(2).
  static Result<ControlGroup> make(std::string path);

  const std::string& path() const { return path_; }

  /// Its cgroup.procs, for writing: who writes "0" there is in it from then on.
  int procs() const { return procs_.get(); }

  /// Writes one of its files. Errors: those of open(2) and write(2).
  Result<void> set(const char* file, std::string_view value) const;

  /// Whether one of its files has that word in it; not if it cannot be read.
  bool lists(const char* file, std::string_view word) const;

  /// The processes in it, without those in groups below it and those of other pid namespaces. There may be more, if
  /// they are thousands. Errors: those of open(2) and read(2).
  Result<std::vector<pid_t>> processes() const;

  /// Moves everybody whom processes() shows to another group. Errors: EBUSY if there were always new ones, though it
  /// was tried again and again; those of write(2).
  Result<void> move_all(const ControlGroup& to) const;

  /// Sends KILL to everybody in it and below it. Errors: ENOENT before Linux 5.14; others of open(2) and write(2).
  Result<void> kill() const;

  /// Whether nobody is in it or below it; zombies do not count. Errors: those of open(2) and read(2).
  Result<bool> is_empty() const;

  /// Errors: EBUSY if somebody is in it, or a group below it; ENOENT if it is gone already; others of rmdir(2).
  Result<void> remove() const;

 private:
  ControlGroup(std::string path, Fd procs) : path_(std::move(path)), procs_(std::move(procs)) {}

  std::string path_;
  Fd procs_;
};

}  // namespace onit
