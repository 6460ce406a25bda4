/* What the programs of the benchmark of services tell it, through the FIFO that BENCH_FIFO names. */
struct record {
  unsigned long kind;
  unsigned long time;  /* ns of CLOCK_MONOTONIC */
  unsigned long value;
};

enum {
  kBegin,   /* the supervisor is about to be executed */
  kUp,      /* a service is up */
  kFailing, /* a service that ends at once is up */
  kLines,   /* lines were written: `time` is how long that took, `value` the number of bytes */
  kSignal,  /* a signal has come */
  kEnd,     /* the supervisor has ended: `value` is its wait status */
};
