/* What the harness asks of `command orphans`. */
struct order {
  int bursts;    /* how often */
  int size;      /* orphans that end at the same moment */
  int pause_ns;  /* after each burst */
};
