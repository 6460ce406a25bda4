// flood SIGNAL SENDERS [PID]: so many processes send the signal to PID, or the parent of the first of them, for as long
// as that is there, whatever they are sent themselves but KILL.

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 99;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  const pid_t target = argc == 4 ? atoi(argv[3]) : getppid();
  const int number = atoi(argv[1]);
  for (int i = 1; i < atoi(argv[2]) && fork() > 0; ++i) continue;
  while (kill(target, 0) == 0) kill(target, number);
  return 0;
}
