#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/service_status.hpp"

namespace onit {

/// What a service was, from a moment on.
enum class Span : std::uint8_t {
  down,       ///< nothing of it ran, and nothing was to
  waiting,    ///< for another service
  scheduled,  ///< for its time
  starting,   ///< it ran, and was not ready; a oneshot at work
  up,
  unhealthy,  ///< up, but its health check fails
  stopping,
  backing_off,
  completed,
  failed,
};

/// What a service with this status is.
Span span_of(const ServiceStatus& status);

/// Its word, such as "backing off".
const char* span_name(Span span);

struct HistoryEntry {
  std::uint32_t at_ms;  ///< since onit's start; 49 days, then it stays
  Span span;
};

/// What each service has been since onit's start: the first entries, so that the start can be told, and the last.
class History {
 public:
  static constexpr std::size_t kFirst = 8;
  static constexpr std::size_t kLast = 16;

  explicit History(Instant start) : start_(start) {}

  /// The service is like this now. Nothing is added if it was so before.
  void add(ServiceId service, const ServiceStatus& status, Instant now);

  /// In order of time; some may be missing behind the first kFirst.
  std::span<const HistoryEntry> of(ServiceId service) const;
  Instant start() const { return start_; }

 private:
  Instant start_;
  std::vector<std::vector<HistoryEntry>> entries_;
};

}  // namespace onit
