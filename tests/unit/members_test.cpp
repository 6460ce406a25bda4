#include "app/members.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <string>
#include <utility>
#include <vector>

#include "os/environ.hpp"
#include "unit/run_exec.hpp"

// These tests run as root.

namespace onit {
namespace {

/// Waits until a process is the `sleep` that it was to execute, and nothing else: in the middle of an exec nobody can
/// look at it. If `parent` is not 0, it is to be that one's child by then.
void wait_for_sleep(pid_t pid, pid_t parent = 0) {
  std::string path = "/proc/" + std::to_string(pid) + "/stat";
  std::string sign = "(sleep) S " + (parent != 0 ? std::to_string(parent) + " " : "");
  auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds{kHangMs};
  while (read_all(Fd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}).find(sign) == sign.npos) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    ::sched_yield();
  }
}

/// Processes that live until the test ends. They are this program's, which is a subreaper for that time.
class Family {
 public:
  Family() : said_(make_pipe()) { ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }
  ~Family() {
    for (pid_t pid : alive_) ::kill(pid, SIGKILL);
    while (::waitpid(-1, nullptr, 0) > 0) {
    }
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
  }
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  /// Runs `script` by a shell in a session of its own, with these entries as its environment. In it `stay` is a program
  /// that tells its pid and stays. Returns once `count` have told theirs, and sleep: their pids in that order.
  std::vector<pid_t> start(const char* script, std::vector<std::string> environment, int count, uid_t uid = 0) {
    std::string full = "stay() { exec sh -c 'echo $$ >&4; exec sleep 1000'; }; " + std::string{script};
    std::vector<std::string> words{"/bin/sh", "-c", full};
    environment.push_back("PATH=/usr/bin:/bin");
    std::vector<char*> argv = pointers(words);
    std::vector<char*> envp = pointers(environment);
    std::vector<DescriptorMove> moves{{said_.write_end.get(), 4}};
    ExecPlan plan{};
    plan.argv = argv.data();
    plan.envp = envp.data();
    plan.place = ChildPlace::own_session;
    plan.terminal = -1;
    plan.descriptors = moves;
    if (uid != 0) plan.user = UserSwitch{uid, uid};
    auto spawned = spawn(plan);
    REQUIRE(spawned.ok());
    last_ = spawned.value().pid;
    alive_.push_back(last_);
    std::vector<pid_t> told;
    for (int i = 0; i < count; ++i) told.push_back(next_pid());
    alive_.insert(alive_.end(), told.begin(), told.end());
    for (pid_t pid : told) wait_for_sleep(pid);
    return told;
  }

  /// The same with a script that leaves one process behind. Returns its pid, once it is this program's child.
  pid_t start_daemon(const char* script, std::vector<std::string> environment, uid_t uid = 0) {
    pid_t daemon = start(script, std::move(environment), 1, uid).front();
    wait_for_sleep(daemon, ::getpid());
    return daemon;
  }

  /// The one that was started last itself.
  pid_t last_started() const { return last_; }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (std::string& text : texts) all.push_back(text.data());
    all.push_back(nullptr);
    return all;
  }

  pid_t next_pid() {
    pid_t pid = 0;
    for (char c = '0'; c != '\n';) {
      pid = pid * 10 + (c - '0');
      pollfd readable{said_.read_end.get(), POLLIN, 0};
      REQUIRE(::poll(&readable, 1, kHangMs) == 1);
      REQUIRE(::read(said_.read_end.get(), &c, 1) == 1);
    }
    return pid;
  }

  Pipe said_;
  std::vector<pid_t> alive_;
  pid_t last_ = 0;
};

/// To which service a process belongs: -1: none; -2: it was not found; -3: found twice.
int service_of(pid_t pid, const std::vector<ServiceTrace>& traces, const std::vector<pid_t>& strangers = {}) {
  Members members(traces, strangers);
  int found = -2;
  while (auto member = members.next()) {
    if (member->process.pid() != pid) continue;
    if (found != -2) return -3;
    found = member->service ? static_cast<int>(*member->service) : -1;
  }
  return found;
}

ServiceTrace by_session(ServiceId service, pid_t session) { return {service, session, {}}; }
ServiceTrace by_token(ServiceId service, std::string_view token) { return {service, 0, token}; }

std::string variable(std::string_view name, std::string_view environ, std::size_t piece, std::size_t room_size = 16) {
  std::vector<char> room(room_size);
  VariableReader reader(name, room);
  for (std::size_t at = 0; at < environ.size(); at += piece) {
    if (reader.take(environ.substr(at, piece))) break;
  }
  auto value = reader.value();
  return value ? std::string{*value} : "(none)";
}

/// As container engines have it: without what lets root read the memory of others. Newer kernels let CAP_PERFMON do,
/// too, which CAP_SYS_ADMIN includes. Source: ptrace(2), "Ptrace access mode checking"; may_access_mm() of the kernel.
void give_up_ptrace() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  ::syscall(SYS_capget, &header, sets);
  constexpr std::array<unsigned, 3> kGone{CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_PERFMON};
  for (unsigned capability : kGone) {
    sets[capability / 32].permitted &= ~(1U << capability % 32);
    sets[capability / 32].effective &= ~(1U << capability % 32);
  }
  ::syscall(SYS_capset, &header, sets);
}

}  // namespace

TEST_CASE("a process belongs to the service in whose session it is") {
  Family family;
  auto pids = family.start("(stay) & stay", {}, 2);
  for (pid_t pid : pids) CHECK(service_of(pid, {by_session(5, family.last_started()), by_session(6, 1)}) == 5);
}

TEST_CASE("a process belongs to the service of its parent, in a session of its own and without a mark too") {
  Family family;
  // The shell stays, its child has another session and nothing in its environment.
  auto pids = family.start("setsid env -i sh -c 'echo $$ >&4; exec sleep 1000' & stay", {}, 2);
  for (pid_t pid : pids) CHECK(service_of(pid, {by_session(0, family.last_started())}) == 0);
}

TEST_CASE("a daemon in a session of its own, whose parent has ended, belongs to the service whose mark it carries") {
  Family family;
  pid_t daemon = family.start_daemon("(setsid sh -c 'echo $$ >&4; exec sleep 1000' &)", {"ONIT_MARK=outer,t2"});
  CHECK(service_of(daemon, {by_token(1, "t1"), by_token(2, "t2")}) == 2);
  CHECK(service_of(daemon, {by_token(1, "t"), by_token(3, "t22")}) == -1);
}

TEST_CASE("a daemon that has lost its mark belongs to the service to whose pipe it writes") {
  Family family;
  Pipe pipe = make_pipe();
  struct stat status {};
  REQUIRE(::fstat(pipe.write_end.get(), &status) == 0);
  std::string name = "pipe:[" + std::to_string(status.st_ino) + "]";
  // The shell has the pipe from this program, by a path: spawn() passes on no descriptor that it was not told of.
  std::string path = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(pipe.write_end.get());
  for (const char* redirection : {" >", " 2>"}) {
    std::string script =
        "(setsid env -i sh -c 'echo $$ >&4; exec sleep 1000' </dev/null" + (redirection + path) + " &)";
    pid_t daemon = family.start_daemon(script.c_str(), {"ONIT_MARK=t"});
    CHECK(service_of(daemon, {by_token(0, "t"), by_token(1, name), by_token(2, "pipe:[1]")}) == 1);
    CHECK(service_of(daemon, {by_token(0, "t"), by_token(2, "pipe:[1]")}) == -1);
  }
}

TEST_CASE("what cannot be told from which service it is is found all the same") {
  Family family;
  pid_t daemon = family.start_daemon("(setsid env -i sh -c 'echo $$ >&4; exec sleep 1000' &)", {"ONIT_MARK=t"});
  CHECK(service_of(daemon, {by_token(0, "t")}) == -1);
}

TEST_CASE("strangers and what descends from them are not shown") {
  Family family;
  auto pids = family.start("(stay) & stay", {"ONIT_MARK=t"}, 2);
  for (pid_t pid : pids) CHECK(service_of(pid, {by_token(0, "t")}, {family.last_started()}) == -2);
}

TEST_CASE("without SYS_PTRACE root sees the marks of other users, and stays who it is") {
  Family family;
  pid_t daemon = family.start_daemon("(setsid sh -c 'echo $$ >&4; exec sleep 1000' &)", {"ONIT_MARK=t"}, 1000);
  pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGUSR1, 0, 0, 0);
    ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);  // whatever a test before may have left
    give_up_ptrace();
    std::string path = "/proc/" + std::to_string(daemon);
    Fd refused{::open((path + "/environ").c_str(), O_RDONLY | O_CLOEXEC)};
    if (refused.valid()) ::_exit(1);
    Process process(daemon, Fd{::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)});
    std::array<char, 64> room;
    auto mark = process.read_variable("ONIT_MARK", room);
    if (!mark || *mark != "t") ::_exit(2);
    std::array<char, 64> input;
    if (process.descriptor(STDIN_FILENO, input).empty()) ::_exit(6);
    int signal = 0;
    ::prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0);
    if (signal != SIGUSR1) ::_exit(3);
    if (::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 1) ::_exit(4);
    std::string status = read_all(Fd{::open("/proc/self/status", O_RDONLY | O_CLOEXEC)});
    bool is_root = status.find("Uid:\t0\t0\t0\t0\n") != status.npos && status.find("Gid:\t0\t0\t0\t0\n") != status.npos;
    ::_exit(is_root ? 0 : 5);
  }
  int status = -1;
  ::waitpid(pid, &status, 0);
  CHECK(status == 0);
}

TEST_CASE("a thousand services take a search no quadratic time, and each is told from the others") {
  Family family;
  pid_t daemon = family.start_daemon("(setsid sh -c 'echo $$ >&4; exec sleep 1000' &)", {"ONIT_MARK=t777"});
  std::vector<std::string> tokens;
  for (int i = 0; i < 1000; ++i) tokens.push_back("t" + std::to_string(i));
  std::vector<ServiceTrace> traces;
  for (std::size_t i = 0; i < tokens.size(); ++i) traces.push_back(by_token(i, tokens[i]));
  CHECK(service_of(daemon, traces) == 777);
  TokenTable table(traces);
  for (std::size_t i = 0; i < tokens.size(); ++i) CHECK(table.find(tokens[i]) == i);
  CHECK_FALSE(table.find("t1000"));
  CHECK_FALSE(table.find(""));
}

TEST_CASE("a variable is found in an environment that comes in whatever pieces") {
  constexpr std::string_view environ{"A=1\0AB=2\0=x\0\0XB=3\0B=4\0B=5\0C=\0", 29};
  for (std::size_t piece = 1; piece < environ.size(); ++piece) {
    CHECK(variable("A", environ, piece) == "1");
    CHECK(variable("AB", environ, piece) == "2");
    CHECK(variable("B", environ, piece) == "4");
    CHECK(variable("C", environ, piece) == "");
    CHECK(variable("XBC", environ, piece) == "(none)");
    CHECK(variable("D", environ, piece) == "(none)");
  }
}

TEST_CASE("a value that does not fit is none") {
  CHECK(variable("A", {"A=1234\0", 7}, 3, 4) == "1234");
  CHECK(variable("A", {"A=12345\0", 8}, 3, 4) == "(none)");
}

TEST_CASE("a search can begin at another process, and shows what its descendants are") {
  using namespace std::string_literals;
  Family family;
  std::vector<pid_t> told = family.start("(stay) & stay", {}, 2);
  pid_t root = family.last_started();
  pid_t child = told[0] == root ? told[1] : told[0];
  family.start("stay", {}, 1);
  Members members({}, {}, root);
  auto found = members.next();
  REQUIRE(found);
  CHECK(found->process.pid() == child);
  CHECK(found->process.state() == 'S');
  std::array<char, 64> room;
  CHECK(found->process.command_line(room) == "sleep\0001000\0"s);
  CHECK(found->process.command_line(std::span{room}.first(4)) == "slee");
  CHECK_FALSE(members.next());
}

}  // namespace onit
