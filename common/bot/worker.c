/*
 * Threads. A worker leases, runs, logs; when the last waiting one has got a job it starts another
 * first, so that the pool grows with the load, and one that finds nothing for a minute ends. What
 * a job does is in bot/job.c.
 */
#include "bot/worker.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bot/catalogue.h"
#include "bot/directory.h"
#include "bot/job.h"
#include "bot/loading.h"

#define IDLE_MS (60 * 1000LL)
#define STACK_BYTES (256 * 1024)
#define URGENT_WORKERS 2
#define WORKER_NICE 5 /* an acknowledgement has 3 s, an answer has time */
#define RECOVER_EVERY_MS 2000
#define CLEAN_EVERY_MS (60 * 1000LL)
#define LEASE_PAUSE_MS 1000

extern char **environ;

struct worker_pool {
	struct bot_host *host;
	size_t max;
	atomic_bool stop;
	pthread_mutex_t lock; /* the counters below */
	pthread_cond_t changed;
	size_t running; /* all threads but the supervisor */
	size_t general; /* workers that take any priority ... */
	size_t waiting; /* ... and those of them without a job */
	struct loading *loading;
	pthread_t supervisor;
	pid_t suspect; /* the child that runs a suspect, or 0; supervisor only */
};

struct worker {
	struct worker_pool *pool;
	bool urgent; /* priority 0 only; never ends by itself */
};

static void *worker_main(void *arg);

static void log_end(const struct queue_job *job, const struct job_end *end, int64_t started_ms)
{
	enum log_level level =
		strcmp(end->event, "job_dead") == 0 ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;

	const struct log_field fields[] = {
		LOG_I("job", job->id),
		LOG_S("kind", job->kind),
		LOG_I("attempt", job->attempts),
		LOG_I("ms", clock_mono_ms() - started_ms),
		LOG_I("age_ms", clock_now_ms() - job->created_ms),
		LOG_S("reason", end->reason),
		LOG_S("request", end->request),
	};
	size_t n = sizeof(fields) / sizeof(fields[0]);

	log_write(level, end->event, fields, end->request ? n : n - 1);
}

static void run_one(struct bot_host *host, struct loading *loading, TALLOC_CTX *ctx,
		    const struct queue_job *job, const atomic_bool *stop)
{
	int64_t started_ms = clock_mono_ms();
	struct bot *bot = bot_take(host);
	struct job_end end = job_run(ctx, bot, loading, job, stop);

	log_end(job, &end, started_ms);
	bot_drop(bot);
}

/* Starts one thread, detached; the caller holds the lock and has counted it. */
static bool start_thread(struct worker_pool *pool, bool urgent)
{
	pthread_attr_t attr;
	pthread_t thread;
	struct worker *w = malloc(sizeof(*w));

	if (!w)
		die("out of memory");
	*w = (struct worker){ .pool = pool, .urgent = urgent };
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	int failed = pthread_create(&thread, &attr, worker_main, w);
	pthread_attr_destroy(&attr);
	if (failed)
		free(w);
	return failed == 0;
}

static bool add_worker(struct worker_pool *pool, bool urgent)
{
	pool->running++;
	if (!urgent) {
		pool->general++;
		pool->waiting++;
	}
	if (start_thread(pool, urgent))
		return true;
	pool->running--;
	if (!urgent) {
		pool->general--;
		pool->waiting--;
	}
	return false;
}

/* A worker got a job: somebody else must wait for the next one. */
static void worker_busy(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->waiting--;
	if (pool->waiting == 0 && pool->general < pool->max && !atomic_load(&pool->stop) &&
	    !add_worker(pool, false))
		log_warning("worker_not_started", LOG_I("workers", (long long)pool->general));
	pthread_mutex_unlock(&pool->lock);
}

static void worker_free(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->waiting++;
	pthread_mutex_unlock(&pool->lock);
}

/* Whether an idle worker may end: one always stays. Counts it out when it may. */
static bool worker_may_end(struct worker_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	bool may = pool->waiting > 1 || atomic_load(&pool->stop);
	if (may) {
		pool->general--;
		pool->waiting--;
	}
	pthread_mutex_unlock(&pool->lock);
	return may;
}

static void lease_failed(struct worker_pool *pool, const struct err *e)
{
	log_error("lease_failed", LOG_S("kind", err_kind_name(e->kind)), LOG_S("reason", e->text));
	if (!atomic_load(&pool->stop))
		clock_sleep_until(clock_deadline_ms(LEASE_PAUSE_MS));
}

/* One lease and its job; false when nothing came within the idle time. */
static bool work_once(struct worker *w)
{
	struct worker_pool *pool = w->pool;
	struct queue_want want = { .max_priority = w->urgent ? QUEUE_PRIORITY_MODAL
							     : QUEUE_PRIORITY_DELIVERY };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct queue_job *job = NULL;
	struct err e;

	if (!queue_lease(bot_host_queue(pool->host), ctx, &want, clock_deadline_ms(IDLE_MS), &job,
			 &e))
		lease_failed(pool, &e);
	if (job) {
		if (!w->urgent)
			worker_busy(pool);
		run_one(pool->host, pool->loading, ctx, job, &pool->stop);
		if (!w->urgent)
			worker_free(pool);
	}
	talloc_free(ctx);
	return job != NULL;
}

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct worker_pool *pool = w->pool;
	bool urgent = w->urgent;

	if (!urgent)
		setpriority(PRIO_PROCESS, 0, WORKER_NICE); /* in Linux: of this thread alone */
	for (;;) {
		bool worked = !atomic_load(&pool->stop) && work_once(w);
		if (urgent ? atomic_load(&pool->stop) : !worked && worker_may_end(pool))
			break;
	}
	free(w);
	pthread_mutex_lock(&pool->lock);
	pool->running--;
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

/* --- suspects: a job under which processes die runs in one of its own --- */

static void reap_suspect(struct worker_pool *pool, int flags)
{
	int status;

	if (pool->suspect == 0 || waitpid(pool->suspect, &status, flags) == 0)
		return;
	if (WIFSIGNALED(status))
		log_error("suspect_died", LOG_I("pid", pool->suspect),
			  LOG_I("signal", WTERMSIG(status)));
	pool->suspect = 0;
}

static void start_suspect(struct worker_pool *pool)
{
	char *argv[] = { program_invocation_name, (char *)"--suspect", NULL };
	sigset_t none;
	posix_spawnattr_t attr;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK);
	int failed = posix_spawn(&pool->suspect, "/proc/self/exe", NULL, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	if (failed) {
		pool->suspect = 0;
		log_error("suspect_not_started", LOG_S("reason", strerror(failed)));
		return;
	}
	log_warning("suspect_started", LOG_I("pid", pool->suspect));
}

static void supervise_once(struct worker_pool *pool)
{
	int64_t suspects = 0;
	struct err e;

	reap_suspect(pool, WNOHANG);
	if (!queue_recover(bot_host_queue(pool->host), &suspects, &e))
		log_error("recover_failed", LOG_S("reason", e.text));
	if (suspects > 0 && pool->suspect == 0)
		start_suspect(pool);
}

/* Waits on `changed` until the time or the stop. */
static void supervisor_wait(struct worker_pool *pool, int64_t until_ms)
{
	struct timespec ts = clock_timespec(until_ms);

	pthread_mutex_lock(&pool->lock);
	while (!atomic_load(&pool->stop) && clock_mono_ms() < until_ms)
		pthread_cond_timedwait(&pool->changed, &pool->lock, &ts);
	pthread_mutex_unlock(&pool->lock);
}

static void *supervisor_main(void *arg)
{
	struct worker_pool *pool = arg;
	int64_t clean_at_ms = clock_deadline_ms(CLEAN_EVERY_MS);
	struct err e;

	while (!atomic_load(&pool->stop)) {
		supervise_once(pool);
		if (clock_left_ms(clean_at_ms) == 0) {
			if (!queue_clean(bot_host_queue(pool->host), &e))
				log_error("clean_failed", LOG_S("reason", e.text));
			malloc_trim(0); /* what a burst needed goes back to the system */
			clean_at_ms = clock_deadline_ms(CLEAN_EVERY_MS);
		}
		supervisor_wait(pool, clock_deadline_ms(RECOVER_EVERY_MS));
	}
	if (pool->suspect != 0) {
		kill(pool->suspect, SIGTERM);
		reap_suspect(pool, 0);
	}
	return NULL;
}

/* --- the pool --- */

static void init_sync(struct worker_pool *pool)
{
	pthread_condattr_t attr;

	pthread_mutex_init(&pool->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&pool->changed, &attr);
	pthread_condattr_destroy(&attr);
}

bool worker_start(TALLOC_CTX *ctx, struct bot_host *host, size_t max, struct worker_pool **ret,
		  struct err *e)
{
	struct worker_pool *pool = mem_zero(ctx, struct worker_pool);

	pool->host = host;
	pool->max = max;
	init_sync(pool);
	if (!loading_start(pool, &pool->loading, e))
		return false;
	pthread_mutex_lock(&pool->lock);
	bool ok = add_worker(pool, false);
	for (int i = 0; i < URGENT_WORKERS; i++)
		ok = ok && add_worker(pool, true);
	pthread_mutex_unlock(&pool->lock);
	ok = ok && pthread_create(&pool->supervisor, NULL, supervisor_main, pool) == 0;
	if (!ok)
		return err_set(e, ERR_INTERNAL, "cannot start threads: %s", strerror(errno));
	struct bot *bot = bot_take(host);
	catalogue_read_later(bot, CATALOGUE_MAX_AGE_MS);
	directory_read_later(bot, DIRECTORY_MAX_AGE_MS);
	bot_drop(bot);
	*ret = pool;
	return true;
}

bool worker_stop(struct worker_pool *pool, int64_t wait_ms)
{
	int64_t until_ms = clock_deadline_ms(wait_ms);
	struct timespec ts = clock_timespec(until_ms);

	pthread_mutex_lock(&pool->lock);
	atomic_store(&pool->stop, true);
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
	queue_wake(bot_host_queue(pool->host));
	pthread_join(pool->supervisor, NULL);

	pthread_mutex_lock(&pool->lock);
	while (pool->running > 0 && clock_mono_ms() < until_ms)
		pthread_cond_timedwait(&pool->changed, &pool->lock, &ts);
	bool all = pool->running == 0;
	pthread_mutex_unlock(&pool->lock);
	if (all)
		loading_stop(pool->loading);
	return all;
}

bool worker_run_suspect(struct bot_host *host, struct err *e)
{
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY, .suspects = true };
	const atomic_bool stop = false;
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct queue_job *job = NULL;

	bool ok = queue_lease(bot_host_queue(host), ctx, &want, clock_mono_ms(), &job, e);
	if (ok && job)
		run_one(host, NULL, ctx, job, &stop);
	talloc_free(ctx);
	return ok;
}
