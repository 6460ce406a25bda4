/* A service that has much to say: it waits for SIGUSR1, writes lines of 100 bytes for BENCH_MS milliseconds (a macro) as
 * fast as they are taken, in blocks as a buffered program does, and says how many bytes that were. */
#include "tell.h"

enum { kLine = 100, kLinesOfBlock = 640 };

static char block[kLine * kLinesOfBlock];

static void fill_block(void) {
  static const char kText[] = "GET /api/v1/orders/ HTTP/1.1 200 some more words of an ordinary line of an access log ";
  for (int line = 0; line < kLinesOfBlock; ++line) {
    char* at = block + line * kLine;
    for (int i = 0; i < kLine - 1; ++i) at[i] = i < (int)sizeof kText - 1 ? kText[i] : '.';
    int number = line;
    for (int i = kLine - 2; i > kLine - 6; --i, number /= 10) at[i] = (char)('0' + number % 10);
    at[kLine - 1] = '\n';
  }
}

static unsigned long duration_ns(void) { return (unsigned long)BENCH_MS * 1000000ul; }

void run(char** stack) {
  unsigned long usr1 = 1ul << (SIGUSR1 - 1);
  unsigned long bytes = 0;
  call(__NR_rt_sigprocmask, SIG_BLOCK, (long)&usr1, 0, sizeof usr1, 0);
  fill_block();
  tell(stack, kUp, now(), 0);
  while (call(__NR_rt_sigtimedwait, (long)&usr1, 0, 0, sizeof usr1, 0) != SIGUSR1) continue;
  unsigned long begin = now();
  unsigned long written_at = begin;
  while (written_at - begin < duration_ns()) {
    for (long done = 0; done < (long)sizeof block;) {
      long count = call(__NR_write, 1, (long)block + done, (long)sizeof block - done, 0, 0);
      if (count <= 0) end(3);
      done += count;
    }
    bytes += sizeof block;
    written_at = now();
  }
  tell(stack, kLines, written_at - begin, bytes);
  sleep_for_ever();
}
