/* Starts a supervisor as a container engine would: PID 1 of new pid and mount namespaces, in a session of its own, with
 * a /proc that shows it. Tells when it begins and when it has ended. All that is left of it ends with this program.
 *
 * usage: BENCH_FIFO=PATH launch COMMAND [ARG]...
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "record.h"

static int fifo;

static void die(const char* what) {
  fprintf(stderr, "launch: %s: %s\n", what, strerror(errno));
  exit(125);
}

static void tell(unsigned long kind, unsigned long value) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  struct record record = {kind, (unsigned long)time.tv_sec * 1000000000ul + (unsigned long)time.tv_nsec, value};
  if (write(fifo, &record, sizeof record) != sizeof record) die("write");
}

int main(int argc, char** argv) {
  const char* path = getenv("BENCH_FIFO");
  if (argc < 2 || path == NULL) return 2;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  fifo = open(path, O_WRONLY | O_CLOEXEC);
  if (fifo < 0) die(path);
  if (unshare(CLONE_NEWPID | CLONE_NEWNS) != 0) die("unshare");
  pid_t child = fork();
  if (child < 0) die("fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    setsid();
    if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) die("mount");
    if (mount("proc", "/proc", "proc", 0, NULL) != 0) die("mount /proc");
    tell(kBegin, 0);
    execvp(argv[1], argv + 1);
    die(argv[1]);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  tell(kEnd, (unsigned long)status);
  return 0;
}
