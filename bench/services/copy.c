/* Reads from stdin and writes to stdout what it has read: the least that a logger has to do. */
#include <unistd.h>

int main(void) {
  static char buffer[65536];
  ssize_t got;
  while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
    for (ssize_t done = 0; done < got;) {
      ssize_t count = write(STDOUT_FILENO, buffer + done, (size_t)(got - done));
      if (count <= 0) return 1;
      done += count;
    }
  }
  return 0;
}
