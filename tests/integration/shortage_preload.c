// Preloaded, it makes short what SHORT_OF names, as the kernel does for a moment on a machine that is full:
//
//   watches    epoll_ctl(2) adds no SOCK_SEQPACKET socket the first time (ENOMEM)
//   looks      openat(2) opens only every second file called "stat" (ENFILE)

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/types.h>

static int is_short_of(const char* what) {
  const char* named = getenv("SHORT_OF");
  return named && strcmp(named, what) == 0;
}

static int is_seqpacket(int fd) {
  int type = 0;
  socklen_t size = sizeof type;
  return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_SEQPACKET;
}

int epoll_ctl(int epoll, int operation, int fd, struct epoll_event* event) {
  static int was_short;
  if (!was_short && operation == EPOLL_CTL_ADD && is_short_of("watches") && is_seqpacket(fd)) {
    was_short = 1;
    errno = ENOMEM;
    return -1;
  }
  int (*real)(int, int, int, struct epoll_event*) =
      (int (*)(int, int, int, struct epoll_event*))dlsym(RTLD_NEXT, "epoll_ctl");
  return real(epoll, operation, fd, event);
}

int openat(int directory, const char* path, int flags, ...) {
  static int looks;
  if (strcmp(path, "stat") == 0 && is_short_of("looks") && ++looks % 2 == 0) {
    errno = ENFILE;
    return -1;
  }
  va_list more;
  va_start(more, flags);
  mode_t mode = va_arg(more, mode_t);
  va_end(more);
  int (*real)(int, const char*, int, ...) = (int (*)(int, const char*, int, ...))dlsym(RTLD_NEXT, "openat");
  return real(directory, path, flags, mode);
}
