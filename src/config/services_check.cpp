#include "config/services_check.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/text.hpp"
#include "config/services_foreign.hpp"
#include "config/services_service.hpp"
#include "core/graph.hpp"
#include "core/service_name.hpp"

namespace onit {
namespace {

/// More cycles than that follow from each other, and longer ones nobody reads.
constexpr std::size_t kMostCycles = 10;
constexpr std::size_t kMostShown = 20;

std::string duration_text(Millis duration) {
  bool is_whole = duration.count() % 1000 == 0;
  return concat(is_whole ? duration.count() / 1000 : duration.count(), is_whole ? "s" : "ms");
}

/// Who connects to one of these hosts comes to whoever listens at another one of the line. `::` is for IPv6 alone
/// (os/listener.hpp).
constexpr const char* kSameHosts[] = {"0.0.0.0|127.0.0.1|localhost", "[::]|[::1]|localhost"};

/// Where only one socket can be open. TCP and UDP have ports of their own, but a path is one file.
std::string socket_place(std::string_view listen, SocketSpec::Kind kind) {
  return listen.starts_with('/') ? std::string{listen} : concat(listen, " ", static_cast<int>(kind));
}

/// Joins the services. The lists go by the place of a service in `draft.services`.
class Joiner {
 public:
  Joiner(ServicesDraft draft, std::span<const std::string> profiles, Problems& problems)
      : draft_(std::move(draft)), services_(draft_.services), profiles_(profiles), problems_(problems) {}

  ServicesSpec run();

 private:
  std::string_view name_of(std::size_t service) const { return services_[service].spec.name; }
  void index_names();
  void find_active();
  std::optional<std::size_t> find(std::string_view name) const;
  std::optional<std::size_t> find_wanted(std::string_view name, Place place, std::string_view what);
  void resolve(std::size_t service);
  std::optional<Condition> condition_for(const Wanted& wanted, const ServiceSpec& target);
  void check_active(std::size_t target, Place place, std::string_view what);
  void check_cycles();
  void check_essential(const Wanted& wanted, const ServiceDraft& target);
  void check_grace(const ServiceDraft& service);
  void check_log(std::size_t service);
  void check_probe(std::string_view key, const std::optional<ProbeSpec>& probe, Place place);
  void check_sockets(std::size_t service);
  std::optional<std::size_t> find_listener(std::string_view target) const;
  void check_stdin();
  void name_exit_code();
  ServicesSpec collect();

  ServicesDraft draft_;
  std::vector<ServiceDraft>& services_;
  std::span<const std::string> profiles_;
  Problems& problems_;
  std::vector<std::size_t> by_name_;
  toml::Table listening_;  // the places of sockets, each with its service
  Graph graph_;
  std::optional<std::size_t> exit_code_from_;
};

ServicesSpec Joiner::run() {
  if (services_.size() > kMostServices) {
    problems_.add(services_[kMostServices].place, "there are more than % services", kMostServices);
    return {};
  }
  index_names();
  find_active();
  graph_.resize(services_.size());
  for (std::size_t i = 0; i < services_.size(); ++i) resolve(i);
  check_cycles();
  check_stdin();
  for (std::size_t i = 0; i < services_.size(); ++i) {
    if (!services_[i].is_active) continue;
    check_grace(services_[i]);
    check_log(i);
    check_sockets(i);
  }
  for (const ServiceDraft& service : services_) {
    if (!service.is_active) continue;
    check_probe("ready", service.spec.ready, service.ready_tcp_place);
    check_probe("healthcheck", service.spec.health, service.health_tcp_place);
  }
  name_exit_code();
  return collect();
}

/// Names are sorted once, for there may be thousands.
void Joiner::index_names() {
  auto name = [this](std::size_t service) { return name_of(service); };
  for (std::size_t i = 0; i < services_.size(); ++i) {
    auto place = std::ranges::upper_bound(by_name_, name_of(i), {}, name);
    if (place != by_name_.begin() && name_of(place[-1]) == name_of(i)) {
      problems_.add(services_[i].place, "service % is there already, at %", quoted(name_of(i)),
                    problems_.show(services_[place[-1]].place));
    }
    by_name_.insert(place, i);
  }
}

std::optional<std::size_t> Joiner::find(std::string_view name) const {
  auto found = std::ranges::lower_bound(by_name_, name, {}, [this](std::size_t service) { return name_of(service); });
  if (found == by_name_.end() || name_of(*found) != name) return std::nullopt;
  return *found;
}

std::optional<std::size_t> Joiner::find_wanted(std::string_view name, Place place, std::string_view what) {
  auto found = find(name);
  if (found) return found;
  Suggestion suggestion{name};
  // With thousands of services and of mistakes it would take long, and nobody would see it.
  if (!problems_.is_full()) {
    for (const ServiceDraft& service : services_) suggestion.consider(service.spec.name);
  }
  problems_.add(place, "%: there is no service %%", what, quoted(name), suggestion.text());
  return std::nullopt;
}

void Joiner::find_active() {
  for (ServiceDraft& service : services_) {
    service.is_active = service.profiles.empty();
    for (const std::string& profile : service.profiles) {
      service.is_active |= std::ranges::find(profiles_, profile) != profiles_.end();
    }
  }
}

void Joiner::check_active(std::size_t target, Place place, std::string_view what) {
  const ServiceDraft& service = services_[target];
  if (service.is_active) return;
  problems_.add(place, "%: % is left out, since its profile % is not active", what, quoted(service.spec.name),
                quoted(service.profiles.front()));
}

/// The condition that is asked for, or that goes without saying; nothing, and a problem, if it can never hold.
std::optional<Condition> Joiner::condition_for(const Wanted& wanted, const ServiceSpec& target) {
  const ServicePolicy& policy = target.policy;
  bool is_oneshot = policy.type == ServiceType::oneshot;
  Condition by_default = policy.ready ? Condition::ready : is_oneshot ? Condition::completed : Condition::started;
  Condition condition = wanted.condition.value_or(by_default);
  auto refuse = [&](std::string_view why) {
    problems_.add(wanted.place, "depends_on: %%", quoted(target.name), why);
    return std::nullopt;
  };
  if (policy.schedule) return refuse(" runs by its schedule; nothing can wait for it");
  switch (condition) {
    case Condition::started:
      return condition;
    case Condition::ready:
      if (policy.ready) return condition;
      if (is_oneshot) return Condition::completed;
      return refuse(" does not say when it is ready; give it a 'ready', or wait for \"started\"");
    case Condition::healthy:
      if (policy.health) return condition;
      return refuse(" has no healthcheck, so it is never healthy; give it one, or wait for \"ready\" or \"started\"");
    case Condition::completed:
    case Condition::exited:
      if (policy.restart == RestartPolicy::always) {
        return refuse(" is always started again, so it never ends; wait for \"started\" or \"ready\"");
      }
      if (!policy.essential || is_oneshot) return condition;  // such a oneshot is told of by check_essential()
      return refuse(
          " is essential, so everything ends with it, and who waits for that never starts; wait for \"started\" "
          "or \"ready\", or leave 'essential' out");
  }
  return std::nullopt;
}

void Joiner::resolve(std::size_t service) {
  ServiceDraft& draft = services_[service];
  draft.spec.policy.depends_on.clear();
  for (const Wanted& wanted : draft.wanted) {
    auto target = find_wanted(wanted.service, wanted.place, "depends_on");
    if (!target) continue;
    if (services_[service].is_active) graph_[service].push_back(*target);
    if (services_[service].is_active) check_active(*target, wanted.place, "depends_on");
    if (services_[service].is_active) check_essential(wanted, services_[*target]);
    auto condition = condition_for(wanted, services_[*target].spec);
    if (condition) draft.spec.policy.depends_on.push_back({*target, *condition});
  }
}

void Joiner::check_cycles() {
  for (const auto& cycle : find_cycles(graph_, kMostCycles)) {
    const std::string& first = services_[cycle.front()].spec.name;
    std::string drawn;
    for (std::size_t i = 0; i < cycle.size() && i < kMostShown; ++i) {
      drawn.append(services_[cycle[i]].spec.name).append(" \u2192 ");
    }
    if (cycle.size() > kMostShown) drawn += "... \u2192 ";
    for (const Wanted& wanted : services_[cycle.back()].wanted) {
      if (wanted.service != first) continue;
      problems_.add(wanted.place, "depends_on: a cycle, none of these can be the first to start: %%", drawn, first);
      break;
    }
  }
}

/// Those that wait for it would be ended when it is done, before or soon after they start.
void Joiner::check_essential(const Wanted& wanted, const ServiceDraft& target) {
  const ServicePolicy& policy = target.spec.policy;
  if (!policy.essential || policy.type != ServiceType::oneshot) return;
  problems_.add(target.essential_place.is_in_file() ? target.essential_place : wanted.place,
                concat("essential: ", quoted(target.spec.name),
                       " is a oneshot, and others wait for it: everything would end as soon as it is done; leave "
                       "'essential' out, since who waits for its success never starts if it fails, or write "
                       "on_give_up = \"shutdown\" in its place"));
}

void Joiner::check_grace(const ServiceDraft& service) {
  Millis all = draft_.spec.policy.stop_grace_period;
  Millis own = service.spec.policy.stop_grace_period;
  if (!service.grace_place.is_in_file() || own <= all) return;
  std::string shown = duration_text(own);
  problems_.add(service.grace_place, concat("stop_grace_period: ", shown, " is longer than the ", duration_text(all),
                                            " of [init], when everything is killed; write stop_grace_period = \"",
                                            shown, "\" or more into [init]"));
}

/// Lines of one file have one format, and one service that rotates it must not take from another what it keeps.
void Joiner::check_log(std::size_t service) {
  const LogSpec& log = services_[service].spec.log;
  if (log.file.empty()) return;
  for (std::size_t i = 0; i < service; ++i) {
    if (!services_[i].is_active || services_[i].spec.log.file != log.file) continue;
    LogSpec other = services_[i].spec.log;
    other.on_full = log.on_full;
    other.to_stdout = log.to_stdout;
    if (other == log) return;
    problems_.add(services_[service].log_place,
                  concat("log: ", quoted(services_[i].spec.name), " writes into the same file, ", quoted(log.file),
                         ", with another format, timestamps, max_size or max_files"));
    return;
  }
}

/// Where onit listens connections are accepted, by the kernel, whatever becomes of the service.
void Joiner::check_probe(std::string_view key, const std::optional<ProbeSpec>& probe, Place place) {
  auto listener = place.is_in_file() ? find_listener(probe->target) : std::nullopt;
  if (!listener) return;
  problems_.add(place,
                concat(key, ": onit listens there itself, for the sockets of ", quoted(services_[*listener].spec.name),
                       ", so this always succeeds and says nothing; use http or exec"));
}

/// The service with the socket to which whoever connects to `target`, HOST:PORT, surely comes.
std::optional<std::size_t> Joiner::find_listener(std::string_view target) const {
  auto find_at = [this](const std::string& listen) -> std::optional<std::size_t> {
    const toml::Value* there = listening_.find(socket_place(listen, SocketSpec::Kind::stream));
    if (!there) return std::nullopt;
    return static_cast<std::size_t>(*std::get_if<std::int64_t>(&there->content));
  };
  auto found = find_at(std::string{target});
  std::size_t colon = std::min(target.rfind(':'), target.size());
  for (std::string_view hosts : kSameHosts) {
    if (found || !is_one_of(hosts.data(), target.substr(0, colon))) continue;
    while (!hosts.empty() && !found) found = find_at(concat(take_until(hosts, '|'), target.substr(colon)));
  }
  return found;
}

void Joiner::check_sockets(std::size_t service) {
  for (const SocketSpec& socket : services_[service].spec.launch.sockets) {
    std::string address = socket_place(socket.listen, socket.kind);
    const toml::Value* there = listening_.find(address);
    if (!there) {
      listening_.add({std::move(address), {}, {{}, static_cast<std::int64_t>(service)}});
      continue;
    }
    auto other = static_cast<std::size_t>(*std::get_if<std::int64_t>(&there->content));
    if (other == service) continue;
    problems_.add(services_[service].sockets_place,
                  filled("sockets: % has a socket at % already; only one can be open there",
                         quoted(services_[other].spec.name), quoted(socket.listen)));
  }
}

void Joiner::check_stdin() {
  const ServiceDraft* owner = nullptr;
  for (std::size_t i = 0; i < services_.size(); ++i) {
    const ServiceDraft& service = services_[i];
    if (!services_[i].is_active || !service.spec.launch.inherits_stdin) continue;
    if (!owner) {
      owner = &service;
      continue;
    }
    // A command of the command line has it anyway, so the file is what can be changed.
    bool is_changeable = service.stdin_place.file != Place::kCommandLine;
    problems_.add(is_changeable ? service.stdin_place : owner->stdin_place,
                  "stdin: only one service can inherit it, but % and % do", quoted(owner->spec.name),
                  quoted(service.spec.name));
  }
}

void Joiner::name_exit_code() {
  if (draft_.exit_code_from.empty()) return;
  exit_code_from_ = find_wanted(draft_.exit_code_from, draft_.exit_code_place, "exit_code_from");
  if (exit_code_from_) check_active(*exit_code_from_, draft_.exit_code_place, "exit_code_from");
}

/// Leaves out who is not active, and counts anew.
ServicesSpec Joiner::collect() {
  ServicesSpec spec = std::move(draft_.spec);
  if (draft_.log.format == LogStyle::json) spec.message_format = LogFormat::json;
  std::vector<ServiceId> ids;
  ServiceId next = 0;
  for (const ServiceDraft& service : services_) ids.push_back(service.is_active ? next++ : kMostServices);
  for (std::size_t i = 0; i < services_.size(); ++i) {
    if (!services_[i].is_active) continue;
    ServiceSpec& service = services_[i].spec;
    for (Dependency& dependency : service.policy.depends_on) dependency.service = ids[dependency.service];
    bool is_main = services_[i].place.file == Place::kCommandLine && service.name == kMainService;
    if (is_main) spec.policy.main = ids[i];
    spec.services.push_back(std::move(service));
  }
  if (exit_code_from_) spec.policy.exit_code_from = ids[*exit_code_from_];
  return spec;
}

}  // namespace

void add_services(std::vector<ServiceDraft>& drafts, std::vector<ServiceSpec> specs, Place place) {
  std::size_t first = drafts.size();
  for (ServiceSpec& spec : specs) {
    ServiceDraft& draft = drafts.emplace_back();
    draft.spec = std::move(spec);
    draft.place = place;
    draft.stdin_place = place;
  }
  for (std::size_t i = first; i < drafts.size(); ++i) {
    for (const Dependency& dependency : drafts[i].spec.policy.depends_on) {
      drafts[i].wanted.push_back({drafts[first + dependency.service].spec.name, dependency.condition, place});
    }
  }
}

ServicesSpec join_services(ServicesDraft draft, std::span<const std::string> profiles, Problems& problems) {
  return Joiner{std::move(draft), profiles, problems}.run();
}

}  // namespace onit
