#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string_view>

#include "base/exit_status.hpp"
#include "core/service_event.hpp"
#include "core/service_spec.hpp"
#include "os/poller.hpp"
#include "os/spawn.hpp"

namespace onit {

/// Looks whether services are ready or healthy: connects, asks by HTTP, looks for files. Nothing of it waits. What is
/// to be executed is not its business. Hosts are addresses, `localhost` (or none: 127.0.0.1, then ::1) and names of
/// /etc/hosts; other names would have to be asked for, and waited for.
class Prober {
 public:
  explicit Prober(Poller& poller);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// Begins a look by tcp, http or file; one that goes on for the same service and kind is given up. The outcome, if
  /// it is known at once.
  std::optional<bool> start(ServiceId service, ProbeKind kind, const ProbeSpec& probe);

  /// A socket (Source::probe) has news. The outcome, if it is known by now.
  std::optional<bool> on_ready(const PollerEvent& event);

  /// Gives a look up; what it has found counts as nothing. With the time that it was given it has failed: there was no
  /// answer.
  void stop(ServiceId service, ProbeKind kind, bool is_overdue);

  /// A look that is not made here has ended: `subject` is what was looked at, as "exec ./check", and `finding` what
  /// was found. With an `error` (errno) that is a shortage it could not even begin.
  void note(ServiceId service, ProbeKind kind, bool succeeded, std::string_view subject, std::string_view finding,
            int error = 0);

  /// Whether the last look could not begin, for lack of descriptors, processes or memory: that says nothing about the
  /// service.
  bool is_hindered(ServiceId service, ProbeKind kind) const;

  /// What the last look has found, such as "tcp 127.0.0.1:5432: Connection refused"; empty if none has ended yet. At
  /// most 160 bytes, printable; valid until something else of this service is called.
  std::string_view evidence(ServiceId service, ProbeKind kind) const;

  /// The looks that were made and have failed since the last one that has not.
  int failures(ServiceId service, ProbeKind kind) const;

  /// Forgets what was found: a new run of the service begins, or it is gone for good.
  void remove(ServiceId service);

 private:
  struct Rest;
  std::unique_ptr<Rest> rest_;
};

}  // namespace onit
