// hostile_refuse CALL NUMBER PROGRAM [ARG]...: runs a program under a seccomp profile that answers with errno NUMBER to
// CALL, which is `splice`, `rt_sigtimedwait`, `accept4` or `pidfd_send_signal`.

#include "refuse.h"

#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  const int call = strcmp(argv[1], "splice") == 0            ? SYS_splice
                   : strcmp(argv[1], "rt_sigtimedwait") == 0 ? SYS_rt_sigtimedwait
                   : strcmp(argv[1], "accept4") == 0         ? SYS_accept4
                                                             : SYS_pidfd_send_signal;
  return run_refusing(&call, 1, atoi(argv[2]), argv + 3);
}
