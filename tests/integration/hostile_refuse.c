// hostile_refuse CALL NUMBER PROGRAM [ARG]...: runs a program under a seccomp profile that answers with errno NUMBER to
// CALL, which is `splice` or `rt_sigtimedwait`.

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 4) return 99;
  __u32 call = strcmp(argv[1], "splice") == 0 ? SYS_splice : SYS_rt_sigtimedwait;
  __u32 answer = SECCOMP_RET_ERRNO | (__u32)atoi(argv[2]);
  struct sock_filter rules[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, answer),
  };
  struct sock_fprog program = {sizeof rules / sizeof rules[0], rules};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 98;
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) return 97;
  execv(argv[3], argv + 3);
  return 96;
}
