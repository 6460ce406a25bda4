// refuse NUMBER PROGRAM [ARG]...: runs a program under a seccomp profile that answers with errno NUMBER to the calls
// that profiles written before they existed do not know.

#include "refuse.h"

#include <stdlib.h>
#include <sys/syscall.h>

int main(int argc, char** argv) {
  if (argc < 3) return 99;
  const int calls[] = {SYS_clone3, SYS_close_range, SYS_pidfd_open, SYS_pidfd_send_signal};
  return run_refusing(calls, 4, atoi(argv[1]), argv + 2);
}
