#include "app/history.hpp"

#include <algorithm>
#include <limits>

#include "base/panic.hpp"

namespace onit {

Span span_of(const ServiceStatus& status) {
  switch (status.phase) {
    case ServicePhase::inactive:
      if (status.outcome == Outcome::failed) return Span::failed;
      return status.outcome == Outcome::succeeded ? Span::completed : Span::down;
    case ServicePhase::gone:
      return Span::down;
    case ServicePhase::waiting:
      return status.reason == Reason::schedule ? Span::scheduled : Span::waiting;
    case ServicePhase::spawning:
    case ServicePhase::starting:
      return Span::starting;
    case ServicePhase::up:
      return status.health == Health::unhealthy ? Span::unhealthy : Span::up;
    case ServicePhase::pre_stop:
    case ServicePhase::stopping:
    case ServicePhase::killing:
    case ServicePhase::clearing:
      return Span::stopping;
    case ServicePhase::backing_off:
      return Span::backing_off;
  }
  panic("a phase without span");
}

void History::add(ServiceId service, const ServiceStatus& status, Instant now) {
  if (service >= entries_.size()) entries_.resize(service + 1);
  std::vector<HistoryEntry>& entries = entries_[service];
  Span span = span_of(status);
  if (!entries.empty() && entries.back().span == span) return;
  // Room for all of it only where something goes on happening.
  if (entries.size() == entries.capacity()) entries.reserve(entries.size() < kFirst ? kFirst : kFirst + kLast);
  if (entries.size() == kFirst + kLast) entries.erase(entries.begin() + kFirst);
  constexpr Millis::rep kLatest = std::numeric_limits<std::uint32_t>::max();
  entries.push_back({static_cast<std::uint32_t>(std::clamp<Millis::rep>((now - start_).count(), 0, kLatest)), span});
}

std::span<const HistoryEntry> History::of(ServiceId service) const {
  if (service >= entries_.size()) return {};
  return entries_[service];
}

const char* span_name(Span span) {
  static constexpr char kNames[][12] = {"down",      "waiting",  "scheduled",   "starting",  "up",
                                        "unhealthy", "stopping", "backing off", "completed", "failed"};
  return kNames[static_cast<std::size_t>(span)];
}

}  // namespace onit
