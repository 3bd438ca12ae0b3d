/* How long to wait before the next try to connect. Pure. */
#ifndef RELAY_BACKOFF_H
#define RELAY_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

/* At once after no failure; then about 1 s, 2 s, 4 s, ... 60 s: from half of it to all of it, by
 * `random` (any number), so that many relays do not come at once. */
int64_t backoff_ms(unsigned failures, uint32_t random);

/* Failures in a row, when a connection has ended: one that said hello and lived is none, one that
 * said hello and died at once is, but does not make the wait long. */
unsigned backoff_count(unsigned failures, bool was_open, int64_t lived_ms);

#endif
