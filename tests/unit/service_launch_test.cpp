#include "app/service_launch.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "app/diagnosis.hpp"
#include "unit/run_exec.hpp"

namespace onit {
namespace {

/// onit's own environment.
class Environ {
 public:
  Environ(std::initializer_list<std::string> entries) : entries_(entries) {
    for (std::string& entry : entries_) pointers_.push_back(entry.data());
    pointers_.push_back(nullptr);
  }
  char* const* get() const { return pointers_.data(); }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> pointers_;
};

const Environ kOwn{"PATH=/usr/bin:/bin", "HOME=/home/onit"};

/// A service with its output in a pipe.
struct Service {
  Service() { surroundings.out = output.write_end.get(); }

  Run run() {
    PreparedService prepared;
    auto done = prepared.prepare(launch, launch.command, surroundings);
    if (!done.ok()) return Run{done.error().text, -1, {}, -1};
    return run_exec(prepared.exec(), output);
  }

  ServiceLaunch launch;
  Pipe output = make_pipe();
  ServiceSurroundings surroundings{.own_environment = kOwn.get(), .mark = "m1"};
};

Run run_shell(Service& service, const char* script) {
  service.launch.command = {"sh", "-c", script};
  return service.run();
}

/// A file that is gone at the end.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view content) {
    Fd file{::mkstemp(path_)};
    [[maybe_unused]] ssize_t written = ::write(file.get(), content.data(), content.size());
  }
  ~TemporaryFile() { ::unlink(path_); }
  const char* path() const { return path_; }

 private:
  char path_[32] = "/tmp/onit-unit-XXXXXX";
};

}  // namespace

TEST_CASE("a service gets onit's environment and its mark, and reads nothing") {
  Service service;
  service.launch.command = {"env"};
  CHECK(service.run().out == "PATH=/usr/bin:/bin\nHOME=/home/onit\nONIT_MARK=m1\n");
  Service reader;
  reader.launch.command = {"cat"};
  CHECK(reader.run().out.empty());
}

TEST_CASE("what a manager has told onit is not passed on") {
  Environ own{"PATH=/usr/bin:/bin", "NOTIFY_SOCKET=/run/n", "LISTEN_FDS=1",    "LISTEN_PID=1",      "LISTEN_FDNAMES=x",
              "WATCHDOG_USEC=1",    "WATCHDOG_PID=1",       "ONIT_READY_FD=4", "ONIT_SOCKET=/run/o"};
  Service service;
  service.surroundings.own_environment = own.get();
  service.launch.command = {"env"};
  CHECK(service.run().out == "PATH=/usr/bin:/bin\nONIT_MARK=m1\n");
}

TEST_CASE("a service is told where it can ask onit, whatever its definition says") {
  Service service;
  service.surroundings.control = "/run/onit.sock";
  service.launch.clear_env = true;
  service.launch.environment = {{"ONIT_SOCKET", "/elsewhere"}};
  service.launch.command = {"/usr/bin/env"};
  CHECK(service.run().out == "ONIT_SOCKET=/run/onit.sock\nONIT_MARK=m1\n");
}

TEST_CASE("the mark of an onit around this one stays, in an environment that is cleared too") {
  Environ own{"PATH=/usr/bin:/bin", "ONIT_MARK=outer"};
  Service service;
  service.surroundings.own_environment = own.get();
  service.launch.clear_env = true;
  service.launch.environment = {{"ONIT_MARK", "forged"}};
  service.launch.command = {"/usr/bin/env"};
  CHECK(service.run().out == "ONIT_MARK=outer,m1\n");
}

TEST_CASE("env files come before the environment, which comes before secrets") {
  TemporaryFile env("A=file\nB=file\nHOME_WAS=${HOME}\n");
  TemporaryFile secret("hush\n");
  Service service;
  service.launch.env_files = {env.path()};
  service.launch.environment = {{"B", "key"}, {"K_FILE", secret.path()}};
  service.launch.secrets = true;
  Run run = run_shell(service, "echo $A $B $HOME_WAS $K");
  CHECK(run.out == "file key /home/onit hush\n");
}

TEST_CASE("what cannot be read is told by the name of its key") {
  Service service;
  service.launch.env_files = {"/nowhere"};
  CHECK(run_shell(service, "true").out == "env_file '/nowhere': No such file or directory");
  service.launch.env_files = {"no/where"};
  CHECK(run_shell(service, "true").out ==
        "env_file 'no/where': No such file or directory; looked for in onit's working directory");
  service.launch.env_files.clear();
  service.launch.environment = {{"K_FILE", "/nowhere"}};
  service.launch.secrets = true;
  CHECK(run_shell(service, "true").out == "secrets: K_FILE='/nowhere': No such file or directory");
  service.launch.user = "no-such-user";
  CHECK(run_shell(service, "true").out.find("user: ") == 0);
}

TEST_CASE("a pipe in place of an env file is not waited for") {
  TemporaryFile file("");
  ::unlink(file.path());
  REQUIRE(::mkfifo(file.path(), 0600) == 0);
  Fd writer{::open(file.path(), O_RDWR | O_CLOEXEC)};
  Service service;
  service.launch.env_files = {file.path()};
  CHECK(run_shell(service, "true").out == "env_file '" + std::string{file.path()} + "': Connection timed out");
}

TEST_CASE("a named user has its home and its name in the environment") {
  Service service;
  service.launch.user = "daemon";
  Run run = run_shell(service, "id -un; echo $USER $LOGNAME $HOME");
  CHECK(run.out == "daemon\ndaemon daemon /usr/sbin\n");
}

TEST_CASE("a watched service is told its own pid and the time in microseconds") {
  Service service;
  service.surroundings.watchdog = Millis{1500};
  Run run = run_shell(service, "echo $$ $WATCHDOG_PID $WATCHDOG_USEC");
  std::string pid = std::to_string(run.pid);
  CHECK(run.out == pid + " " + pid + " 1500000\n");
}

TEST_CASE("sockets are passed on from descriptor 3 on, with the pid for whom they are") {
  Pipe a = make_pipe();
  Pipe b = make_pipe();
  std::array<int, 2> sockets{b.read_end.get(), a.read_end.get()};
  Service service;
  service.surroundings.sockets = sockets;
  service.surroundings.socket_names = "x:y";
  service.surroundings.notify_socket = "@n";
  [[maybe_unused]] ssize_t written = ::write(a.write_end.get(), "from a\n", 7);
  written = ::write(b.write_end.get(), "from b\n", 7);
  Run run = run_shell(service,
                      "[ $$ = $LISTEN_PID ] && echo $LISTEN_FDS $LISTEN_FDNAMES $NOTIFY_SOCKET;"
                      "read line <&3; echo $line; read line <&4; echo $line");
  CHECK(run.out == "2 x:y @n\nfrom b\nfrom a\n");
}

TEST_CASE("a service can say on its descriptor that it is ready") {
  Pipe ready = make_pipe();
  Service service;
  service.surroundings.readiness = ready.write_end.get();
  service.surroundings.readiness_fd = 7;
  Run run = run_shell(service, "echo $ONIT_READY_FD; echo ready >&7");
  ready.write_end.reset();
  CHECK(run.out == "7\n");
  CHECK(read_all(ready.read_end) == "ready\n");
}

TEST_CASE("the descriptor to be ready on must not be that of a socket") {
  Pipe pipe = make_pipe();
  std::array<int, 2> sockets{pipe.read_end.get(), pipe.read_end.get()};
  Service service;
  service.surroundings.sockets = sockets;
  service.surroundings.readiness = pipe.write_end.get();
  service.surroundings.readiness_fd = 4;
  CHECK(run_shell(service, "true").out == "ready: descriptor 4 has another use already; the first free one is 5");
}

TEST_CASE("limits that onit has changed for itself are as they were, unless the service has its own") {
  std::array<LimitSetting, 2> own{LimitSetting{RLIMIT_NOFILE, {100, 200}}, LimitSetting{RLIMIT_CORE, {0, 0}}};
  Service service;
  service.surroundings.own_limits = own;
  service.launch.ulimits = {{RLIMIT_CORE, 512, 1024}};
  CHECK(run_shell(service, "ulimit -n; ulimit -Hn; ulimit -c").out == "100\n200\n1\n");
}

TEST_CASE("a service leads a session of its own, in its directory") {
  Service service;
  service.launch.working_dir = "/usr";
  Run run = run_shell(service, "pwd; ps -o sid= -p $$ | tr -d ' '");
  CHECK(run.out == "/usr\n" + std::to_string(run.pid) + "\n");
}

TEST_CASE("what failed before exec is told by the name of its key") {
  Service service;
  service.launch.working_dir = "/nowhere";
  service.launch.command = {"true"};
  PreparedService prepared;
  REQUIRE(prepared.prepare(service.launch, service.launch.command, service.surroundings).ok());
  Run run = run_exec(prepared.exec(), service.output);
  REQUIRE(run.failure);
  CHECK(diagnose(prepared.exec(), *run.failure, kKeyNames).text == "working_dir '/nowhere': No such file or directory");
}

}  // namespace onit
