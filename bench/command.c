/* The command that is put behind each init. It has no C library, so that what is measured is the init.
 *
 * usage: command stamp      writes the time of its first instruction to stdout and exits
 *        command echo       for each SIGUSR1 writes the time of its receipt to stdout
 *        command orphans    for each order on stdin (struct order) makes orphans, then writes a byte to stdout
 *        command sleep      waits for ever
 *
 * Times are nanoseconds of CLOCK_MONOTONIC, as an unsigned long.
 */
#include "bare.h"
#include "order.h"

static void put(const void* data, long size) { call(__NR_write, 1, (long)data, size, 0, 0); }

static long fork_process(void) { return call(__NR_clone, SIGCHLD, 0, 0, 0, 0); }

static void echo(void) {
  unsigned long usr1 = 1ul << (SIGUSR1 - 1);
  unsigned long stamp = 0;
  call(__NR_rt_sigprocmask, SIG_BLOCK, (long)&usr1, 0, sizeof usr1, 0);
  put(&stamp, sizeof stamp);  // ready
  for (;;) {
    if (call(__NR_rt_sigtimedwait, (long)&usr1, 0, 0, sizeof usr1, 0) != SIGUSR1) continue;
    stamp = now();
    put(&stamp, sizeof stamp);
  }
}

/* A child that leaves one grandchild behind. The grandchild lives until nobody holds the writing end of the gate. */
static void make_orphan(const int gate[2]) {
  long child = fork_process();
  if (child == 0) {
    if (fork_process() == 0) {
      char byte;
      call(__NR_close, gate[1], 0, 0, 0, 0);
      call(__NR_read, gate[0], (long)&byte, 1, 0, 0);
    }
    end(0);
  }
  call(__NR_wait4, child, 0, 0, 0, 0);
}

static void make_orphans(struct order order) {
  while (order.bursts-- > 0) {
    int gate[2];
    call(__NR_pipe2, (long)gate, 0, 0, 0, 0);
    for (int i = 0; i < order.size; ++i) make_orphan(gate);
    call(__NR_close, gate[1], 0, 0, 0, 0);
    call(__NR_close, gate[0], 0, 0, 0, 0);
    sleep_ns(order.pause_ns);
  }
}

static void orphans(void) {
  struct order order;
  char done = 0;
  put(&done, 1);  // ready
  while (call(__NR_read, 0, (long)&order, sizeof order, 0, 0) == sizeof order) {
    make_orphans(order);
    put(&done, 1);
  }
}

void run(char** stack) {
  unsigned long first = now();
  const char* mode = stack[1] != 0 && stack[2] != 0 ? stack[2] : "";  // argc, argv[0], argv[1]
  switch (mode[0]) {
    case 's':
      if (mode[1] == 't') {
        put(&first, sizeof first);
      } else {
        sleep_for_ever();
      }
      break;
    case 'e':
      echo();
      break;
    case 'o':
      orphans();
      break;
  }
  end(0);
}
