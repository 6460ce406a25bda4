#include "app/schedules.hpp"

#include <algorithm>
#include <utility>

#include "app/due_time.hpp"

namespace onit {
namespace {

/// So far a clock that is set back is put right a little, and nothing is repeated: a clock that goes back further was
/// wrong before. Source: cron(8).
constexpr std::chrono::seconds kCorrection = std::chrono::hours{3};
/// The same for what is to go on at any hour, which would rest for as long.
constexpr std::chrono::seconds kShortCorrection = std::chrono::minutes{1};

}  // namespace

Result<void, Complaint> Schedules::define(ServiceId service, const ScheduleSpec& spec) {
  auto schedule = parse_schedule(spec.cron);
  if (!schedule.ok()) return schedule.error();
  auto zone = zone_called(spec.timezone);
  if (!zone.ok()) return zone.error();
  forget(service);
  entries_.push_back({service, schedule.value(), spec.timezone, std::move(zone.value())});
  advance(entries_.back(), now_());
  if (!arm()) look_at_all();
  return {};
}

void Schedules::forget(ServiceId service) {
  std::erase_if(entries_, [service](const Entry& entry) { return entry.service == service; });
}

void Schedules::remove(ServiceId service) {
  forget(service);
  if (!arm()) look_at_all();
}

void Schedules::on_ready() {
  // Whether the time has come or the clock was set: everything is computed anew.
  clock_.read();
  look_at_all();
}

std::optional<ServiceId> Schedules::next_due_service() {
  auto due = std::ranges::find_if(entries_, &Entry::is_due);
  if (due == entries_.end()) return std::nullopt;
  due->is_due = false;
  return due->service;
}

std::optional<WallTime> Schedules::next_due_time(ServiceId service) const {
  auto found = std::ranges::find(entries_, service, &Entry::service);
  return found == entries_.end() ? std::nullopt : found->next;
}

/// To load one takes a millisecond or two, and thousands of services may have the same.
Result<TimeZone, Complaint> Schedules::zone_called(const std::string& name) const {
  auto same = std::ranges::find(entries_, name, &Entry::zone_name);
  if (same != entries_.end()) return same->zone;
  return load_time_zone(name);
}

void Schedules::advance(Entry& entry, WallTime now) const {
  auto correction = entry.schedule.any_hour ? kShortCorrection : kCorrection;
  bool was_corrected = entry.last && *entry.last > now && *entry.last - now < correction;
  entry.next = next_due(entry.schedule, entry.zone, was_corrected ? *entry.last : now);
}

/// Sees who is due by now, and when all are due next.
void Schedules::look_at_all() {
  do {
    WallTime now = now_();
    for (Entry& entry : entries_) {
      if (entry.next && *entry.next <= now) {
        entry.is_due = true;
        entry.last = now;
      }
      advance(entry, now);
    }
  } while (!arm());
}

/// For the soonest. Returns false if the clock was set since the last look.
bool Schedules::arm() {
  std::optional<WallTime> soonest;
  for (const Entry& entry : entries_) {
    if (entry.next && (!soonest || *entry.next < *soonest)) soonest = entry.next;
  }
  if (soonest) return clock_.arm(*soonest);
  clock_.disarm();
  return true;
}

}  // namespace onit
