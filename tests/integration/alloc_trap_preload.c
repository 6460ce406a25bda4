// Preloaded, it writes `allocation after fork` to the descriptor that ALLOC_TRAP_FD names when the process that has
// called fork() or _Fork() asks for memory afterwards. Its child may do as it likes.

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);
extern void* __libc_memalign(size_t, size_t);

static int trap_fd = -1;

static void check(void) {
  static const char message[] = "allocation after fork\n";
  if (trap_fd >= 0 && write(trap_fd, message, sizeof message - 1) < 0) _exit(99);
}

void* malloc(size_t size) {
  check();
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  check();
  return __libc_calloc(count, size);
}

void* realloc(void* block, size_t size) {
  check();
  return __libc_realloc(block, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  check();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void** block, size_t alignment, size_t size) {
  check();
  *block = __libc_memalign(alignment, size);
  return 0;
}

static pid_t forked(const char* name) {
  pid_t (*real)(void) = (pid_t(*)(void))dlsym(RTLD_NEXT, name);
  const char* fd = getenv("ALLOC_TRAP_FD");
  pid_t pid = real();
  if (pid > 0 && fd) trap_fd = atoi(fd);
  return pid;
}

pid_t fork(void) { return forked("fork"); }
pid_t _Fork(void) { return forked("_Fork"); }
