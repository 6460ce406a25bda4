#include "os/spawn.hpp"

#include <doctest/doctest.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <string>
#include <vector>

#include "app/diagnosis.hpp"
#include "unit/run_exec.hpp"

// These tests run as root, with capability SETPCAP.

namespace onit {
namespace {

constexpr std::uint64_t bit(int capability) { return std::uint64_t{1} << capability; }
constexpr std::uint64_t kBindAndKill = bit(CAP_NET_BIND_SERVICE) | bit(CAP_KILL);

/// A shell that runs `script`, with its stdout in a pipe.
class Shell {
 public:
  explicit Shell(std::string script) : script_(std::move(script)), output_(make_pipe()) {
    plan.argv = argv_.data();
    plan.envp = environment_.data();
    plan.place = ChildPlace::own_session;
    plan.terminal = -1;
    moves.push_back({output_.write_end.get(), STDOUT_FILENO});
  }

  Run run() {
    plan.descriptors = moves;
    return run_exec(plan, output_);
  }

  ExecPlan plan{};
  std::vector<DescriptorMove> moves;

 private:
  std::string shell_ = "/bin/sh";
  std::string option_ = "-c";
  std::string script_;
  std::string path_ = "PATH=/usr/bin:/bin";
  Pipe output_;
  std::array<char*, 4> argv_{shell_.data(), option_.data(), script_.data(), nullptr};
  std::array<char*, 2> environment_{path_.data(), nullptr};
};

/// The capability sets of whoever executes it: inheritable, permitted, effective, bounding, ambient.
constexpr char kShowCapabilities[] = "grep ^Cap /proc/self/status | cut -f2 | tr '\\n' ' '";

std::string five_times(std::uint64_t set) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(set));
  std::string text;
  for (int i = 0; i < 5; ++i) text.append(digits).append(" ");
  return text;
}

/// What `body` returns in a process of its own, 0..255.
template <class Body>
int in_child(Body body) {
  pid_t pid = ::fork();
  if (pid == 0) ::_exit(body());
  int status = -1;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void give_up(std::uint64_t capabilities) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  ::syscall(SYS_capget, &header, sets);
  for (int half = 0; half < 2; ++half) {
    auto gone = static_cast<std::uint32_t>(capabilities >> (32 * half));
    sets[half].permitted &= ~gone;
    sets[half].effective &= ~gone;
    sets[half].inheritable &= ~gone;
  }
  ::syscall(SYS_capset, &header, sets);
}

/// Where the file behind a descriptor of its own is, as the child sees it.
std::string link_of(int fd) { return "readlink /proc/self/fd/" + std::to_string(fd) + ";"; }

std::string target_of(int fd) {
  char target[64];
  ssize_t length = ::readlink(("/proc/self/fd/" + std::to_string(fd)).c_str(), target, sizeof target);
  return std::string{target, static_cast<std::size_t>(std::max<ssize_t>(length, 0))} + "\n";
}

}  // namespace

TEST_CASE("descriptors arrive under their numbers, though each target is the source of another") {
  Pipe a = make_pipe();
  Pipe b = make_pipe();
  int first = a.read_end.get();
  int second = b.read_end.get();
  int third = b.write_end.get();
  REQUIRE(target_of(first) != target_of(second));
  Shell shell(link_of(first) + link_of(second) + link_of(third));
  // A cycle of two, and one that stays where it is.
  shell.moves.push_back({first, second});
  shell.moves.push_back({second, first});
  shell.moves.push_back({third, third});
  Run run = shell.run();
  CHECK(run.out == target_of(second) + target_of(first) + target_of(third));
  CHECK(shell.moves[1].from == first);
}

TEST_CASE("a program gets no descriptor besides") {
  // Those that this program was started with are not onit's.
  ::syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
  Pipe pipe = make_pipe();
  Shell shell("cd /proc/self/fd && echo *");
  shell.moves.push_back({pipe.read_end.get(), 0});
  shell.moves.push_back({pipe.read_end.get(), 70});
  // 3 is that of the shell's own look into the directory.
  CHECK(shell.run().out == "0 1 2 3 70\n");
}

TEST_CASE("a failure is reported though a target has the number of the report") {
  std::vector<DescriptorMove> everywhere;
  Pipe pipe = make_pipe();
  Shell shell("true");
  for (int fd = 3; fd < 64; ++fd) shell.moves.push_back({pipe.read_end.get(), fd});
  shell.plan.working_dir = "/nowhere";
  Run run = shell.run();
  REQUIRE(run.failure);
  CHECK(run.failure->stage == SpawnStage::working_dir);
}

TEST_CASE("a descriptor beyond the limit is a failure that names it") {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  Pipe pipe = make_pipe();
  Shell shell("true");
  auto beyond = static_cast<int>(limit.rlim_cur);
  shell.moves.push_back({pipe.read_end.get(), beyond});
  Run run = shell.run();
  REQUIRE(run.failure);
  CHECK(run.failure->stage == SpawnStage::descriptors);
  shell.plan.descriptors = shell.moves;
  CHECK(diagnose(shell.plan, *run.failure).text.find("descriptor " + std::to_string(beyond)) == 0);
}

TEST_CASE("a lower limit of open files does not keep descriptors from their places") {
  Pipe pipe = make_pipe();
  Fd high{::fcntl(pipe.read_end.get(), F_DUPFD_CLOEXEC, 500)};
  LimitSetting limit{RLIMIT_NOFILE, {20, 20}};
  Shell shell(link_of(0) + "ulimit -n");
  shell.moves.push_back({high.get(), 0});
  shell.plan.limits = {&limit, 1};
  CHECK(shell.run().out == target_of(high.get()) + "20\n");
}

TEST_CASE("another user keeps the capabilities that were asked for, across exec, and no other") {
  Shell shell(kShowCapabilities);
  shell.plan.user = UserSwitch{1000, 1000};
  shell.plan.capabilities = kBindAndKill;
  CHECK(shell.run().out == five_times(kBindAndKill));
}

TEST_CASE("user 0 keeps the capabilities that were asked for, and no other") {
  Shell shell(kShowCapabilities);
  shell.plan.capabilities = kBindAndKill;
  CHECK(shell.run().out == five_times(kBindAndKill));
}

TEST_CASE("capabilities are kept with no_new_privs too") {
  Shell shell(kShowCapabilities);
  shell.plan.user = UserSwitch{1000, 1000};
  shell.plan.capabilities = kBindAndKill;
  shell.plan.no_new_privs = true;
  CHECK(shell.run().out == five_times(kBindAndKill));
}

TEST_CASE("an empty set leaves none, for user 0 and for others") {
  for (uid_t uid : {0U, 1000U}) {
    Shell shell(kShowCapabilities);
    shell.plan.user = UserSwitch{uid, uid};
    shell.plan.capabilities = 0;
    CHECK(shell.run().out == five_times(0));
  }
}

TEST_CASE("a capability that is not had is a failure that names it") {
  CHECK(in_child([] {
          give_up(bit(CAP_KILL));
          Shell shell("true");
          shell.plan.capabilities = kBindAndKill;
          Run run = shell.run();
          if (!run.failure || run.failure->stage != SpawnStage::capability) return 1;
          if (run.failure->index != CAP_KILL || run.failure->code != EPERM) return 2;
          std::string text = diagnose(shell.plan, *run.failure).text;
          return text.find("capabilities: keeping KILL: Operation not permitted") == 0 ? 0 : 3;
        }) == 0);
}

TEST_CASE("without SETPCAP the others cannot be dropped for good, which is a failure") {
  CHECK(in_child([] {
          give_up(bit(CAP_SETPCAP));
          Shell shell("true");
          shell.plan.capabilities = kBindAndKill;
          Run run = shell.run();
          return run.failure && run.failure->stage == SpawnStage::bounding_set && run.failure->code == EPERM ? 0 : 1;
        }) == 0);
}

TEST_CASE("without SETPCAP no_new_privs keeps exec from giving others, to user 0 too") {
  CHECK(in_child([] {
          give_up(bit(CAP_SETPCAP));
          Shell shell("grep CapPrm /proc/self/status | cut -f2");
          shell.plan.capabilities = kBindAndKill;
          shell.plan.no_new_privs = true;
          return shell.run().out == "0000000000000420\n" ? 0 : 1;
        }) == 0);
}

TEST_CASE("a user without any privilege can ask for no capabilities") {
  CHECK(in_child([] {
          for (int i = 0; i <= CAP_LAST_CAP; ++i) ::prctl(PR_CAPBSET_DROP, i, 0, 0, 0);
          if (::setresuid(1000, 1000, 1000) != 0) return 1;
          Shell shell(kShowCapabilities);
          shell.plan.capabilities = 0;
          return shell.run().out == five_times(0) ? 0 : 2;
        }) == 0);
}

TEST_CASE("the child writes itself into its control group before its privileges go") {
  Pipe group = make_pipe();
  Shell shell("true");
  shell.plan.control_group = group.write_end.get();
  shell.plan.user = UserSwitch{1000, 1000};
  CHECK(shell.run().status == 0);
  group.write_end.reset();
  CHECK(read_all(group.read_end) == "0");
}

TEST_CASE("a control group that cannot be joined is a failure") {
  Pipe pipe = make_pipe();
  Shell shell("true");
  shell.plan.control_group = pipe.read_end.get();
  Run run = shell.run();
  REQUIRE(run.failure);
  CHECK(run.failure->stage == SpawnStage::control_group);
  CHECK(diagnose(shell.plan, *run.failure).text == "control group of the command: Bad file descriptor");
}

}  // namespace onit
