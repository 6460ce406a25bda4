#pragma once

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/service_policy.hpp"
#include "os/processes.hpp"

namespace onit {

/// By what the processes of a service are known. A service may have several of these, for its probes and hooks.
struct ServiceTrace {
  ServiceId service;
  pid_t session;  ///< that its process leads, or led as long as somebody is in it; 0: none
  /// Its mark in kMarkVariable, without a comma; or a pipe of its own that it writes to, as /proc names it. Empty:
  /// none. It must outlive the search.
  std::string_view token;
};

/// A process that has come from onit.
struct Member {
  Process process;
  std::optional<ServiceId> service;  ///< nothing: it cannot be told from which
};

/// A value for each possible pid. Memory is taken only for those around which one was set, and given back at the end;
/// it needs no heap.
class PidTable {
 public:
  PidTable();
  ~PidTable();
  PidTable(const PidTable&) = delete;
  PidTable& operator=(const PidTable&) = delete;

  bool valid() const { return values_ != nullptr; }
  void set(pid_t pid, ServiceId service);
  std::optional<ServiceId> find(pid_t pid) const;

 private:
  std::uint16_t* values_ = nullptr;
};

/// Services by their tokens.
class TokenTable {
 public:
  explicit TokenTable(std::span<const ServiceTrace> traces);
  std::optional<ServiceId> find(std::string_view token) const;

 private:
  std::size_t slot_of(std::string_view token) const;

  std::span<const ServiceTrace> traces_;
  std::vector<std::uint32_t> slots_;  ///< an index into traces_, plus one; 0: free
};

/// Finds every process that descends from onit, or from `root`, like DescendantSearch, and to which service it belongs:
/// that of its parent, if this one is known; else that in whose session it is; else the one whose mark it carries; else
/// the one to whose pipes it writes.
///
///     Members members(traces, strangers);
///     while (auto member = members.next()) if (member->service == db) member->process.send(SIGTERM);
///
/// The work is linear in the number of processes and traces. Gives up when DescendantSearch does.
class Members {
 public:
  /// Neither `strangers` nor what descends from them are shown. Both lists must outlive this.
  Members(std::span<const ServiceTrace> traces, std::span<const pid_t> strangers, pid_t root = ::getpid());

  /// False if /proc is missing or shows another pid namespace: then next() finds nothing.
  bool possible() const { return search_.possible() && sessions_.valid() && services_.valid(); }

  /// Whether time was over before all were seen.
  bool gave_up() const { return search_.gave_up(); }

  /// The next one, each only once, main processes, dead ones and those of no service included; nothing when all have
  /// been seen.
  std::optional<Member> next();

 private:
  std::optional<ServiceId> service_of(const Process& process) const;
  std::optional<ServiceId> service_by_mark(const Process& process) const;
  std::optional<ServiceId> service_by_output(const Process& process) const;

  DescendantSearch search_;
  PidTable sessions_;
  PidTable services_;  ///< of those that were seen
  TokenTable tokens_;
};

}  // namespace onit
