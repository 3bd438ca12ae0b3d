/* One place a process, and one count; who waits has a deadline. */
#include "fcgi/gate.h"

#include <pthread.h>

#include "base/clock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t left = PTHREAD_COND_INITIALIZER;
static bool taken;
static int64_t waiting;

bool gate_enter(int64_t wait_ms, int64_t max_waiting)
{
	const struct timespec until = clock_timespec(clock_deadline_ms(wait_ms));
	int failed = 0;

	pthread_mutex_lock(&lock);
	bool may_wait = waiting < max_waiting;
	waiting++;
	while (may_wait && taken && failed == 0)
		failed = pthread_cond_clockwait(&left, &lock, CLOCK_MONOTONIC, &until);
	waiting--;
	bool entered = !taken;
	taken = true;
	pthread_mutex_unlock(&lock);
	return entered;
}

void gate_leave(void)
{
	pthread_mutex_lock(&lock);
	taken = false;
	pthread_cond_signal(&left);
	pthread_mutex_unlock(&lock);
}

bool gate_wait_begin(int64_t max_waiting)
{
	pthread_mutex_lock(&lock);
	bool may_wait = waiting < max_waiting;
	waiting += may_wait;
	pthread_mutex_unlock(&lock);
	return may_wait;
}

void gate_wait_end(void)
{
	pthread_mutex_lock(&lock);
	waiting--;
	pthread_mutex_unlock(&lock);
}
