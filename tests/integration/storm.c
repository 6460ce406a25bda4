// storm CHAINS TREE LIMIT: leaves CHAINS processes behind, each of which forks its successor and exits, for ever, and a tree
// that forks until it has TREE members and replaces each that is gone. All block every signal and leave the session.
// Writes `ready` and exits with 5. There are never more than LIMIT of them, zombies included: RLIMIT_NPROC, of a user
// of their own where that is possible, keeps the machine's pids from running out.

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_away(void) {
  setsid();
  for (;;) {
    pid_t next = fork();
    if (next > 0) _exit(0);
    if (next < 0) usleep(100);
  }
}

static void grow(int size) {
  setsid();
  for (;;) {
    for (int i = 0; i < size; ++i) {
      if (fork() == 0) {
        if (setsid() > 0) pause();
        _exit(0);
      }
    }
    while (wait(NULL) > 0 && size > 0) {
      if (fork() == 0) {
        pause();
        _exit(0);
      }
    }
  }
}

int main(int argc, char** argv) {
  if (argc != 4) return 99;
  const struct rlimit limit = {(rlim_t)atoi(argv[3]), (rlim_t)atoi(argv[3])};
  if (setrlimit(RLIMIT_NPROC, &limit) != 0) return 98;
  if (setresuid(54321, 54321, 54321) != 0 && errno != EPERM && errno != EINVAL) return 97;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  for (int i = 0; i < atoi(argv[1]); ++i) {
    if (fork() == 0) run_away();
  }
  if (atoi(argv[2]) > 0 && fork() == 0) grow(atoi(argv[2]));
  puts("ready");
  fflush(stdout);
  return 5;
}
