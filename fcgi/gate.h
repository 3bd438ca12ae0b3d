/* Large bodies, one at a time: each costs a multiple of its size while it is read. */
#ifndef FCGI_GATE_H
#define FCGI_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Waits until nobody else is inside, at most `wait_ms`, and not at all where `max_waiting` others
 * do so already. True: inside, until gate_leave. */
bool gate_enter(int64_t wait_ms, int64_t max_waiting) ERR_MUST_CHECK;
void gate_leave(void);

#endif
