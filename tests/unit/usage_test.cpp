#include "os/usage.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace onit {
namespace {

TEST_CASE("the usage of a process is what it takes") {
  auto before = process_usage(::getpid());
  REQUIRE(before);
  constexpr std::size_t kMore = 64 * 1024 * 1024;
  std::vector<char> memory(kMore, 'x');
  std::uint64_t own_before = own_cpu_us();
  while (process_usage(::getpid())->cpu_us < before->cpu_us + 50'000) continue;
  CHECK(own_cpu_us() > own_before);
  CHECK(process_usage(::getpid())->memory_bytes >= before->memory_bytes + kMore * 3 / 4);
  CHECK(memory.back() == 'x');
}

TEST_CASE("whoever has ended takes nothing, whatever its name") {
  pid_t child = ::fork();
  if (child == 0) {
    std::ofstream{"/proc/self/comm"} << "a) R 1 (b";
    ::raise(SIGSTOP);
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, WUNTRACED) == child);
  auto usage = process_usage(child);
  REQUIRE(usage);
  CHECK(usage->memory_bytes > 0);
  CHECK(usage->memory_bytes < std::uint64_t{1} << 40);
  CHECK(usage->cpu_us < 10'000'000);
  ::kill(child, SIGKILL);
  siginfo_t info{};
  REQUIRE(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) == 0);
  CHECK(!process_usage(child));
  ::waitpid(child, &status, 0);
  CHECK(!process_usage(child));
}

TEST_CASE("the usage of a control group is what the kernel says of it") {
  char path[] = "/tmp/onit_group_XXXXXX";
  REQUIRE(::mkdtemp(path) != nullptr);
  std::string directory = path;
  CHECK(!group_cpu_us(directory));
  CHECK(!group_memory_bytes(directory));
  std::ofstream{directory + "/cpu.stat"} << "usage_usec 12345678\nuser_usec 1\nsystem_usec 2\nnr_periods 0\n";
  std::ofstream{directory + "/memory.current"} << "4096000\n";
  CHECK(group_cpu_us(directory) == 12'345'678U);
  CHECK(group_memory_bytes(directory) == 4'096'000U);
  for (const char* name : {"/cpu.stat", "/memory.current"}) std::remove((directory + name).c_str());
  ::rmdir(path);
}

TEST_CASE("descriptors are counted without the one that looks") {
  auto before = own_descriptors();
  REQUIRE(before);
  int pipe[2];
  REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
  CHECK(own_descriptors() == *before + 2);
  ::close(pipe[0]);
  ::close(pipe[1]);
}

}  // namespace
}  // namespace onit
