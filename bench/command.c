/* The command that is put behind each init. It has no C library, so that what is measured is the init.
 *
 * usage: command stamp      writes the time of its first instruction to stdout and exits
 *        command echo       for each SIGUSR1 writes the time of its receipt to stdout
 *        command orphans    for each order on stdin (struct order) makes orphans, then writes a byte to stdout
 *        command sleep      waits for ever
 *
 * Times are nanoseconds of CLOCK_MONOTONIC, as an unsigned long.
 */
#include <asm/unistd.h>
#include <linux/signal.h>
#include <linux/time.h>

#include "order.h"

static long call(long number, long a, long b, long c, long d, long e) {
#if defined __x86_64__
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
#elif defined __aarch64__
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
#else
#error "no system calls for this machine yet"
#endif
}

static unsigned long now(void) {
  struct timespec time;
  call(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, (long)&time, 0, 0, 0);
  return (unsigned long)time.tv_sec * 1000000000ul + (unsigned long)time.tv_nsec;
}

static void end(void) {
  for (;;) call(__NR_exit_group, 0, 0, 0, 0, 0);
}

static void put(const void* data, long size) { call(__NR_write, 1, (long)data, size, 0, 0); }

static long fork_process(void) { return call(__NR_clone, SIGCHLD, 0, 0, 0, 0); }

static void sleep_ns(long ns) {
  struct timespec time = {ns / 1000000000, ns % 1000000000};
  call(__NR_nanosleep, (long)&time, 0, 0, 0, 0);
}

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
    end();
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

__attribute__((used)) void run(char** stack) {
  unsigned long first = now();
  const char* mode = stack[1] != 0 && stack[2] != 0 ? stack[2] : "";  // argc, argv[0], argv[1]
  switch (mode[0]) {
    case 's':
      if (mode[1] == 't') {
        put(&first, sizeof first);
      } else {
        for (;;) sleep_ns(1000000000000000000);
      }
      break;
    case 'e':
      echo();
      break;
    case 'o':
      orphans();
      break;
  }
  end();
}

#if defined __x86_64__
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
#elif defined __aarch64__
__asm__(".globl _start\n_start: mov x0, sp\n bl run\n");
#endif
