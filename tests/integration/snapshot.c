// snapshot FILE: writes down everything that a program inherits, so that two runs can be compared.
//
// What must differ between two processes (ids of processes, inode numbers of pipes made anew) is left out or named
// by what it leads to.

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char** environ;

// The descriptors are looked at before any is opened: one by one, since a directory would need one itself.
struct {
  int flags, status_flags;
  struct stat file;
} open_files[256];

static void look_at_descriptors(void) {
  for (int fd = 0; fd < 256; ++fd) {
    open_files[fd].flags = fcntl(fd, F_GETFD);
    if (open_files[fd].flags < 0) continue;
    open_files[fd].status_flags = fcntl(fd, F_GETFL);
    fstat(fd, &open_files[fd].file);
  }
}

static void copy_lines(FILE* out, const char* path, const char* const* prefixes) {
  char line[4096];
  FILE* in = fopen(path, "re");
  if (!in) {
    fprintf(out, "%s: %s\n", path, strerror(errno));
    return;
  }
  while (fgets(line, sizeof line, in)) {
    for (const char* const* prefix = prefixes; *prefix; ++prefix) {
      if (strncmp(line, *prefix, strlen(*prefix)) == 0) fputs(line, out);
    }
  }
  fclose(in);
}

int main(int argc, char** argv) {
  look_at_descriptors();
  int tty = open("/dev/tty", O_RDWR | O_NOCTTY);
  int fd = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  FILE* out = fd < 0 ? NULL : fdopen(fd, "w");
  if (!out) return 99;

  for (int i = 2; i < argc; ++i) fprintf(out, "argument %d: %s\n", i, argv[i]);
  for (char** entry = environ; *entry; ++entry) fprintf(out, "environment: %s\n", *entry);
  for (int i = 0; i < 256; ++i) {
    if (open_files[i].flags < 0) continue;
    fprintf(out, "descriptor %d: flags %x, status %x, type %o, device %lx, inode %lx\n", i, open_files[i].flags,
            open_files[i].status_flags, open_files[i].file.st_mode, (long)open_files[i].file.st_rdev,
            (long)open_files[i].file.st_ino);
  }
  const char* const status[] = {"Umask:", "Uid:", "Gid:", "Groups:", "SigPnd:", "ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:",
                                "CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:",
                                "Cpus_allowed:", "THP_enabled:", "Speculation_Store_Bypass:", "Threads:", NULL};
  copy_lines(out, "/proc/self/status", status);
  const char* const everything[] = {"", NULL};
  copy_lines(out, "/proc/self/limits", everything);
  copy_lines(out, "/proc/self/oom_score_adj", everything);
  copy_lines(out, "/proc/self/timerslack_ns", everything);
  copy_lines(out, "/proc/self/personality", everything);
  char cwd[PATH_MAX];
  fprintf(out, "cwd: %s\n", getcwd(cwd, sizeof cwd) ? cwd : strerror(errno));
  int subreaper = -1;
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
  fprintf(out, "subreaper: %d, dumpable: %d, keepcaps: %d\n", subreaper, prctl(PR_GET_DUMPABLE),
          prctl(PR_GET_KEEPCAPS));
  fprintf(out, "nice: %d, scheduler: %d\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0));
  fprintf(out, "terminal: %s\n", tty >= 0 ? "yes" : "no");
  return fclose(out) == 0 ? 0 : 98;
}
