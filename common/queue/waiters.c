/*
 * The waiting of queue_lease. The head of a group's list is its watcher: it alone sleeps until the
 * next look is due, the others until their own deadline. The newest waiter is the head and gets
 * the next job, so that of many idle workers the same few work and the rest can end. While a look
 * is under way nobody leaves its group: what it leases, one job a waiter at most, has a taker.
 * This file does not know what a store is made of.
 */
#include "queue/waiters.h"

#include "base/clock.h"
#include "queue/backend.h"

struct queue_waiter {
	LIST_ENTRY(queue_waiter) link;
	pthread_cond_t cond;
	struct queue_job *job;
	bool leaving; /* its time is up; waits for the end of the look only */
};

void queue_waiters_init(struct queue_waiters *w)
{
	*w = (struct queue_waiters){ 0 };
	pthread_mutex_init(&w->lock, NULL);
	for (size_t i = 0; i < QUEUE_GROUPS; i++)
		LIST_INIT(&w->groups[i].waiters);
}

void queue_waiters_release(struct queue_waiters *w)
{
	pthread_mutex_destroy(&w->lock);
}

static void stir_group(struct queue_group *g)
{
	struct queue_waiter *head = LIST_FIRST(&g->waiters);

	g->stale = true;
	if (head && !g->looking)
		pthread_cond_signal(&head->cond);
}

/* A group's place tells its want. */
static size_t place_of(enum queue_priority max_priority, bool suspects)
{
	return (size_t)max_priority * 2 + (suspects ? 1 : 0);
}

void queue_waiters_stir(struct queue_waiters *w, enum queue_priority priority)
{
	pthread_mutex_lock(&w->lock);
	for (size_t i = place_of(priority, false); i < QUEUE_GROUPS; i++)
		stir_group(&w->groups[i]);
	pthread_mutex_unlock(&w->lock);
}

void queue_waiters_wake(struct queue_waiters *w)
{
	struct queue_waiter *each;

	pthread_mutex_lock(&w->lock);
	w->woken = true;
	for (size_t i = 0; i < QUEUE_GROUPS; i++) {
		LIST_FOREACH(each, &w->groups[i].waiters, link)
		pthread_cond_signal(&each->cond);
	}
	pthread_mutex_unlock(&w->lock);
}

static void join(struct queue_group *g, struct queue_waiter *me, int64_t until_ms)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&me->cond, &attr);
	pthread_condattr_destroy(&attr);
	LIST_INSERT_HEAD(&g->waiters, me, link);
	g->n_waiting++;
	/* Whoever would leave before the next look looks at once, except after a failure: then the
	 * disk gets its second. For all others it is known when there will be something to find. */
	if (!g->failed && until_ms < g->next_look_ms)
		g->stale = true;
}

static void leave(struct queue_group *g, struct queue_waiter *me)
{
	struct queue_waiter *head;

	if (!me->job) { /* whoever got a job was taken off the list with it */
		LIST_REMOVE(me, link);
		g->n_waiting--;
	}
	head = LIST_FIRST(&g->waiters);
	if (head)
		pthread_cond_signal(&head->cond);
	pthread_cond_destroy(&me->cond);
}

static void hand_over(struct queue_group *g, struct queue_waiter *to, struct queue_job *job)
{
	to->job = job;
	LIST_REMOVE(to, link);
	g->n_waiting--;
	pthread_cond_signal(&to->cond);
}

/* Gives out what a look brought: the looker first, it is awake. Wakes those whose time is up, and
 * the head: it may have come during the look. */
static void distribute(struct queue_group *g, struct queue_waiter *me,
		       const struct queue_look *look)
{
	struct queue_waiter *each;

	for (size_t i = 0; i < look->n; i++)
		hand_over(g, i == 0 ? me : LIST_FIRST(&g->waiters), look->jobs[i]);
	LIST_FOREACH(each, &g->waiters, link)
	{
		if (each->leaving || each == LIST_FIRST(&g->waiters))
			pthread_cond_signal(&each->cond);
	}
}

/* One look for the group, called and left with the lock held, open in between. */
static bool look_once(struct queue *q, struct queue_group *g, struct queue_waiter *me,
		      const struct queue_want *want, struct err *e)
{
	struct queue_job *jobs[QUEUE_LOOK_JOBS_MAX];
	struct queue_look look = { .jobs = jobs, .due_ms = INT64_MAX };
	int64_t wait_ms = QUEUE_LOOK_EVERY_MS;
	bool ok;

	look.max = g->n_waiting < QUEUE_LOOK_JOBS_MAX ? g->n_waiting : QUEUE_LOOK_JOBS_MAX;
	g->stale = false;
	g->looking = true;
	pthread_mutex_unlock(&q->waiters.lock);
	ok = q->backend->lease(q, want, &look, e);
	pthread_mutex_lock(&q->waiters.lock);
	g->looking = false;
	g->failed = !ok;

	if (ok && look.n == look.max)
		g->stale = true; /* there may be more */
	if (ok && look.due_ms - clock_now_ms() < wait_ms)
		wait_ms = look.due_ms - clock_now_ms();
	/* Due, yet not ours: another process was faster. Never spin on it. */
	g->next_look_ms = clock_mono_ms() + (wait_ms > 1 ? wait_ms : 1);
	if (!ok)
		look.n = 0;
	distribute(g, me, &look);
	return ok;
}

/* Sleeps until something happens to `me`, at most until its own time or the group's next look. */
static void wait_turn(struct queue_waiters *w, struct queue_group *g, struct queue_waiter *me,
		      int64_t until_ms)
{
	struct timespec limit;
	bool watcher = LIST_FIRST(&g->waiters) == me && !g->looking;

	if (g->looking && (w->woken || until_ms <= clock_mono_ms())) {
		me->leaving = true;
		pthread_cond_wait(&me->cond, &w->lock); /* as long as the look takes */
		return;
	}
	if (watcher && g->next_look_ms < until_ms)
		until_ms = g->next_look_ms;
	limit = clock_timespec(until_ms);
	pthread_cond_timedwait(&me->cond, &w->lock, &limit);
}

bool queue_waiters_lease(struct queue *q, const struct queue_want *want, int64_t until_ms,
			 struct queue_job **ret, struct err *e)
{
	struct queue_waiters *w = &q->waiters;
	struct queue_group *g = &w->groups[place_of(want->max_priority, want->suspects)];
	struct queue_waiter me = { 0 };
	bool ok = true;

	pthread_mutex_lock(&w->lock);
	join(g, &me, until_ms);
	while (ok && !me.job && (!w->woken || g->looking)) {
		bool watcher = LIST_FIRST(&g->waiters) == &me && !g->looking;

		if (watcher && (g->stale || g->next_look_ms <= clock_mono_ms()))
			ok = look_once(q, g, &me, want, e);
		else if (until_ms <= clock_mono_ms() && !g->looking)
			break;
		else
			wait_turn(w, g, &me, until_ms);
	}
	leave(g, &me);
	pthread_mutex_unlock(&w->lock);
	if (ok)
		*ret = me.job;
	return ok;
}
