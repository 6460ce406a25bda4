// Those whom services have started, and where they have gone.

#include <algorithm>
#include <csignal>
#include <utility>

#include "app/services_world.hpp"
#include "base/text.hpp"
#include "os/children.hpp"
#include "os/clock.hpp"

namespace onit {
namespace {

/// A look over all processes is followed by a rest of so many times what it took: with a thousand services that end
/// one by one, most of the time is left for other things.
constexpr int kRestAfterLook = 4;
constexpr Millis kLookAgain{50};  // if a look could not see everybody

}  // namespace

bool ServicesWorld::is_look_due() const {
  return (looks_for_members_ || looks_for_strays_) && next_look_ <= monotonic_now();
}

/// Services first, and behind them what else onit has started for them.
std::vector<ServiceTrace> ServicesWorld::traces() const {
  std::vector<ServiceTrace> traces;
  traces.reserve(3 * services_.size() + auxiliaries_.size());
  for (ServiceId id = 0; id < services_.size(); ++id) {
    traces.push_back({id, services_[id].session, services_[id].mark});
    for (const std::string& output : services_[id].outputs) traces.push_back({id, 0, output});
  }
  for (std::size_t i = 0; i < auxiliaries_.size(); ++i) {
    traces.push_back({services_.size() + i, auxiliaries_[i].session, auxiliaries_[i].mark});
  }
  return traces;
}

/// One look for all services that have come to their end: sends what is to be sent, and tells who has nobody left.
void ServicesWorld::look_for_members() {
  looks_for_members_ = false;
  Instant start = now();
  std::vector<ServiceTrace> known = traces();
  for (ServiceRuntime& service : services_) service.was_found = false;
  Members members(known, strangers_);
  while (auto member = members.next()) {
    if (!member->service || member->process.dead()) continue;
    if (*member->service >= services_.size()) {
      if (auxiliaries_[*member->service - services_.size()].is_given_up) (void)member->process.send(SIGKILL);
      continue;
    }
    ServiceRuntime& service = services_[*member->service];
    service.was_found = true;
    bool had_it = service.spares_group && member->process.group() == service.session;
    if (service.is_awaited && service.leftover_signal != 0 && !had_it) {
      (void)member->process.send(service.leftover_signal);
      if (service.is_unasked) service.has_left_some = true;
    }
  }
  // Whoever was not seen may be there.
  if (members.gave_up()) {
    looks_for_members_ = true;
    for (ServiceRuntime& service : services_) service.was_found = true;
  }
  settle_members();
  next_look_ = now() + std::max(kRestAfterLook * (now() - start), members.gave_up() ? kLookAgain : Millis{0});
}

void ServicesWorld::settle_members() {
  for (ServiceId id = 0; id < services_.size(); ++id) {
    ServiceRuntime& service = services_[id];
    service.leftover_signal = 0;
    if (std::exchange(service.is_unasked, false) && service.has_left_some) tell_who_is_left(id);
    if (!service.is_awaited || service.was_found) continue;
    service.is_awaited = false;
    service.session = 0;
    if (service.group) (void)service.group->remove();
    service.group.reset();
    logs_.finish(id);
    queue(ServiceEmpty{id});
  }
  std::erase_if(auxiliaries_, [](const Auxiliary& auxiliary) { return auxiliary.pid == 0 && auxiliary.is_given_up; });
}

/// The most usual mistake: a program that goes into the background, and leaves onit with nothing to watch. One that
/// crashes leaves others behind, too, but then that is not why.
void ServicesWorld::tell_who_is_left(ServiceId id) {
  const std::string& name = services_[id].spec.name;
  bool may_be_a_daemon = supervisor_->status(id).last_exit->code() == 0;
  std::string text = filled("service '%' left processes behind, which are ended%", name,
                            may_be_a_daemon ? ": if it goes into the background, keep it in the foreground" : "");
  tell({What::warning, text}, std::nullopt);
  record(name, "left_behind", text);
}

/// All services have ended. Who is left has lost every mark of where it came from.
void ServicesWorld::look_for_strays() {
  looks_for_strays_ = false;
  Instant start = now();
  bool is_anybody_left = false;
  DescendantSearch search(strangers_);
  while (auto process = search.next()) {
    if (process->dead()) continue;
    is_anybody_left = true;
    if (stray_signal_ != 0) (void)process->send(stray_signal_);
  }
  // PID 1 reaches everybody in its namespace, seen or not; who came from elsewhere ends with PID 1 anyway.
  bool is_seen = search.possible() && !search.gave_up();
  if (!is_seen && stray_signal_ != 0 && ::getpid() == 1) ::kill(-1, stray_signal_);
  stray_signal_ = 0;
  // The end of a child calls for another look; who was left out may be nobody's child that ends.
  looks_for_strays_ = search.gave_up();
  next_look_ = now() + std::max(kRestAfterLook * (now() - start), search.gave_up() ? kLookAgain : Millis{0});
  bool is_unknown = search.gave_up() || (!search.possible() && has_child());
  if (is_anybody_left || is_unknown) return;
  awaits_nothing_left_ = false;
  queue(NothingLeft{});
}

}  // namespace onit
