#pragma once

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <optional>
#include <string>

#include "os/fd.hpp"
#include "os/spawn.hpp"

namespace onit {

/// Only ends what hangs.
inline constexpr int kHangMs = 30'000;

struct Pipe {
  Fd read_end;
  Fd write_end;
};

inline Pipe make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  return {Fd{ends[0]}, Fd{ends[1]}};
}

inline std::string read_all(const Fd& from) {
  std::string text;
  for (;;) {
    pollfd readable{from.get(), POLLIN, 0};
    if (::poll(&readable, 1, kHangMs) <= 0) return text + "(hangs)";
    char chunk[4096];
    ssize_t got = ::read(from.get(), chunk, sizeof chunk);
    if (got <= 0) return text;
    text.append(chunk, static_cast<std::size_t>(got));
  }
}

/// What a process has written into the pipe that it was given, how it has ended, and how it had failed before exec.
struct Run {
  std::string out;
  int status = -1;
  std::optional<SpawnReport> failure;
  pid_t pid = -1;
};

/// Starts it, and waits for the end of its output and its own.
inline Run run_exec(const ExecPlan& plan, Pipe& output) {
  Run run;
  auto spawned = spawn(plan);
  if (!spawned.ok()) return run;
  output.write_end.reset();
  run.pid = spawned.value().pid;
  run.out = read_all(output.read_end);
  ::waitpid(run.pid, &run.status, 0);
  run.failure = read_spawn_report(spawned.value().report);
  return run;
}

}  // namespace onit
