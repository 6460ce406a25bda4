// hostile_tracer PID: seizes a process, writes `seized`, and then does not care what becomes of it until stdin ends: who is
// traced and dead is nobody's zombie but the tracer's.

#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc != 2) return 99;
  if (ptrace(PTRACE_SEIZE, atoi(argv[1]), NULL, NULL) != 0) return 98;
  puts("seized");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  return 0;
}
