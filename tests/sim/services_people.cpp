// What people ask for, and when.

#include <algorithm>
#include <csignal>

#include "sim/services_world.hpp"

namespace onit::sim {
namespace {

constexpr int kSignals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD, 34, 64};

}  // namespace

/// Often moments that mean something, such as that of a deadline.
Millis ServicesWorld::some_time() {
  if (random_.chance(30)) return random_.pick({Millis{0}, Millis{50}, Millis{100}, Millis{1'000}, Millis{3'000}});
  return Millis{random_.below(random_.chance(50) ? 300 : 6'000)};
}

void ServicesWorld::schedule_people() {
  for (int i = random_.below(random_.chance(60) ? 4 : 12); i > 0; --i) ask_something(now_ + some_time());
  if (random_.chance(30)) {
    Instant at = now_ + some_time();
    for (int i = random_.below(3); i >= 0; --i) {
      happenings_.push_back({at, SignalArrived{random_.pick({SIGTERM, SIGTERM, SIGINT, SIGQUIT})}, 0, 0});
      at += some_time();
    }
  }
}

void ServicesWorld::ask_something(Instant at) {
  auto id = static_cast<ServiceId>(random_.below(static_cast<int>(lives_.size())));
  int what = random_.below(100);
  ServiceEvent event = StartAsked{id};
  if (what < 25) {
    event = StopAsked{id};
  } else if (what < 45) {
    event = RestartAsked{id};
  } else if (what < 60) {
    event = Redefined{nullptr};
  } else if (what < 75) {
    if (!services_.services[id].schedule) return;
    event = ScheduleDue{id};
  } else if (what < 85) {
    event = SignalArrived{random_.pick(kSignals)};
  } else if (what < 87) {
    event = ShutdownAsked{random_.chance(50) ? std::optional{random_.pick({0, 7, 200})} : std::nullopt};
  }
  happenings_.push_back({at, event, id, 0});
  // Often two at once, or soon after.
  if (random_.chance(25)) ask_something(at + (random_.chance(50) ? Millis{0} : some_time()));
}

/// Who sees that a service fails again and again does not wait.
void ServicesWorld::ask_in_back_off(ServiceId id, Millis delay) {
  if (!random_.chance(8)) return;
  ServiceEvent event = StartAsked{id};
  if (random_.chance(40)) event = RestartAsked{id};
  if (random_.chance(25)) event = StopAsked{id};
  happenings_.push_back({now_ + delay / random_.pick({1, 2, 4}), event, id, 0});
}

bool ServicesWorld::is_needed(ServiceId id) const {
  for (ServiceId other = 0; other < removed_.size(); ++other) {
    for (const Dependency& dependency : services_.services[other].depends_on) {
      if (dependency.service == id && !removed_[other]) return true;
    }
  }
  return false;
}

/// A new version of the file. None depends on one that is removed, or on a later one.
const Redefinition* ServicesWorld::redefine() {
  redefinition_.emplace();
  std::vector<ServicePolicy>& all = services_.services;
  for (ServiceId id = 0; id < all.size(); ++id) {
    if (!random_.chance(25)) continue;
    if (removed_[id]) continue;
    ServicePolicy before = std::move(all[id]);
    all[id] = random_service(random_, all, removed_, id);
    if (is_needed(id)) {
      // What others wait for can still come true; otherwise it would be an error in the file.
      all[id].type = before.type;
      all[id].ready = before.ready;
      all[id].health = before.health;
      all[id].schedule.reset();
    }
    redefinition_->changed.push_back({id, all[id]});
  }
  if (random_.chance(30)) {
    all.push_back(random_service(random_, all, removed_, all.size()));
    removed_.push_back(false);
    lives_.emplace_back();
    redefinition_->changed.push_back({all.size() - 1, all.back()});
  }
  for (ServiceId id = 0; id < all.size(); ++id) {
    if (is_needed(id) || removed_[id] || !random_.chance(20)) continue;
    std::erase_if(redefinition_->changed, [&](const Redefinition::Change& change) { return change.service == id; });
    if (id == all.size() - 1 && id >= supervisor_.count()) {
      all.pop_back();
      removed_.pop_back();
      lives_.pop_back();
      break;
    }
    removed_[id] = true;
    redefinition_->removed.push_back(id);
  }
  services_.policy = random_supervisor(random_, removed_);
  redefinition_->policy = services_.policy;
  show_policies();
  return &*redefinition_;
}

}  // namespace onit::sim
