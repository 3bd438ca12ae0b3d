/*
 * The waiting of queue_lease. Threads that want the same wait as a group, of which one at a time
 * looks into the store, and one look leases for all of the group that wait: 256 idle workers cost
 * one read a second, and 256 due jobs a few commits instead of 256.
 */
#ifndef QUEUE_WAITERS_H
#define QUEUE_WAITERS_H

#include <pthread.h>
#include <stdint.h>
#include <sys/queue.h>

#include "queue/queue.h"

#define QUEUE_LOOK_JOBS_MAX 32		    /* most jobs that one look leases */
#define QUEUE_LOOK_EVERY_MS 1000	    /* other processes put jobs without telling us */
#define QUEUE_GROUPS (QUEUE_PRIORITIES * 2) /* one for each struct queue_want */

struct queue_waiter;

struct queue_group {
	LIST_HEAD(, queue_waiter) waiters; /* the newest first */
	size_t n_waiting;
	bool looking;	      /* a thread is in the store for this group */
	bool stale;	      /* something changed since the last look began */
	bool failed;	      /* the last look did */
	int64_t next_look_ms; /* monotonic */
};

struct queue_waiters {
	pthread_mutex_t lock;
	bool woken;
	struct queue_group groups[QUEUE_GROUPS];
};

void queue_waiters_init(struct queue_waiters *w);
void queue_waiters_release(struct queue_waiters *w);

/* queue_lease: waits in q->waiters, looks with q->backend->lease. */
bool queue_waiters_lease(struct queue *q, const struct queue_want *want, int64_t until_ms,
			 struct queue_job **ret, struct err *e) ERR_MUST_CHECK;

/* A job was put or returned, or a lane has room: those who would take such a priority look again
 * (QUEUE_PRIORITIES: nobody). */
void queue_waiters_stir(struct queue_waiters *w, enum queue_priority priority);

/* Ends all waits, now and later. */
void queue_waiters_wake(struct queue_waiters *w);

#endif
