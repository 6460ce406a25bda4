// How a service is started.

#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "app/diagnosis.hpp"
#include "app/service_launch.hpp"
#include "app/services_world.hpp"
#include "app/source.hpp"
#include "base/text.hpp"
#include "core/exit_code.hpp"
#include "os/wall_clock.hpp"

namespace onit {
namespace {

/// The descriptor that a service was told to say on that it is ready.
int readiness_descriptor(const ServiceSpec& spec) {
  return spec.ready && spec.ready->type == ProbeType::fd ? spec.ready->fd : -1;
}

/// As /proc names the pipe in a process that has it. Source: proc_pid_fd(5).
std::string pipe_name(int pipe) {
  struct stat status {};
  return ::fstat(pipe, &status) == 0 ? filled("pipe:[%]", status.st_ino) : std::string{};
}

}  // namespace

void ServicesWorld::on(const SpawnService& order) {
  ServiceRuntime& service = services_[order.service];
  service.start_failure.clear();
  prober_.remove(order.service);
  if (service.next_spec) {
    service.spec = std::move(*service.next_spec);
    service.next_spec.reset();
    if (service.notify) poller_.forget(service.notify->fd());
    service.notify.reset();
    auto defined = define(order.service);
    if (!defined.ok()) {
      fail_start(order.service, defined.error().text);
      return queue(ServiceStartFailed{order.service, kUsageExitCode});
    }
  }
  auto started = start_main(order.service);
  if (started.ok()) return;
  if (service.readiness) poller_.forget(service.readiness->read_end());
  service.readiness.reset();
  if (service.group) (void)service.group->remove();
  service.group.reset();
  fail_start(order.service, started.error().text);
  queue(ServiceStartFailed{order.service, kUsageExitCode});
}

std::string ServicesWorld::new_mark() { return filled("%-%", own_mark_, ++marks_); }

ServiceSurroundings ServicesWorld::surroundings(const std::string& mark) const {
  ServiceSurroundings around{.own_environment = environ, .mark = mark, .control = control_path_};
  around.own_limits = setup_.own_limits;
  around.mask = setup_.mask;
  around.ignore_child_exits = setup_.ignore_child_exits;
  return around;
}

/// The sockets and pipes on which the service tells how it is.
Result<void, Complaint> ServicesWorld::prepare_to_hear(ServiceRuntime& service, ServiceId id) {
  service.said.clear();
  service.complaint.clear();
  service.is_reloading = false;
  if (service.uses_notify() && !service.notify) {
    auto socket = std::make_unique<NotifySocket>();
    auto opened = socket->open();
    if (opened.ok()) opened = poller_.watch(socket->fd(), poller_tag(Source::notify, id), Interest::readable);
    if (!opened.ok()) return complaint_about(opened.error());
    service.notify = std::move(socket);
  }
  if (readiness_descriptor(service.spec) >= 0) {
    auto pipe = std::make_unique<ReadinessPipe>();
    auto opened = pipe->open();
    if (opened.ok()) opened = poller_.watch(pipe->read_end(), poller_tag(Source::readiness, id), Interest::readable);
    if (!opened.ok()) return complaint_about(opened.error());
    service.readiness = std::move(pipe);
  }
  if (service.spec.ready && service.spec.ready->type == ProbeType::log) {
    return logs_.look_for(id, service.spec.ready->target.c_str());
  }
  return {};
}

ServiceSurroundings ServicesWorld::surroundings_of_main(ServiceId id, const LogPump::Ends& ends) const {
  const ServiceRuntime& service = services_[id];
  ServiceSurroundings around = surroundings(service.mark);
  around.out = ends.out;
  around.err = ends.err;
  around.with_terminal = service.spec.launch.inherits_stdin;
  if (around.with_terminal) around.terminal = terminal_.get();
  around.sockets = listeners_.descriptors(id);
  around.socket_names = listeners_.names(id);
  if (service.notify) around.notify_socket = service.notify->address();
  around.watchdog = service.spec.policy.watchdog;
  around.readiness_fd = readiness_descriptor(service.spec);
  return around;
}

/// A service runs without its limits where they cannot be had: as it would in a container whose engine sets them.
void ServicesWorld::make_control_group(ServiceId id) {
  ServiceRuntime& service = services_[id];
  service.group.reset();
  if (service.spec.launch.control_group.is_empty()) return;
  auto made = control_groups_.make(service.spec.name, service.spec.launch.control_group);
  if (made.ok()) {
    service.group = std::make_unique<ControlGroup>(std::move(made.value()));
  } else if (!std::exchange(service.was_told_of_group, true)) {
    warn(id, concat("cgroup limits are not applied: ", made.error().text));
  }
}

Result<void, Complaint> ServicesWorld::start_main(ServiceId id) {
  ServiceRuntime& service = services_[id];
  const ServiceSpec& spec = service.spec;
  auto heard = prepare_to_hear(service, id);
  if (!heard.ok()) return heard;
  auto ends = logs_.ends(id);
  if (!ends.ok()) return ends.error();

  service.mark = new_mark();
  service.outputs = {pipe_name(ends.value().out), pipe_name(ends.value().err)};
  ServiceSurroundings around = surroundings_of_main(id, ends.value());
  if (service.readiness) around.readiness = service.readiness->write_end();
  make_control_group(id);
  if (service.group) around.control_group = service.group->procs();
  PreparedService prepared;
  auto ready = prepared.prepare(spec.launch, spec.launch.command, around);
  if (!ready.ok()) return ready;
  service.uid = prepared.exec().user ? prepared.exec().user->uid : ::geteuid();
  if (service.uid != ::geteuid()) {
    // Whoever opens /dev/stdout anew needs to be allowed to.
    for (int end : {around.out, around.err}) (void)!::fchown(end, service.uid, static_cast<gid_t>(-1));
  }
  auto spawned = spawn(prepared.exec());
  if (!spawned.ok()) return complaint_about(spawned.error());
  if (service.readiness) service.readiness->close_write_end();
  service.started_us = wall_now_us();
  service.started = now();
  service.start_duration.reset();
  service.pid = service.session = main_pids_[id] = spawned.value().pid;
  service.failure.reset();
  service.asked_signal = 0;
  service.has_left_some = service.is_unasked = false;
  service.start_report = std::move(spawned.value().report);
  auto watched = poller_.watch(service.start_report.get(), poller_tag(Source::start_report, id), Interest::readable);
  // A start that nobody can hear of is none; its end is told like any.
  if (!watched.ok()) {
    fail(id, complaint_about(watched.error()).text);
    ::kill(service.pid, SIGKILL);
  }
  return {};
}

/// Says why a service could not be executed. What was prepared for it is made again, as it is needed only now.
int ServicesWorld::tell_failure(ServiceId id, const SpawnReport& report) {
  const ServiceLaunch& launch = services_[id].spec.launch;
  auto ends = logs_.ends(id);
  ServiceSurroundings around = surroundings_of_main(id, ends.ok() ? ends.value() : LogPump::Ends{-1, -1});
  if (around.readiness_fd >= 0) around.readiness = STDIN_FILENO;  // any: the pipe is closed, and nothing is executed
  PreparedService prepared;
  auto ready = prepared.prepare(launch, launch.command, around);
  if (!ready.ok()) {
    fail_start(id, ready.error().text);
    return kUsageExitCode;
  }
  Diagnosis diagnosis = diagnose(prepared.exec(), report, kKeyNames);
  fail_start(id, diagnosis.text);
  return diagnosis.exit_code;
}

}  // namespace onit
