/*
 * The waiting of queue_wait_end: whoever waits for a job's end looks into the store a few times a
 * second, since other processes end jobs too, and at once when this process has ended one.
 */
#ifndef QUEUE_ENDS_H
#define QUEUE_ENDS_H

#include <pthread.h>
#include <stdint.h>

#include "queue/queue.h"

struct queue_ends {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t n_waiting;
	int64_t n_ended; /* while somebody waited */
	bool woken;
};

void queue_ends_init(struct queue_ends *ends);
void queue_ends_release(struct queue_ends *ends);

/* This process has ended a job. */
void queue_ends_stir(struct queue_ends *ends);

/* Ends all waits, now and later. */
void queue_ends_wake(struct queue_ends *ends);

#endif
