// What the file says anew, and the end.

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "app/service_launch.hpp"
#include "app/services_files.hpp"
#include "app/services_reload.hpp"
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

/// Nothing is changed unless all of it can be: what runs is not stopped for what cannot start. Returns the problems;
/// if there are none, Redefined is queued.
std::vector<std::string> ServicesWorld::read_definitions() {
  ServicesRead read = load_services(setup_.plan, environ);
  std::vector<std::string>& problems = read.problems;
  for (const ServiceSpec& spec : read.spec.services) {
    if (!problems.empty()) break;
    PreparedService prepared;
    auto ready = prepared.prepare(spec.launch, spec.launch.command, surroundings(own_mark_));
    if (!ready.ok()) problems.push_back(filled("service '%': %", {spec.name, ready.error().text}));
  }
  for (const std::string& problem : problems) reporter_.failure(problem);
  if (!problems.empty()) {
    reporter_.tell({.what = What::warning, .text = "the file has errors, so nothing is changed"});
    return std::move(problems);
  }
  if (read.spec.control != spec_.control || read.spec.listen != spec_.listen) {
    reporter_.tell({.what = What::warning, .text = "control and listen stay as they are until onit is started anew"});
  }
  redefinition_ = redefine(spec_, services_, std::move(read.spec));
  main_pids_.resize(services_.size());
  leader_pids_.resize(services_.size());
  // A new schedule counts at once, whatever still runs by the old one.
  for (const Redefinition::Change& change : redefinition_.changed) {
    const auto& schedule = services_[change.service].next_spec->schedule;
    schedules_.remove(change.service);
    auto defined = schedule ? schedules_.define(change.service, *schedule) : Result<void, Complaint>{};
    if (!defined.ok()) fail(change.service, defined.error().text);
  }
  reporter_.tell({.what = What::service_news, .text = "the file was read again"});
  queue(Redefined{&redefinition_});
  return {};
}

void ServicesWorld::on(const ReadDefinitions&) { (void)read_definitions(); }

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
  // A reader that hangs must not keep a container that has ended.
  Instant patience = std::max(end_.value_or(now()), now() + kLastPatience);
  while (!logs_.is_idle() && now() < patience) {
    for (const PollerEvent& event : poller_.wait(patience - now())) {
      if (source_of(event.tag) == Source::sink) logs_.on_ready(event);
    }
    while (auto signal = wait_signal(Millis{0})) {
      bool is_request = signal->number == SIGTERM || signal->number == SIGINT;
      if (is_request) patience = std::min(patience, now() + kLastPatience);
    }
    while (std::holds_alternative<ChildEnded>(take_child())) continue;
  }
}

}  // namespace onit
