// The end.

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "app/services_world.hpp"
#include "app/source.hpp"
#include "base/text.hpp"
#include "os/children.hpp"
#include "os/clock.hpp"

namespace onit {
namespace {

/// How long readers of the last output have if the time for the end is over.
constexpr Millis kLastPatience{1'000};

}  // namespace

void ServicesWorld::write_last_words() {
  for (ServiceId id = 0; id < services_.size(); ++id) logs_.finish(id);
  finish_order();
  // What they have written last, too, is there for those who follow.
  control_.close();
  // Nobody decides anything any more: what is still said is not waited for.
  poller_.forget(schedules_.fd());
  for (const ServiceRuntime& service : services_) {
    if (service.notify) poller_.forget(service.notify->fd());
  }
  tell_manager_again();
  // A reader that hangs must not keep a container that has ended.
  Instant patience = std::max(end_.value_or(now()), now() + kLastPatience);
  while (!logs_.is_idle() && now() < patience) {
    for (const PollerEvent& event : poller_.wait(patience - now())) {
      if (source_of(event.tag) == Source::sink) logs_.on_ready(event);
    }
    // One at a time: who sends them faster than they are taken must not hold up the end.
    if (auto signal = wait_signal(Millis{0})) {
      bool is_request = signal->number == SIGTERM || signal->number == SIGINT;
      if (is_request) patience = std::min(patience, now() + kLastPatience);
    }
    while (std::holds_alternative<ChildEnded>(take_child())) continue;
  }
}

}  // namespace onit
