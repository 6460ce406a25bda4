#pragma once

#include "base/time.hpp"
#include "core/action.hpp"
#include "core/event.hpp"
#include "core/service_action.hpp"
#include "core/service_event.hpp"

namespace onit {

/// Where events come from and actions take effect: the machine, or a simulation of it.
template <class Event, class Action>
class WorldOf {
 public:
  virtual Instant now() = 0;

  /// Waits for the next event, at most until the deadline.
  virtual Event next(Deadline deadline) = 0;

  virtual void perform(const Action& action) = 0;

 protected:
  ~WorldOf() = default;
};

/// The world of one command, or of a few side by side.
using World = WorldOf<Event, Action>;

/// The world of services.
using ServiceWorld = WorldOf<ServiceEvent, ServiceAction>;

}  // namespace onit
