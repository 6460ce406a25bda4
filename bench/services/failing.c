/* A service that fails as soon as it is up. */
#include "tell.h"

void run(char** stack) {
  tell(stack, kFailing, now(), 0);
  end(1);
}
