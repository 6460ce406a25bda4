// Preloaded, it gives PID 1 the trouble that TROUBLE names:
//
//   watches    epoll_ctl(2) adds no SOCK_SEQPACKET socket the first time (ENOMEM)
//   looks      openat(2) opens only every second file called "stat" (ENFILE)
//   writes     only every second write(2) is not interrupted (EINTR)
//   files      each write(2) to a file that was opened is interrupted

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int has_trouble_with(const char* what) {
  const char* named = getenv("TROUBLE");
  return named && strcmp(named, what) == 0 && getpid() == 1;
}

static int fail(int number) {
  errno = number;
  return -1;
}

static int is_seqpacket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event* event) {
  static int seen;
  if (operation == EPOLL_CTL_ADD && has_trouble_with("watches") && is_seqpacket(fd) && !seen++) return fail(ENOMEM);
  int (*real)(int, int, int, struct epoll_event*) =
      (int (*)(int, int, int, struct epoll_event*))dlsym(RTLD_NEXT, "epoll_ctl");
  return real(epoll, operation, fd, event);
}

int openat(int directory, const char* path, int flags, ...) {
  static int looks;
  if (strcmp(path, "stat") == 0 && has_trouble_with("looks") && ++looks % 2 == 0) return fail(ENFILE);
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  int (*real)(int, const char*, int, ...) = (int (*)(int, const char*, int, ...))dlsym(RTLD_NEXT, "openat");
  return real(directory, path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t count) {
  static int writes;
  if (has_trouble_with("writes") && ++writes % 2 != 0) return fail(EINTR);
  struct stat status;
  if (has_trouble_with("files") && fd > 2 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) return fail(EINTR);
  ssize_t (*real)(int, const void*, size_t) = (ssize_t(*)(int, const void*, size_t))dlsym(RTLD_NEXT, "write");
  return real(fd, bytes, count);
}
