/* Asks onit for the status of all services, without end and as fast as it answers, over several connections at once.
 *
 * usage: flood SOCKET CLIENTS
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void ask(const struct sockaddr_un* address) {
  static const char kRequest[] = "GET /v1/services HTTP/1.1\r\nHost: onit\r\n\r\n";
  char answer[65536];
  int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (client < 0) return;
  if (connect(client, (const struct sockaddr*)address, sizeof *address) == 0 &&
      send(client, kRequest, sizeof kRequest - 1, MSG_NOSIGNAL) > 0) {
    while (read(client, answer, sizeof answer) > 0) continue;
  }
  close(client);
}

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 3 || strlen(argv[1]) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, argv[1]);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int i = atoi(argv[2]); i > 0; --i) {
    pid_t child = fork();
    if (child < 0) return 1;
    if (child > 0) continue;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) ask(&address);
  }
  while (wait(NULL) > 0) continue;
  return 0;
}
