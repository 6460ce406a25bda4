// traced: writes `ready`, becomes traced by its parent and sends itself USR1, which a tracer is told of as a stop.
// Nobody continues it.
// traced PID: attaches to a process as a debugger does, writes `attached`, passes its signals on, and writes
// `detached` after it has let go when stdin ends.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int say(const char* what) {
  puts(what);
  return fflush(stdout);
}

int main(int argc, char** argv) {
  if (argc == 1) {
    say("ready");
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) return 99;
    raise(SIGUSR1);
    return 98;
  }
  pid_t pid = atoi(argv[1]);
  int status;
  if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) != 0 || waitpid(pid, &status, __WALL) != pid) return 97;
  say("attached");
  while (getchar() != EOF) {
  }
  if (ptrace(PTRACE_DETACH, pid, NULL, NULL) != 0) return 96;
  return say("detached");
}
