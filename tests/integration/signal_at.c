// signal_at [--pid1] [--child] N SIGNAL PROGRAM [ARG]...
//
// Runs a program under ptrace(2) and sends it SIGNAL at the Nth moment of its start-up: each entry into and each return
// from a system call is one, beginning with the return from its exec. With --child the moments are those of
// the first process that it forks, which is held there until the program has taken the signal.
// With --pid1 the program is the first process of a new pid namespace; the signal comes from outside.
//
// Start-up ends when the program waits for a signal without a timeout, with --child when the child has executed
// something. Writes one line: `sent at CALL` (its number; -1 for a return) or, if the moment was the end, `sent at the end`; then `exit N`,
// `killed N`, or `alive` if the program went on for ten seconds (which ends it).

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t program;

static void die(const char* what) {
  fprintf(stderr, "signal_at: %s: %s\n", what, strerror(errno));
  if (program > 0) kill(program, SIGKILL);
  exit(99);
}

static void wait_briefly(void) {
  const struct timespec pause = {0, 1000000};
  nanosleep(&pause, NULL);
}

// The system call that a process has stopped at, and whether it is about to wait for a signal for as long as it takes.
struct call {
  long number;
  int waits;
};

static struct call call_of(pid_t pid) {
  struct __ptrace_syscall_info info;
  if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) <= 0) die("PTRACE_GET_SYSCALL_INFO");
  if (info.op != PTRACE_SYSCALL_INFO_ENTRY) return (struct call){-1, 0};
  return (struct call){(long)info.entry.nr, info.entry.nr == SYS_rt_sigtimedwait && info.entry.args[2] == 0};
}

// Whether a signal of the program is still waiting to be taken.
static int is_pending(pid_t pid, int signal) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE* status = fopen(path, "re");
  int pending = 0;
  while (status && fgets(line, sizeof line, status)) {
    if (strncmp(line, "ShdPnd:", 7) == 0) pending = (strtoull(line + 7, NULL, 16) >> (signal - 1) & 1) != 0;
  }
  if (status) fclose(status);
  return pending;
}

static void report_end(void) {
  int status;
  for (int i = 0; i < 10000; ++i) {
    pid_t pid = waitpid(program, &status, WNOHANG | __WALL);
    if (pid == program && WIFEXITED(status)) {
      printf("exit %d\n", WEXITSTATUS(status));
      return;
    }
    if (pid == program && WIFSIGNALED(status)) {
      printf("killed %d\n", WTERMSIG(status));
      return;
    }
    if (pid < 0) die("waitpid");
    wait_briefly();
  }
  puts("alive");
  kill(program, SIGKILL);
  waitpid(program, &status, __WALL);
}

static void start(char** arguments, int as_pid1) {
  if (as_pid1 && unshare(CLONE_NEWPID) != 0) die("unshare");
  program = fork();
  if (program < 0) die("fork");
  if (program > 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) _exit(98);
  raise(SIGSTOP);
  execv(arguments[0], arguments);
  _exit(97);
}

int main(int argc, char** argv) {
  int as_pid1 = 0, of_child = 0;
  for (; argc > 1 && argv[1][0] == '-'; --argc, ++argv) {
    if (strcmp(argv[1], "--pid1") == 0) as_pid1 = 1;
    if (strcmp(argv[1], "--child") == 0) of_child = 1;
  }
  if (argc < 4) return 99;
  int wanted = atoi(argv[1]), signal = atoi(argv[2]);
  start(argv + 3, as_pid1);

  int status, moment = 0, has_started = 0;
  if (waitpid(program, &status, __WALL) != program) die("waitpid");
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC;
  if (of_child) options |= PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE;
  if (ptrace(PTRACE_SETOPTIONS, program, NULL, options) != 0) die("PTRACE_SETOPTIONS");
  if (ptrace(PTRACE_SYSCALL, program, NULL, 0) != 0) die("PTRACE_SYSCALL");

  pid_t child = 0;
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) die("waitpid");
    if (!WIFSTOPPED(status)) {
      if (pid != program) continue;
      puts("ended before");
      return 0;
    }
    int is_call = WSTOPSIG(status) == (SIGTRAP | 0x80);
    int event = status >> 16;
    if (pid != program && child == 0) child = pid;
    if (pid == program && event == PTRACE_EVENT_EXEC) has_started = 1;

    struct call call = is_call ? call_of(pid) : (struct call){-1, 0};
    int counts, at_end;
    if (of_child) {
      at_end = pid == child && event == PTRACE_EVENT_EXEC;
      counts = pid == child && (is_call || at_end);
    } else {
      at_end = call.waits;
      counts = is_call && has_started;
    }
    if (counts && (++moment == wanted || at_end)) {
      if (kill(program, signal) != 0) die("kill");
      if (at_end) {
        puts("sent at the end");
      } else {
        printf("sent at %ld\n", call.number);
      }
      break;
    }
    int deliver = is_call || event || WSTOPSIG(status) == SIGSTOP ? 0 : WSTOPSIG(status);
    if (ptrace(PTRACE_SYSCALL, pid, NULL, (long)deliver) != 0 && errno != ESRCH) die("PTRACE_SYSCALL");
  }

  if (!of_child) {
    if (ptrace(PTRACE_DETACH, program, NULL, 0) != 0) die("PTRACE_DETACH");
    report_end();
    return 0;
  }
  // The program runs until it has taken the signal; the child stays where it is.
  for (int i = 0; is_pending(program, signal) && i < 10000; ++i) {
    pid_t pid = waitpid(program, &status, WNOHANG | __WALL);
    if (pid == program && ptrace(PTRACE_SYSCALL, program, NULL, 0) != 0) die("PTRACE_SYSCALL");
    wait_briefly();
  }
  // Only when the program waits again has it done all that it does about the signal.
  while (waitpid(program, &status, __WALL) == program && WIFSTOPPED(status)) {
    if (WSTOPSIG(status) == (SIGTRAP | 0x80) && call_of(program).waits) break;
    if (ptrace(PTRACE_SYSCALL, program, NULL, 0) != 0) break;
  }
  ptrace(PTRACE_DETACH, program, NULL, 0);
  ptrace(PTRACE_DETACH, child, NULL, 0);
  report_end();
  return 0;
}
