// What services say by sd_notify.

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>

#include "app/service_launch.hpp"
#include "app/services_world.hpp"
#include "app/source.hpp"
#include "base/text.hpp"
#include "control/notify_message.hpp"
#include "os/children.hpp"
#include "os/clock.hpp"
#include "os/pidfd.hpp"

namespace onit {
namespace {

/// sd_notify(3): how much a service may ask for at once; more is a mistake.
constexpr Millis kLongestExtension = std::chrono::hours{24};

constexpr int kDeepestDescent = 64;
constexpr std::size_t kLongestMarks = 1024;

/// What a service says is wrong with it. Only the last message that says so counts, so the line stays short.
void add_complaints(std::string& line, const NotifyMessage& message) {
  if (!message.error_number && !message.bus_error && !message.exit_status) return;
  line.clear();
  auto add = [&](const char* pattern, std::string_view value) {
    line.append(line.empty() ? "" : ", ").append(filled(pattern, value));
  };
  if (message.error_number) add("ERRNO: %", std::strerror(*message.error_number));
  if (message.bus_error) add("BUSERROR: %", *message.bus_error);
  if (message.exit_status) add("EXIT_STATUS: %", std::to_string(*message.exit_status));
}

}  // namespace

void ServicesWorld::on_notify(ServiceId id) {
  ServiceRuntime& service = services_[id];
  if (!service.notify) return;
  if (service.start_report.valid()) on_start_report(id);
  for (int i = 0; i < NotifySocket::kMostPerTurn; ++i) {
    auto datagram = service.notify->receive();
    if (!datagram) return;
    if (is_from(*datagram, id)) on_message(id, parse_notify_message(datagram->text));
  }
}

/// Anybody in the network namespace can send to an abstract address, and find it in /proc/net/unix. Who has ended
/// since, as systemd-notify(1) does at once, has to have been of the service's user, and of this pid namespace.
bool ServicesWorld::is_from(const NotifyDatagram& datagram, ServiceId id) const {
  if (datagram.pid == 0) return false;
  // There may be no descriptor left to look, and it would be heard only once.
  if (datagram.pid == services_[id].pid) return true;
  if (find_process(datagram.pid)) return belongs(datagram.pid, id);
  return datagram.uid == 0 || datagram.uid == ::geteuid() || datagram.uid == services_[id].uid;
}

void ServicesWorld::on_message(ServiceId id, const NotifyMessage& message) {
  ServiceRuntime& service = services_[id];
  if (message.main_pid && main_pids_[id] != 0) follow(id, *message.main_pid);
  if (message.status) service.said = *message.status;
  add_complaints(service.complaint, message);
  if (message.reloading || message.ready) service.is_reloading = message.reloading;
  if (message.extend_timeout) queue(TimeoutExtended{id, std::min(*message.extend_timeout, kLongestExtension)});
  if (message.watchdog_interval) queue(WatchdogChanged{id, *message.watchdog_interval});
  bool decides = service.spec.ready && service.spec.ready->type == ProbeType::notify;
  if (message.ready && decides) queue(ServiceReady{id});
  if (message.watchdog == NotifyMessage::Watchdog::fed) queue(WatchdogFed{id});
  if (message.watchdog == NotifyMessage::Watchdog::trigger) queue(WatchdogTriggered{id});
  if (message.stopping) queue(ServiceStopping{id});
}

/// From now on the end of this process is the end of the service. It may be nobody's child that onit knows of, so it is
/// watched by a pidfd.
void ServicesWorld::follow(ServiceId id, pid_t main) {
  ServiceRuntime& service = services_[id];
  if (main == main_pids_[id]) return;
  auto watch = open_pidfd(main);
  if (!watch.ok() || !belongs(main, id)) return;
  bool is_leader = main == service.pid;
  // An end that nobody would hear of is not waited for.
  bool is_watched =
      is_leader || poller_.watch(watch.value().get(), poller_tag(Source::main_process, id), Interest::readable).ok();
  if (!is_watched) return;
  if (service.main_watch.valid()) poller_.forget(service.main_watch.get());
  service.main_watch.reset();
  service.own_main = is_leader ? 0 : main;
  leader_pids_.resize(services_.size());
  leader_pids_[id] = is_leader ? 0 : service.pid;
  main_pids_[id] = main;
  if (!is_leader) service.main_watch = std::move(watch.value());
}

/// A child's end is told with its status. Of anybody else's only that it has come is known: then what becomes of the
/// process that onit started is the end of the service.
void ServicesWorld::on_followed_ended(ServiceId id) {
  ServiceRuntime& service = services_[id];
  if (!service.main_watch.valid()) return;
  if (is_child(service.own_main)) {
    looks_for_exits_ = true;
    return;
  }
  poller_.forget(service.main_watch.get());
  service.main_watch.reset();
  service.own_main = 0;
  main_pids_[id] = service.pid;
  leader_pids_[id] = 0;
  if (service.pid == 0) on_main_ended(id, service.leader_status);
}

/// Whether the process comes from the service, as far as that can be seen: by descent, session or mark.
bool ServicesWorld::belongs(pid_t pid, ServiceId id) const {
  const ServiceRuntime& service = services_[id];
  std::array<char, kLongestMarks> room;
  for (int i = 0; i < kDeepestDescent && pid > 1; ++i) {
    auto process = find_process(pid);
    if (!process) return false;
    if (process->session() == service.session || pid == service.session) return true;
    auto marks = process->read_variable(kMarkVariable, room);
    if (marks && marks->ends_with(service.mark)) return true;
    pid = process->parent();
  }
  return false;
}

}  // namespace onit
