// hostile_hidden: a command that nobody of its own user can find in a /proc mounted with hidepid=2. Writes `ready`, or
// `visible` and exits with 99 if it can be found after all; exits with 42 when TERM comes.
// hostile_hidden --leave: leaves a process like that behind, in a session of its own and ignoring TERM, and exits with 5.

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int say(const char* what) {
  puts(what);
  return fflush(stdout);
}

// Somebody else has to look: everybody sees itself.
static int is_hidden(void) {
  char path[32];
  int status;
  snprintf(path, sizeof path, "/proc/%d/stat", (int)getpid());
  pid_t other = fork();
  if (other == 0) _exit(access(path, F_OK) == 0);
  return other > 0 && waitpid(other, &status, 0) == other && status == 0;
}

int main(int argc, char** argv) {
  int leave = argc > 1 && strcmp(argv[1], "--leave") == 0;
  int signal_number, ready[2];
  char byte;
  sigset_t term;
  sigemptyset(&term);
  sigaddset(&term, SIGTERM);
  sigprocmask(SIG_BLOCK, &term, NULL);
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return 98;
  if (!is_hidden()) return say("visible"), 99;
  if (!leave) {
    say("ready");
    return sigwait(&term, &signal_number) == 0 ? 42 : 97;
  }
  if (pipe(ready) != 0) return 96;
  if (fork() == 0) {
    setsid();
    signal(SIGTERM, SIG_IGN);
    close(ready[0]);
    if (write(ready[1], "", 1) != 1) _exit(95);
    for (;;) pause();
  }
  if (read(ready[0], &byte, 1) != 1) return 94;
  say("ready");
  return 5;
}
