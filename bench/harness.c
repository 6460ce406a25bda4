/* Starts each subject in turn, round after round, and prints one line of numbers for each measurement.
 *
 * usage: harness start   pid1|process ROUNDS ';' SUBJECT...
 *        harness latency pid1|process ROUNDS ';' SUBJECT...
 *        harness orphans pid1|process ROUNDS BURSTS SIZE PAUSE_NS ';' SUBJECT...
 *        harness hold    pid1|process ';' SUBJECT...
 *
 * A SUBJECT is the arguments of one program; they are separated by ';'. pid1: each is PID 1 of a new pid namespace.
 * Times are in nanoseconds. See print_*() for the lines.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "order.h"

enum { kMostSubjects = 16, kSettleNs = 150000 };

struct subject {
  char** argv;
  pid_t pid;
  int to_command;    /* its stdin */
  int from_command;  /* its stdout */
};

static struct subject subjects[kMostSubjects];
static int subject_count;
static int clone_flags;
static char* const environment[] = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/", NULL};

static void die(const char* what) {
  fprintf(stderr, "harness: %s: %s\n", what, strerror(errno));
  exit(1);
}

static unsigned long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (unsigned long)time.tv_sec * 1000000000ul + (unsigned long)time.tv_nsec;
}

static void sleep_ns(long ns) {
  struct timespec time = {ns / 1000000000, ns % 1000000000};
  nanosleep(&time, NULL);
}

/* Each round has an order of its own: what ran just before leaves its mark on caches. The same in every run. */
static const int* order_of_round(void) {
  static int order[kMostSubjects];
  for (int i = 0; i < subject_count; ++i) {
    int j = rand() % (i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  return order;
}

struct start {
  char** argv;
  int input, output;
};

/* Runs in the child, in the parent's memory. A session of its own is what a container engine gives. */
static int become(void* argument) {
  struct start* start = argument;
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(start->input, STDIN_FILENO);
  dup2(start->output, STDOUT_FILENO);
  execve(start->argv[0], start->argv, environment);
  _exit(127);
}

/* The pipes last as long as the subject does; all descriptors are close-on-exec. */
static void spawn(struct subject* subject, const int input[2], const int output[2]) {
  static char stack[65536] __attribute__((aligned(16)));
  struct start start = {subject->argv, input[0], output[1]};
  subject->to_command = input[1];
  subject->from_command = output[0];
  subject->pid = clone(become, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD | clone_flags, &start);
  if (subject->pid < 0) die("clone");
}

static void make_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) != 0) die("pipe2");
}

/* Reads what the command says, for at most ten seconds. */
static void hear(const struct subject* subject, void* data, size_t size) {
  alarm(10);
  if (read(subject->from_command, data, size) != (ssize_t)size) {
    fprintf(stderr, "harness: %s: its command says nothing\n", subject->argv[0]);
    exit(1);
  }
  alarm(0);
}

/* Minor page faults of a process that has ended but is not reaped, and of the children that it has reaped. */
static void read_faults(pid_t pid, unsigned long* own, unsigned long* of_children) {
  char path[64], line[1024];
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  FILE* file = fopen(path, "re");
  if (file == NULL || fgets(line, sizeof line, file) == NULL) die(path);
  fclose(file);
  char* at = strrchr(line, ')');
  if (at == NULL || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %lu %lu", own, of_children) != 2) die(path);
}

/* ROUND SUBJECT START EXIT RUN FAULTS CHILD_FAULTS
 * START: from before the spawn to the command's first instruction. EXIT: from there to the end of the subject being
 * told to us. RUN: both. */
static void measure_start(int rounds) {
  int input[2] = {open("/dev/null", O_RDONLY | O_CLOEXEC), -1};
  int output[2];
  make_pipe(output);
  for (int round = 0; round < rounds; ++round) {
    const int* turns = order_of_round();
    for (int i = 0; i < subject_count; ++i) {
      struct subject* subject = &subjects[turns[i]];
      siginfo_t ended;
      unsigned long first, own = 0, of_children = 0;
      unsigned long before = now();
      spawn(subject, input, output);
      waitid(P_PID, (id_t)subject->pid, &ended, WEXITED | WNOWAIT);
      unsigned long after = now();
      read_faults(subject->pid, &own, &of_children);
      waitpid(subject->pid, NULL, 0);
      hear(subject, &first, sizeof first);
      printf("%d %d %lu %lu %lu %lu %lu\n", round, turns[i], first - before, after - first,
             after - before, own, of_children);
      sleep_ns(kSettleNs);
    }
  }
}

static void start_all(void) {
  for (int i = 0; i < subject_count; ++i) {
    int input[2], output[2];
    make_pipe(input);
    make_pipe(output);
    spawn(&subjects[i], input, output);
    close(input[0]);
    close(output[1]);
  }
}

static void end_all(void) {
  for (int i = 0; i < subject_count; ++i) {
    kill(subjects[i].pid, SIGKILL);
    waitpid(subjects[i].pid, NULL, 0);
  }
}

/* ROUND SUBJECT LATENCY: from before kill(2) to the command's receipt. */
static void measure_latency(int rounds) {
  unsigned long stamp;
  start_all();
  for (int i = 0; i < subject_count; ++i) hear(&subjects[i], &stamp, sizeof stamp);
  sleep_ns(300000000);
  for (int round = 0; round < rounds; ++round) {
    const int* turns = order_of_round();
    for (int i = 0; i < subject_count; ++i) {
      int which = turns[i];
      unsigned long before = now();
      if (kill(subjects[which].pid, SIGUSR1) != 0) die("kill");
      hear(&subjects[which], &stamp, sizeof stamp);
      printf("%d %d %lu\n", round, which, stamp - before);
      sleep_ns(kSettleNs);
    }
  }
  end_all();
}

/* What the process has had of the processors, in nanoseconds. */
static unsigned long cpu_time(pid_t pid) {
  char path[64];
  unsigned long time;
  snprintf(path, sizeof path, "/proc/%d/schedstat", pid);
  FILE* file = fopen(path, "re");
  if (file == NULL || fscanf(file, "%lu", &time) != 1) die(path);
  fclose(file);
  return time;
}

static unsigned long settled_cpu_time(pid_t pid) {
  unsigned long time = cpu_time(pid);
  for (;;) {
    sleep_ns(5000000);
    unsigned long later = cpu_time(pid);
    if (later == time) return time;
    time = later;
  }
}

/* ROUND SUBJECT CPU: of the subject, for all the orphans of one order. */
static void measure_orphans(int rounds, struct order order) {
  char byte;
  start_all();
  for (int i = 0; i < subject_count; ++i) hear(&subjects[i], &byte, 1);
  for (int round = 0; round < rounds; ++round) {
    const int* turns = order_of_round();
    for (int i = 0; i < subject_count; ++i) {
      struct subject* subject = &subjects[turns[i]];
      unsigned long before = settled_cpu_time(subject->pid);
      if (write(subject->to_command, &order, sizeof order) != sizeof order) die("write");
      hear(subject, &byte, 1);
      printf("%d %d %lu\n", round, turns[i], settled_cpu_time(subject->pid) - before);
    }
  }
  end_all();
}

/* The pids on one line; then all stay until stdin ends. */
static void hold(void) {
  char byte;
  start_all();
  for (int i = 0; i < subject_count; ++i) printf("%d ", subjects[i].pid);
  printf("\n");
  fflush(stdout);
  while (read(STDIN_FILENO, &byte, 1) > 0) continue;
  end_all();
}

static void split_subjects(char** argv) {
  for (; *argv != NULL; ++argv) {
    if (strcmp(*argv, ";") != 0) continue;
    *argv = NULL;
    if (subject_count == kMostSubjects) exit(2);
    subjects[subject_count++].argv = argv + 1;
  }
}

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  const char* mode = argv[1];
  char** numbers = argv + 3;
  clone_flags = strcmp(argv[2], "pid1") == 0 ? CLONE_NEWPID : 0;
  if (clone_flags != 0 && geteuid() != 0) clone_flags |= CLONE_NEWUSER;
  split_subjects(argv + 3);
  if (strcmp(mode, "start") == 0) measure_start(atoi(numbers[0]));
  if (strcmp(mode, "latency") == 0) measure_latency(atoi(numbers[0]));
  if (strcmp(mode, "hold") == 0) hold();
  if (strcmp(mode, "orphans") == 0) {
    struct order order = {atoi(numbers[1]), atoi(numbers[2]), atoi(numbers[3])};
    measure_orphans(atoi(numbers[0]), order);
  }
  return 0;
}
