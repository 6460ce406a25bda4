// launch_with OPTION... -- PROGRAM [ARG]...: runs a program in an unusual inherited state.
//
//   --block SIG    --ignore SIG    --pend SIG (send it to ourselves while blocked)
//   --close FD     --open FD (a copy of /dev/null)
//   --no-env       --env TEXT (an entry as it is, duplicates and all)
//   --argv0 NAME   --no-argv (not even argv[0]; the rest of the arguments is not passed on)

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char** environ;

int main(int argc, char** argv) {
  static char* entries[64];
  static char* no_arguments[] = {NULL};
  int count = 0, i = 1, own_environment = 0;
  int closed[16], closed_count = 0;
  char* name = NULL;
  int no_argv = 0;
  for (; i < argc && strcmp(argv[i], "--") != 0; ++i) {
    const char* option = argv[i];
    if (strcmp(option, "--no-env") == 0) {
      own_environment = 1;
      continue;
    }
    if (strcmp(option, "--no-argv") == 0) {
      no_argv = 1;
      continue;
    }
    char* value = argv[++i];
    if (strcmp(option, "--block") == 0) {
      uint64_t bit = UINT64_C(1) << (atoi(value) - 1);
      syscall(SYS_rt_sigprocmask, SIG_BLOCK, &bit, NULL, sizeof bit);
    } else if (strcmp(option, "--ignore") == 0) {
      signal(atoi(value), SIG_IGN);
    } else if (strcmp(option, "--pend") == 0) {
      kill(getpid(), atoi(value));
    } else if (strcmp(option, "--close") == 0) {
      closed[closed_count++] = atoi(value);
    } else if (strcmp(option, "--open") == 0) {
      int null = open("/dev/null", O_RDWR);
      if (null != atoi(value)) {
        dup2(null, atoi(value));
        close(null);
      }
    } else if (strcmp(option, "--env") == 0) {
      own_environment = 1;
      entries[count++] = value;
    } else if (strcmp(option, "--argv0") == 0) {
      name = value;
    } else {
      fprintf(stderr, "launch_with: %s?\n", option);
      return 99;
    }
  }
  char** arguments = argv + i + 1;
  const char* program = arguments[0];
  if (name) arguments[0] = name;
  if (no_argv) arguments = no_arguments;
  for (int k = 0; k < closed_count; ++k) close(closed[k]);
  execve(program, arguments, own_environment ? entries : environ);
  return 98;
}
