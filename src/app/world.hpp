#pragma once

#include "base/time.hpp"
#include "core/action.hpp"
#include "core/event.hpp"

namespace onit {

/// Where events come from and actions take effect: the machine, or a simulation of it.
class World {
 public:
  virtual Instant now() = 0;

  /// Waits for the next event, at most until the deadline.
  virtual Event next(Deadline deadline) = 0;

  virtual void perform(const Action& action) = 0;

 protected:
  ~World() = default;
};

}  // namespace onit
