// Runs a program under a seccomp profile that answers some calls with an errno and allows all others.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { kMostCalls = 8 };

// Returns only if it failed, with an exit status that says at what.
static inline int run_refusing(const int* calls, int count, int number, char** program) {
  struct sock_filter rules[kMostCalls + 3];
  int length = 0;
  rules[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
  for (int i = 0; i < count; ++i) {
    __u8 to_refusal = (__u8)(count - i);
    rules[length++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (__u32)calls[i], to_refusal, 0);
  }
  rules[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  rules[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (__u32)number);
  struct sock_fprog profile = {(unsigned short)length, rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 98;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &profile) != 0) return 97;
  execv(program[0], program);
  return 96;
}
