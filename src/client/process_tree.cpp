#include "client/process_tree.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "app/members.hpp"
#include "app/service_launch.hpp"
#include "base/text.hpp"

namespace onit {
namespace {

using Role = SeenProcess::Role;
constexpr std::uint32_t kNone = SeenProcess::kNone;

/// Nobody reads a longer list, and finding the parents in it takes time in proportion to its square.
constexpr std::size_t kMostShown = 20'000;

constexpr std::size_t kShownCommandBytes = 512;

/// The thread of the kernel from which all of its others come. Only a machine's first pid namespace has it.
constexpr pid_t kKernel = 2;

/// Without the directories of its program. A title that a process has given itself is left as it is.
std::string command_text(const Process& process) {
  std::array<char, kShownCommandBytes> room;
  std::string_view line = process.command_line(room);
  while (line.ends_with('\0')) line.remove_suffix(1);
  if (line.empty()) return shown_text(process.name());
  std::size_t end = line.find('\0');
  std::size_t slash = line.substr(0, end).rfind('/');
  if (line[0] == '/' && slash != line.npos && line.substr(0, end).find(' ') == line.npos) line.remove_prefix(slash + 1);
  std::string command{line};
  std::replace(command.begin(), command.end(), '\0', ' ');
  return shown_text(command);
}

class TreeSearch {
 public:
  TreeSearch(JsonValue services, pid_t onit) : services_(services), onit_(onit) {}

  ProcessTree look() {
    if (onit_ == 0) {
      return fail("onit is not in the pid namespace of this process, so its processes cannot be seen from here");
    }
    auto self = find_process(onit_);
    if (!self) return fail("/proc does not show onit; it may hide it from all but root and its own user");
    read_traces();
    add(*self, kNone);
    // PID 1 has everybody around it, those who came from outside included.
    bool is_init = onit_ == 1;
    std::span<const pid_t> strangers{&kKernel, is_init && has_kernel() ? 1U : 0U};
    Members members(traces_, strangers, is_init ? 0 : onit_);
    if (!members.possible()) return fail("/proc is not that of this pid namespace");
    while (auto member = members.next()) {
      pid_t pid = member->process.pid();
      if (pid == onit_ || pid == ::getpid()) continue;
      tree_.is_complete = tree_.processes.size() < kMostShown;
      if (!tree_.is_complete) break;
      add(member->process, member->service ? static_cast<std::uint32_t>(*member->service) : kNone);
    }
    if (members.gave_up()) tree_.is_complete = false;
    return std::move(tree_);
  }

 private:
  ProcessTree fail(const char* problem) {
    tree_.problem = problem;
    return std::move(tree_);
  }

  static bool has_kernel() {
    std::array<char, 1> room;
    auto kernel = find_process(kKernel);
    return kernel && kernel->parent() == 0 && !kernel->dead() && kernel->command_line(room).empty();
  }

  pid_t number_in(JsonValue service, const char* key) const {
    return static_cast<pid_t>(service[key].integer().value_or(0));
  }

  /// Who looks from an outer pid namespace sees other numbers than onit does. Then marks and pipes have to do.
  void read_traces() {
    for (JsonValue service = services_.first(); service.exists(); service = service.next()) {
      pid_t main = number_in(service, "pid");
      auto process = main != 0 ? find_process(main) : std::nullopt;
      if (process && process->parent() == onit_) knows_pids_ = true;
    }
    ServiceId id = 0;
    for (JsonValue service = services_.first(); service.exists(); service = service.next(), ++id) {
      // Neither a mark nor the name of a pipe has anything that JSON would have to escape.
      traces_.push_back({id, knows_pids_ ? number_in(service, "session") : 0, service["mark"].written()});
      for (JsonValue output = service["outputs"].first(); output.exists(); output = output.next()) {
        traces_.push_back({id, 0, output.written()});
      }
    }
  }

  /// Among the children of onit. Without its number it is known as the one that leads a session, as onit makes it do.
  bool is_main(const Process& process, std::uint32_t service) const {
    return knows_pids_ ? number_in(service_at(services_, service), "pid") == process.pid()
                       : process.session() == process.pid();
  }

  void add(const Process& process, std::uint32_t service) {
    auto index = static_cast<std::uint32_t>(tree_.processes.size());
    std::uint32_t above = index;
    while (above != kNone && (above == index || tree_.processes[above].pid != process.parent())) --above;
    char state = process.dead() ? 'Z' : process.state() == 'Z' ? 'S' : process.state();
    Role role = role_of(process, service, above);
    if (service == kNone && role == Role::orphan) tree_.has_unknown = true;
    tree_.processes.push_back(
        {process.pid(), process.parent(), role, state, service, above, kNone, kNone, command_text(process)});
    if (index == 0) return;
    std::uint32_t* link = above == kNone ? &tree_.first_outside : &tree_.processes[above].first;
    while (*link != kNone && place_of(*link) <= place_of(index)) link = &tree_.processes[*link].next;
    tree_.processes[index].next = *link;
    *link = index;
  }

  Role role_of(const Process& process, std::uint32_t service, std::uint32_t above) const {
    if (process.pid() == onit_) return Role::onit;
    if (above == kNone) return Role::outside;
    Role role = tree_.processes[above].role;
    if (role != Role::onit) return service != kNone ? Role::member : role;
    if (service != kNone && is_main(process, service)) return Role::main;
    std::array<char, 1024> room;
    bool is_marked = service == kNone && process.read_variable(kMarkVariable, room);
    return is_marked ? Role::auxiliary : Role::orphan;
  }

  /// Children of onit stand by services, in each the main process first; all others as they were found.
  std::uint64_t place_of(std::uint32_t index) const {
    const SeenProcess& process = tree_.processes[index];
    if (process.above != 0) return 0;
    return std::uint64_t{process.service} << 8 | static_cast<std::uint64_t>(process.role);
  }

  JsonValue services_;
  pid_t onit_;
  bool knows_pids_ = false;
  std::vector<ServiceTrace> traces_;
  ProcessTree tree_;
};

}  // namespace

JsonValue service_at(JsonValue services, std::uint32_t index) {
  JsonValue service = services.first();
  while (index-- > 0) service = service.next();
  return service;
}

ProcessTree look_at_processes(JsonValue services, pid_t onit) { return TreeSearch(services, onit).look(); }

}  // namespace onit
