// What runs for services besides their main processes: probes, and what comes before a stop signal.

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <utility>

#include "app/diagnosis.hpp"
#include "app/services_world.hpp"
#include "app/setting_names.hpp"
#include "base/text.hpp"
#include "os/file.hpp"
#include "os/spawn.hpp"

namespace onit {

/// Returns whether it runs.
bool ServicesWorld::start_auxiliary(ServiceId id, std::optional<ProbeKind> probe,
                                    const std::vector<std::string>& command) {
  Auxiliary auxiliary{.service = id, .probe = probe, .mark = new_mark()};
  ServiceSurroundings around = surroundings(auxiliary.mark);
  auto ends = logs_.ends(id);
  Fd nowhere{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  bool is_silent = probe.has_value();  // of a probe only the outcome counts
  around.out = is_silent || !ends.ok() ? nowhere.get() : ends.value().out;
  around.err = is_silent || !ends.ok() ? nowhere.get() : ends.value().err;
  PreparedService prepared;
  auto ready = prepared.prepare(services_[id].spec.launch, command, around);
  if (!ready.ok()) {
    tell_auxiliary_failure(id, probe, ready.error().text, find_open_error());
    return false;
  }
  auto spawned = spawn(prepared.exec());
  if (!spawned.ok()) {
    tell_auxiliary_failure(id, probe, std::strerror(spawned.error().code), spawned.error().code);
    return false;
  }
  auxiliary.pid = auxiliary.session = spawned.value().pid;
  auxiliary.start_report = std::move(spawned.value().report);
  auxiliaries_.push_back(std::move(auxiliary));
  return true;
}

/// Once, however often it is tried, as long as nothing else is the matter. A probe that could not begin for lack of
/// something (errno) is told as it ends.
void ServicesWorld::tell_auxiliary_failure(ServiceId id, std::optional<ProbeKind> probe, const std::string& reason,
                                           int error) {
  const char* key = !probe ? "pre_stop" : *probe == ProbeKind::ready ? "ready" : "healthcheck";
  std::string text = filled("%: %", key, reason);
  if (probe) note_probe(id, *probe, false, reason, error);
  if (probe && prober_.is_hindered(id, *probe)) return;
  if (std::exchange(services_[id].auxiliary_failure, text) != text) fail(id, text);
}

/// Says why one that has ended did not even come to its command, if so. What was prepared for it is made again.
bool ServicesWorld::tell_if_not_executed(const Auxiliary& auxiliary) {
  auto report = read_spawn_report(auxiliary.start_report);
  if (!report) return false;
  const ServiceSpec& spec = services_[auxiliary.service].spec;
  std::span<const std::string> command = spec.launch.pre_stop;
  if (auxiliary.probe) command = (*auxiliary.probe == ProbeKind::ready ? spec.ready : spec.health)->command;
  ServiceSurroundings around = surroundings(auxiliary.mark);
  around.out = around.err = STDOUT_FILENO;  // any: nothing is executed
  PreparedService prepared;
  auto ready = prepared.prepare(spec.launch, command, around);
  tell_auxiliary_failure(auxiliary.service, auxiliary.probe,
                         ready.ok() ? diagnose(prepared.exec(), *report, kKeyNames).text : ready.error().text);
  return true;
}

/// What the look has shown is for the supervisor, unless nobody could look.
void ServicesWorld::end_probe(ServiceId id, ProbeKind kind, bool succeeded) {
  ProbeOutcome outcome = succeeded ? ProbeOutcome::succeeded : ProbeOutcome::failed;
  if (prober_.is_hindered(id, kind)) {
    outcome = ProbeOutcome::nothing;
    std::string text{prober_.evidence(id, kind)};
    if (std::exchange(services_[id].auxiliary_failure, text) != text) warn(id, text);
  }
  queue(ProbeEnded{id, kind, outcome});
}

/// What is to be seen of a probe that is executed. With a shortage as the error it was not.
void ServicesWorld::note_probe(ServiceId id, ProbeKind kind, bool succeeded, std::string_view finding, int error) {
  const std::optional<ProbeSpec>& probe =
      kind == ProbeKind::ready ? services_[id].spec.ready : services_[id].spec.health;
  if (probe->type != ProbeType::exec) return;
  std::string subject = "exec";
  for (const std::string& word : probe->command) subject.append(" ").append(word);
  prober_.note(id, kind, succeeded, subject, finding, error);
}

void ServicesWorld::on_auxiliary_ended(Auxiliary& auxiliary, ExitStatus status) {
  bool is_good = status.kind == ExitStatus::Kind::exited && status.value == 0;
  // What it leaves behind ends with it: its group now, while the number is its own, and others at the next look.
  ::kill(-auxiliary.pid, SIGKILL);
  auxiliary.pid = 0;
  bool was_given_up = std::exchange(auxiliary.is_given_up, true);
  bool is_executed = was_given_up || !tell_if_not_executed(auxiliary);
  auxiliary.start_report.reset();  // it may be long until somebody looks what was left behind
  if (was_given_up) return;
  if (auxiliary.probe) {
    if (is_executed) note_probe(auxiliary.service, *auxiliary.probe, is_good, exit_text(status));
    end_probe(auxiliary.service, *auxiliary.probe, is_good);
  } else {
    queue(PreStopEnded{auxiliary.service});
  }
}

/// Ends it with all that it has started.
void ServicesWorld::give_up(ServiceId id, std::optional<ProbeKind> probe) {
  for (Auxiliary& auxiliary : auxiliaries_) {
    if (auxiliary.service != id || auxiliary.probe != probe || auxiliary.is_given_up) continue;
    auxiliary.is_given_up = true;
    if (auxiliary.pid != 0 && ::kill(-auxiliary.pid, SIGKILL) != 0) ::kill(auxiliary.pid, SIGKILL);
    looks_for_members_ = true;
  }
}

}  // namespace onit
