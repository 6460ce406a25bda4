/* Telling, in programs without a C library. */
#include <linux/fcntl.h>

#include "../bare.h"
#include "record.h"

/* The value of BENCH_FIFO; null if there is none. */
static const char* fifo_of(char** stack) {
  static const char kName[] = "BENCH_FIFO=";
  char** at = stack + 1;
  while (*at != 0) ++at;
  for (++at; *at != 0; ++at) {
    unsigned i = 0;
    while (i < sizeof kName - 1 && (*at)[i] == kName[i]) ++i;
    if (i == sizeof kName - 1) return *at + i;
  }
  return 0;
}

/* A record is shorter than PIPE_BUF, so that those of many do not mix. */
static void tell(char** stack, unsigned long kind, unsigned long time, unsigned long value) {
  struct record record = {kind, time, value};
  const char* fifo = fifo_of(stack);
  if (fifo == 0) end(2);
  long fd = call(__NR_openat, AT_FDCWD, (long)fifo, O_WRONLY | O_CLOEXEC, 0, 0);
  call(__NR_write, fd, (long)&record, sizeof record, 0, 0);
  call(__NR_close, fd, 0, 0, 0, 0);
}
