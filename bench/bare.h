/* What programs without a C library need of the kernel: so small that what is measured is what starts them. */
#include <asm/unistd.h>
#include <linux/signal.h>
#include <linux/time.h>

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

static inline unsigned long now(void) {
  struct timespec time;
  call(__NR_clock_gettime, 1 /* CLOCK_MONOTONIC */, (long)&time, 0, 0, 0);
  return (unsigned long)time.tv_sec * 1000000000ul + (unsigned long)time.tv_nsec;
}

static inline void end(int status) {
  for (;;) call(__NR_exit_group, status, 0, 0, 0, 0);
}

static inline void sleep_ns(long ns) {
  struct timespec time = {ns / 1000000000, ns % 1000000000};
  call(__NR_nanosleep, (long)&time, 0, 0, 0, 0);
}

static inline void sleep_for_ever(void) {
  for (;;) sleep_ns(1000000000000000000);
}

/* Where a program begins: `stack` is argc, then argv, a null, the environment, a null. */
__attribute__((used)) void run(char** stack);

#if defined __x86_64__
__asm__(".globl _start\n_start: mov %rsp, %rdi\n and $-16, %rsp\n call run\n");
#elif defined __aarch64__
__asm__(".globl _start\n_start: mov x0, sp\n bl run\n");
#endif
