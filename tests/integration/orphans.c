// orphans TOTAL BURST: makes TOTAL orphans, BURST of them at a time by a parent that exits at once, so that they all
// become somebody else's in one moment. Then writes `done` and goes on until stdin ends.

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 3) return 99;
  int total = atoi(argv[1]), burst = atoi(argv[2]);
  for (int made = 0; made < total; made += burst) {
    pid_t parent = fork();
    if (parent < 0) return 98;
    if (parent == 0) {
      for (int i = 0; i < burst; ++i) {
        pid_t orphan = fork();
        if (orphan < 0) _exit(97);
        if (orphan == 0) _exit(0);
      }
      _exit(0);
    }
    int status;
    if (waitpid(parent, &status, 0) != parent || status != 0) return 96;
  }
  puts("done");
  fflush(stdout);
  return getchar() == EOF ? 0 : 95;
}
