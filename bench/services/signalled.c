/* A command that says whenever SIGUSR1 has come. */
#include "tell.h"

void run(char** stack) {
  unsigned long usr1 = 1ul << (SIGUSR1 - 1);
  call(__NR_rt_sigprocmask, SIG_BLOCK, (long)&usr1, 0, sizeof usr1, 0);
  tell(stack, kUp, now(), 0);
  for (;;) {
    if (call(__NR_rt_sigtimedwait, (long)&usr1, 0, 0, sizeof usr1, 0) == SIGUSR1) tell(stack, kSignal, now(), 0);
  }
}
