// What the file says anew.

#include <unistd.h>

#include <span>
#include <vector>

#include "app/service_launch.hpp"
#include "app/services_files.hpp"
#include "app/services_reload.hpp"
#include "app/services_world.hpp"
#include "base/text.hpp"

namespace onit {

/// Before anybody is started or stopped by the new definitions.
void ServicesWorld::hand_over_sockets() {
  std::vector<std::span<const SocketSpec>> declared(services_.size());
  for (ServiceId id = 0; id < services_.size(); ++id) {
    const ServiceRuntime& service = services_[id];
    const ServiceSpec& spec = service.next_spec ? *service.next_spec : service.spec;
    if (!service.is_removed) declared[id] = spec.launch.sockets;
  }
  listeners_.hand_over(declared);
}

/// Nothing is changed unless all of it can be: what runs is not stopped for what cannot start. Returns the problems;
/// if there are none, Redefined is queued.
std::vector<std::string> ServicesWorld::read_definitions() {
  ServicesRead read = load_services(setup_.plan, environ);
  std::vector<std::string>& problems = read.problems;
  if (!has_numbers_for(services_, read.spec)) {
    problems.emplace_back("too many services have come and gone; only a new onit has room for more");
  }
  for (const ServiceSpec& spec : read.spec.services) {
    if (!problems.empty()) break;
    PreparedService prepared;
    auto ready = prepared.prepare(spec.launch, spec.launch.command, surroundings(own_mark_));
    if (!ready.ok()) problems.push_back(filled("service '%': %", spec.name, ready.error().text));
  }
  if (problems.empty()) reporter_.set_default_format(read.spec.message_format);
  for (const std::string& warning : read.warnings) reporter_.tell({.what = What::warning, .text = warning});
  for (const std::string& problem : problems) reporter_.failure(problem);
  if (!problems.empty()) {
    reporter_.tell({.what = What::warning, .text = kNothingChanged});
    record({}, "reload_refused", concat(kNothingChanged, ": ", problems.front()));
    return std::move(problems);
  }
  if (read.spec.control != spec_.control || read.spec.listen != spec_.listen) {
    reporter_.tell({.what = What::warning, .text = "control and listen stay as they are until onit is started anew"});
  }
  redefinition_ = redefine(spec_, services_, std::move(read.spec));
  hand_over_sockets();
  main_pids_.resize(services_.size());
  leader_pids_.resize(services_.size());
  // A new schedule counts at once, whatever still runs by the old one.
  for (const Redefinition::Change& change : redefinition_.changed) {
    const auto& schedule = services_[change.service].next_spec->schedule;
    schedules_.remove(change.service);
    auto defined = schedule ? schedules_.define(change.service, *schedule) : Result<void, Complaint>{};
    if (!defined.ok()) fail(change.service, defined.error().text);
  }
  std::string_view text = "the file was read again";
  reporter_.tell({.what = What::service_news, .text = text});
  record({}, "reloaded", text);
  queue(Redefined{&redefinition_});
  return {};
}

void ServicesWorld::on(const ReadDefinitions&) { (void)read_definitions(); }

}  // namespace onit
