/*
 * Waiting for a job's end: a look without a lock, then a short sleep that an end in this process
 * cuts short. It does not know what a store is made of, nor which job has ended: all look again.
 */
#include "queue/ends.h"

#include "base/clock.h"
#include "queue/backend.h"

void queue_ends_init(struct queue_ends *ends)
{
	pthread_condattr_t attr;

	*ends = (struct queue_ends){ 0 };
	pthread_mutex_init(&ends->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&ends->ended, &attr);
	pthread_condattr_destroy(&attr);
}

void queue_ends_release(struct queue_ends *ends)
{
	pthread_cond_destroy(&ends->ended);
	pthread_mutex_destroy(&ends->lock);
}

void queue_ends_stir(struct queue_ends *ends)
{
	pthread_mutex_lock(&ends->lock);
	if (ends->n_waiting > 0) {
		ends->n_ended++;
		pthread_cond_broadcast(&ends->ended);
	}
	pthread_mutex_unlock(&ends->lock);
}

void queue_ends_wake(struct queue_ends *ends)
{
	pthread_mutex_lock(&ends->lock);
	ends->woken = true;
	pthread_cond_broadcast(&ends->ended);
	pthread_mutex_unlock(&ends->lock);
}

/* From here on ends are counted: one that comes after the next look is not missed. */
static int64_t begin(struct queue_ends *ends)
{
	pthread_mutex_lock(&ends->lock);
	ends->n_waiting++;
	int64_t n_ended = ends->n_ended;
	pthread_mutex_unlock(&ends->lock);
	return n_ended;
}

static void finish(struct queue_ends *ends)
{
	pthread_mutex_lock(&ends->lock);
	ends->n_waiting--;
	pthread_mutex_unlock(&ends->lock);
}

/* Until a job has ended here, or it is time to look for others. False: no more waiting. */
static bool sleep_once(struct queue_ends *ends, int64_t *n_ended, int64_t until_ms)
{
	const int64_t look_ms = clock_deadline_ms(QUEUE_END_LOOK_MS);
	const struct timespec limit = clock_timespec(look_ms < until_ms ? look_ms : until_ms);

	pthread_mutex_lock(&ends->lock);
	if (ends->n_ended == *n_ended && !ends->woken)
		pthread_cond_timedwait(&ends->ended, &ends->lock, &limit);
	*n_ended = ends->n_ended;
	bool goes_on = !ends->woken;
	pthread_mutex_unlock(&ends->lock);
	return goes_on;
}

bool queue_wait_end(struct queue *q, TALLOC_CTX *ctx, int64_t id, int64_t until_ms,
		    enum queue_state *ret, const char **ret_reason, struct err *e)
{
	int64_t n_ended = begin(&q->ends);
	enum queue_state state;
	const char *reason;
	bool ok;

	for (;;) {
		ok = q->backend->state(q, ctx, id, &state, &reason, e);
		if (!ok || state == QUEUE_DONE || state == QUEUE_DEAD ||
		    clock_left_ms(until_ms) == 0 || !sleep_once(&q->ends, &n_ended, until_ms))
			break;
	}
	finish(&q->ends);
	if (!ok)
		return false;
	*ret = state;
	*ret_reason = reason;
	return true;
}
