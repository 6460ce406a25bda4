/* A service: says that it is up, and stays until it is ended. */
#include "tell.h"

void run(char** stack) {
  tell(stack, kUp, now(), 0);
  sleep_for_ever();
}
