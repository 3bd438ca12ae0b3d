/*
 * Threads that wait for something else than the disk, counted, since each is one that cannot answer
 * Slack meanwhile: for their turn with a large body, of which one at a time is read (it costs a
 * multiple of its size), or for the end of what somebody in Looker has sent.
 */
#ifndef FCGI_GATE_H
#define FCGI_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* Waits until nobody else is inside, at most `wait_ms`, and not at all where `max_waiting` others
 * wait already, for whatever. True: inside, until gate_leave. */
bool gate_enter(int64_t wait_ms, int64_t max_waiting) ERR_MUST_CHECK;
void gate_leave(void);

/* Whether one more thread may wait where `max_waiting` do already, for whatever, until
 * gate_wait_end. */
bool gate_wait_begin(int64_t max_waiting) ERR_MUST_CHECK;
void gate_wait_end(void);

#endif
