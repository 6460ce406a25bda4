#include "app/service_launch.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "app/environment.hpp"
#include "app/identity.hpp"
#include "app/launch.hpp"
#include "app/setting_names.hpp"
#include "base/text.hpp"
#include "base/variable.hpp"

namespace onit {
namespace {

using Prepared = Result<void, Complaint>;

/// The loop does not stand still for a pipe in place of a file.
constexpr Millis kNoPatience{0};

constexpr int kFirstSocket = 3;  // SD_LISTEN_FDS_START, sd_listen_fds(3)

constexpr std::string_view kListenPid = "LISTEN_PID";
constexpr std::string_view kWatchdogPid = "WATCHDOG_PID";

/// Meant for onit, by whoever started it: a service that believed it would take the wrong sockets, or talk to the
/// wrong manager. Source: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3).
constexpr std::string_view kNotPassedOn[] = {
    "NOTIFY_SOCKET", "LISTEN_FDS", kListenPid,    "LISTEN_FDNAMES", "LISTEN_PIDFDID",
    "WATCHDOG_USEC", kWatchdogPid, kMarkVariable, kReadyFdVariable, kControlVariable,
};

std::vector<char*> pointers_to(std::span<const std::string> texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  // exec only reads them; pids are written by the child, into its own copy.
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

/// The mark of an onit around this one stays, so that it finds its own too.
std::string marks(const ServiceSurroundings& surroundings) {
  std::string list;
  const char* outer = find_variable(surroundings.own_environment, kMarkVariable);
  if (outer != nullptr && *outer != '\0') list.append(outer).append(",");
  return list.append(surroundings.mark);
}

void add_surroundings(Environment& environment, const ServiceSurroundings& surroundings) {
  const std::string room(kPidDigits, '\0');
  if (!surroundings.mark.empty()) environment.set(kMarkVariable, marks(surroundings));
  if (!surroundings.notify_socket.empty()) environment.set("NOTIFY_SOCKET", surroundings.notify_socket);
  if (!surroundings.control.empty()) environment.set(kControlVariable, surroundings.control);
  if (surroundings.watchdog > Millis{0}) {
    environment.set("WATCHDOG_USEC", std::to_string(std::chrono::microseconds{surroundings.watchdog}.count()));
    environment.set(kWatchdogPid, room);
  }
  if (!surroundings.sockets.empty()) {
    environment.set("LISTEN_FDS", std::to_string(surroundings.sockets.size()));
    environment.set("LISTEN_FDNAMES", surroundings.socket_names);
    environment.set(kListenPid, room);
  }
  if (surroundings.readiness >= 0) environment.set(kReadyFdVariable, std::to_string(surroundings.readiness_fd));
}

Result<Environment, Complaint> build_environment(const ServiceLaunch& launch, const ServiceSurroundings& surroundings,
                                                 const std::optional<Account>& account) {
  char* const none[] = {nullptr};
  Environment environment(launch.clear_env ? none : surroundings.own_environment);
  for (std::string_view name : kNotPassedOn) environment.remove(name);
  if (account) add_account(environment, *account);
  for (const std::string& path : launch.env_files) {
    auto added = add_env_file(environment, path.c_str(), surroundings.own_environment, kKeyNames, kNoPatience);
    if (!added.ok()) return added.error();
  }
  for (const VariableSpec& variable : launch.environment) environment.set(variable.name, variable.value);
  if (launch.secrets) {
    auto added = add_secrets(environment, kKeyNames, kNoPatience);
    if (!added.ok()) return added.error();
  }
  add_surroundings(environment, surroundings);
  return environment;
}

}  // namespace

struct PreparedService::Rest {
  Prepared resolve_identity(const ServiceLaunch& launch);
  Prepared resolve_environment(const ServiceLaunch& launch, const ServiceSurroundings& surroundings);
  Prepared collect_descriptors(const ServiceSurroundings& surroundings);
  void collect_limits(const ServiceLaunch& launch, std::span<const LimitSetting> own_limits);

  ExecPlan exec{};
  std::optional<NewIdentity> identity;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  std::vector<LimitSetting> limits;
  Fd no_input;
  std::vector<DescriptorMove> descriptors;
};

Prepared PreparedService::Rest::resolve_identity(const ServiceLaunch& launch) {
  if (launch.user.empty() && launch.group_add.empty()) return {};
  auto user = launch.user.empty() ? std::nullopt : std::optional<std::string_view>{launch.user};
  std::vector<std::string_view> group_add(launch.group_add.begin(), launch.group_add.end());
  auto found = look_up_identity(user, group_add, kKeyNames, kNoPatience);
  if (!found.ok()) return found.error();
  identity = std::move(found.value());
  if (identity->changes_groups) exec.groups = identity->groups;
  if (user) exec.user = UserSwitch{identity->identity.uid, identity->identity.gid};
  return {};
}

Prepared PreparedService::Rest::resolve_environment(const ServiceLaunch& launch,
                                                    const ServiceSurroundings& surroundings) {
  auto built = build_environment(launch, surroundings, identity ? identity->identity.named : std::nullopt);
  if (!built.ok()) return built.error();
  environment = built.value().entries();
  envp = pointers_to(environment);
  exec.envp = envp.data();
  // Only if they are ours to write: a definition may set such a name as well, and needs no room for a pid then.
  if (!surroundings.sockets.empty()) exec.pid_digits[0] = find_variable(envp.data(), kListenPid);
  if (surroundings.watchdog > Millis{0}) exec.pid_digits[1] = find_variable(envp.data(), kWatchdogPid);
  return {};
}

Prepared PreparedService::Rest::collect_descriptors(const ServiceSurroundings& surroundings) {
  if (!surroundings.with_terminal) {
    no_input = above_stdio(Fd{::open("/dev/null", O_RDONLY | O_CLOEXEC)});
    if (!no_input.valid()) return Complaint{filled("stdin: /dev/null: %", std::strerror(errno))};
    descriptors.push_back({no_input.get(), STDIN_FILENO});
  }
  for (auto [from, to] : {DescriptorMove{surroundings.out, STDOUT_FILENO}, {surroundings.err, STDERR_FILENO}}) {
    bool stays = from < 0 || (surroundings.with_terminal && ::isatty(to) == 1);
    if (!stays) descriptors.push_back({from, to});
  }
  int next = kFirstSocket;
  for (int socket : surroundings.sockets) descriptors.push_back({socket, next++});
  if (surroundings.readiness >= 0) {
    if (surroundings.readiness_fd < next) {
      return Complaint{filled("ready: descriptor % has another use already; the first free one is %",
                              surroundings.readiness_fd, next)};
    }
    descriptors.push_back({surroundings.readiness, surroundings.readiness_fd});
  }
  exec.descriptors = descriptors;
  return {};
}

void PreparedService::Rest::collect_limits(const ServiceLaunch& launch, std::span<const LimitSetting> own_limits) {
  for (const Ulimit& limit : launch.ulimits) limits.push_back(limit_setting(limit));
  for (const LimitSetting& own : own_limits) {
    auto is_same = [&](const Ulimit& limit) { return limit.resource == own.resource; };
    if (std::ranges::none_of(launch.ulimits, is_same)) limits.push_back(own);
  }
  exec.limits = limits;
}

PreparedService::PreparedService() : rest_(std::make_unique<Rest>()) {}
PreparedService::~PreparedService() = default;

Prepared PreparedService::prepare(const ServiceLaunch& launch, std::span<const std::string> command,
                                  const ServiceSurroundings& surroundings) {
  rest_ = std::make_unique<Rest>();
  rest_->argv = pointers_to(command);
  rest_->collect_limits(launch, surroundings.own_limits);
  auto resolved = rest_->resolve_identity(launch);
  if (resolved.ok()) resolved = rest_->resolve_environment(launch, surroundings);
  if (resolved.ok()) resolved = rest_->collect_descriptors(surroundings);
  if (!resolved.ok()) return resolved;

  ExecPlan& exec = rest_->exec;
  exec.argv = rest_->argv.data();
  exec.search_path = find_search_path(exec.argv[0], exec.envp);
  exec.place = ChildPlace::own_session;
  exec.terminal = surroundings.terminal;
  exec.control_group = surroundings.control_group;
  exec.capabilities = launch.capabilities;
  exec.nice = launch.nice;
  exec.oom_score_adj = launch.oom_score_adj;
  exec.working_dir = launch.working_dir.empty() ? nullptr : launch.working_dir.c_str();
  exec.umask = launch.umask;
  exec.no_new_privs = launch.no_new_privs;
  exec.mask = surroundings.mask;
  exec.ignore_child_exits = surroundings.ignore_child_exits;
  return {};
}

const ExecPlan& PreparedService::exec() const { return rest_->exec; }

}  // namespace onit
