// family [OPTION]... [MEMBER]...: a command that tells which signals it gets, with relatives who do the same.
//
// Writes to stdout, a line each: `NAME ready`, once for each member and last of all for `main`; then `NAME got N` for
// each signal. All signals are blocked and taken with system calls of our own, because C libraries hide some.
//
// main goes on until stdin ends, and then exits with 0.
//   --exit N    exit with N instead          --now     exit as soon as all members are ready
//   --obey      end at the first signal but CHLD, CONT, WINCH: with 128 + its number
//   --obey-term end at TERM only, with 143
//   --as NAME   main's name, here and in /proc
//   --to FILE   all lines go to the end of this file instead
//   --stay      go on when stdin ends
//   --gate FILE having obeyed, wait for this file, and say `NAME ends`
//
// A member is NAME[,WORD]... and shares main's process group unless a word says otherwise:
//   group       a process group of its own        session    a session of its own
//   orphan      its parent has exited: whoever adopts orphans is its parent
//   ignore      goes on whatever it gets; otherwise it ends at the first signal but CHLD, CONT, WINCH
//   eof         ends when stdin does              stopped    stops itself by SIGSTOP when it is ready
//   code=N      what it exits with (0)

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const uint64_t all_signals = ~UINT64_C(0);

enum obedience { OBEY_NONE, OBEY_ALL, OBEY_TERM };

static int output = STDOUT_FILENO;

static void say(const char* name, const char* what, int number) {
  char line[128];
  int length = number ? snprintf(line, sizeof line, "%s %s %d\n", name, what, number)
                      : snprintf(line, sizeof line, "%s %s\n", name, what);
  if (write(output, line, (size_t)length) != length) _exit(97);
}

// Tells of signals until there is a reason to end: the signal that is one, or 0 for the end of stdin.
static int tell(const char* name, int signals, enum obedience obey, int until_eof) {
  struct pollfd sources[2] = {{signals, POLLIN, 0}, {until_eof ? STDIN_FILENO : -1, POLLIN, 0}};
  for (;;) {
    if (poll(sources, 2, -1) < 0) continue;  // after a stop
    uint32_t info[32];  // struct signalfd_siginfo; the first word is the number
    while (sources[0].revents && read(signals, info, 128) == 128) {
      int signal = (int)info[0];
      say(name, "got", signal);
      if (signal == SIGCHLD || signal == SIGCONT || signal == SIGWINCH) continue;
      if (obey == OBEY_ALL || (obey == OBEY_TERM && signal == SIGTERM)) return signal;
    }
    if (sources[1].revents) return 0;
  }
}

static int has_word(const char* member, const char* word) {
  size_t length = strlen(word);
  for (const char* at = strchr(member, ','); at; at = strchr(at + 1, ',')) {
    if (strncmp(at + 1, word, length) == 0 && strchr(",=", at[1 + length])) return 1;
  }
  return 0;
}

static void be_member(char* member, int ready, pid_t middle) {
  while (getppid() == middle) usleep(100);  // an orphan is ready when it is one
  if (has_word(member, "session")) setsid();
  if (has_word(member, "group")) setpgid(0, 0);
  char* code = strstr(member, ",code=");
  int exit_code = code ? atoi(code + 6) : 0;
  int signals = (int)syscall(SYS_signalfd4, -1, &all_signals, sizeof all_signals, O_NONBLOCK);
  int ignore = has_word(member, "ignore"), eof = has_word(member, "eof"), stopped = has_word(member, "stopped");
  *strchrnul(member, ',') = '\0';
  prctl(PR_SET_NAME, member);
  say(member, "ready", 0);
  close(ready);
  if (stopped) raise(SIGSTOP);
  tell(member, signals, ignore ? OBEY_NONE : OBEY_ALL, eof);
  _exit(exit_code);
}

static void start_member(char* member) {
  int ready[2];
  char byte;
  if (pipe(ready) != 0) _exit(96);
  int middle = has_word(member, "orphan");
  pid_t pid = fork();
  if (pid == 0) {
    close(ready[0]);
    pid_t self = getpid();
    if (middle && fork() != 0) _exit(0);
    be_member(member, ready[1], middle ? self : 0);
  }
  close(ready[1]);
  if (middle) waitpid(pid, NULL, 0);
  while (read(ready[0], &byte, 1) > 0) {
  }
  close(ready[0]);
}

int main(int argc, char** argv) {
  int exit_code = 0, now = 0, stay = 0, i = 1;
  enum obedience obey = OBEY_NONE;
  const char *name = "main", *gate = NULL;
  for (; i < argc && argv[i][0] == '-'; ++i) {
    if (strcmp(argv[i], "--exit") == 0) exit_code = atoi(argv[++i]);
    if (strcmp(argv[i], "--now") == 0) now = 1;
    if (strcmp(argv[i], "--obey") == 0) obey = OBEY_ALL;
    if (strcmp(argv[i], "--obey-term") == 0) obey = OBEY_TERM;
    if (strcmp(argv[i], "--stay") == 0) stay = 1;
    if (strcmp(argv[i], "--as") == 0) prctl(PR_SET_NAME, name = argv[++i]);
    if (strcmp(argv[i], "--gate") == 0) gate = argv[++i];
    if (strcmp(argv[i], "--to") == 0) output = open(argv[++i], O_WRONLY | O_APPEND | O_CLOEXEC);
  }
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all_signals, NULL, sizeof all_signals);
  int signals = (int)syscall(SYS_signalfd4, -1, &all_signals, sizeof all_signals, O_NONBLOCK);
  for (; i < argc; ++i) start_member(argv[i]);
  // The CHLD of the parents of orphans is no signal that somebody sent.
  const uint64_t child = UINT64_C(1) << (SIGCHLD - 1);
  const struct timespec at_once = {0, 0};
  while (syscall(SYS_rt_sigtimedwait, &child, NULL, &at_once, sizeof child) > 0) {
  }
  say(name, "ready", 0);
  if (now) return exit_code;
  int signal = tell(name, signals, obey, !stay);
  if (gate) {
    while (access(gate, F_OK) != 0) usleep(1000);
    say(name, "ends", 0);
  }
  return signal ? 128 + signal : exit_code;
}
