/*
 * The queue's front: finds the backend by the URL's scheme, and does what is the same for all of
 * them: checks of what comes in, recovery by owner locks, waking those who wait, counting.
 */
#include "queue/queue.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/stats.h"
#include "queue/backend.h"

static const struct queue_backend *const backends[] = {
	&queue_sqlite,
};

#define N_BACKENDS (sizeof(backends) / sizeof(backends[0]))

static const struct queue_backend *find_backend(const char *url)
{
	for (size_t i = 0; i < N_BACKENDS; i++) {
		if (strncmp(url, backends[i]->scheme, strlen(backends[i]->scheme)) == 0)
			return backends[i];
	}
	return NULL;
}

struct queue_lane_rule queue_lane_rule(const struct queue *q, const char *lane)
{
	for (size_t i = 0; i < q->n_rules && lane[0]; i++) {
		if (strncmp(lane, q->rules[i].prefix, strlen(q->rules[i].prefix)) == 0)
			return q->rules[i];
	}
	return (struct queue_lane_rule){ .prefix = "", .max_in_flight = INT64_MAX };
}

static struct queue *new_queue(TALLOC_CTX *ctx, const struct queue_options *options)
{
	struct queue *q = mem_zero(ctx, struct queue);

	q->owner.lock_fd = -1;
	q->owner.dir_fd = -1;
	q->max_bytes = options->max_bytes;
	q->n_rules = options->n_rules;
	q->rules = mem_array(q, struct queue_lane_rule, q->n_rules);
	for (size_t i = 0; i < q->n_rules; i++) {
		q->rules[i] = options->rules[i];
		q->rules[i].prefix = mem_strdup(q, options->rules[i].prefix);
	}
	q->visitor = options->visitor;
	queue_waiters_init(&q->waiters);
	queue_ends_init(&q->ends);
	return q;
}

static void free_queue(struct queue *q)
{
	q->backend->close(q);
	queue_owner_release(&q->owner);
	queue_waiters_release(&q->waiters);
	queue_ends_release(&q->ends);
	talloc_free(q);
}

bool queue_open(TALLOC_CTX *ctx, const struct queue_options *options, struct queue **ret,
		struct err *e)
{
	const struct queue_backend *backend = find_backend(options->url);
	struct queue *q;

	if (!backend)
		return err_set(e, ERR_BAD_INPUT,
			       "no queue for this URL's scheme: it must begin with \"%s\"",
			       backends[0]->scheme);
	if (sodium_init() < 0)
		die("libsodium cannot start");
	q = new_queue(ctx, options);
	q->backend = backend;
	/* A visitor leases nothing. */
	if ((q->visitor || queue_owner_init(&q->owner, q, options->state_dir, e)) &&
	    backend->open(q, options->url + strlen(backend->scheme), e)) {
		*ret = q;
		return true;
	}
	free_queue(q);
	return false;
}

void queue_close(struct queue *q)
{
	struct err ignored;

	if (!q)
		return;
	queue_waiters_wake(&q->waiters);
	/* When even that cannot be written, the jobs are found by the next recovery. */
	if (!q->visitor)
		q->backend->give_back(q, q->owner.id, 0, &ignored);
	free_queue(q);
}

static bool check_put(const struct queue_put *job, struct err *e)
{
	if (!job->kind || !job->kind[0] || !job->lane || job->priority >= QUEUE_PRIORITIES ||
	    job->expires_ms <= 0 || (job->body_len > 0 && !job->body))
		return err_set(e, ERR_INTERNAL, "a job without kind, lane, priority or expiry");
	if (job->about && strlen(job->about) > QUEUE_ABOUT_MAX_BYTES)
		return err_set(e, ERR_INTERNAL, "what is told about a job is too long");
	if (job->body_len > QUEUE_BODY_MAX_BYTES)
		return err_set(e, ERR_BAD_INPUT, "the job's body is larger than %d MiB",
			       QUEUE_BODY_MAX_BYTES >> 20);
	return true;
}

/* Wakes those who would take one of the new jobs. */
static void stir_for(struct queue *q, const struct queue_put *jobs, size_t n, const int64_t *ids)
{
	enum queue_priority first = QUEUE_PRIORITIES;

	for (size_t i = 0; i < n; i++) {
		if (ids[i] != 0 && jobs[i].priority < first)
			first = jobs[i].priority;
	}
	queue_waiters_stir(&q->waiters, first);
}

bool queue_put(struct queue *q, const struct queue_put *jobs, size_t n, int64_t *ret_ids,
	       struct err *e)
{
	int64_t *ids;
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		if (!check_put(&jobs[i], e))
			return false;
	}
	ids = mem_array(NULL, int64_t, n);
	if (n > 0)
		ok = q->backend->put(q, jobs, n, ids, e);
	for (size_t i = 0; ok && i < n; i++) {
		if (ids[i] == 0)
			stats_add(STATS_DUPLICATES);
		if (ret_ids)
			ret_ids[i] = ids[i];
	}
	if (ok)
		stir_for(q, jobs, n, ids);
	talloc_free(ids);
	return ok;
}

bool queue_lease(struct queue *q, TALLOC_CTX *ctx, const struct queue_want *want, int64_t until_ms,
		 struct queue_job **ret, struct err *e)
{
	struct queue_job *job;

	if (want->max_priority >= QUEUE_PRIORITIES)
		return err_set(e, ERR_INTERNAL, "a lease without priority");
	if (!queue_waiters_lease(q, want, until_ms, &job, e))
		return false;
	*ret = talloc_move(ctx, &job);
	return true;
}

bool queue_body_part(struct queue *q, TALLOC_CTX *ctx, int64_t id, int64_t n, char **ret,
		     size_t *ret_len, struct err *e)
{
	return q->backend->body_part(q, ctx, id, n, ret, ret_len, e);
}

void queue_wake(struct queue *q)
{
	queue_waiters_wake(&q->waiters);
	queue_ends_wake(&q->ends);
}

/* What may have made room or work, of whatever priority: those who wait look again. */
static bool stirred(struct queue *q, bool ok)
{
	if (ok)
		queue_waiters_stir(&q->waiters, QUEUE_PRIORITY_MODAL);
	return ok;
}

bool queue_progress(struct queue *q, int64_t id, const char *progress, const char *lane,
		    bool *ret_held, struct err *e)
{
	bool held, room;

	if (!q->backend->progress(q, id, progress, lane, &held, &room, e))
		return false;
	if (ret_held)
		*ret_held = held;
	return !room || stirred(q, true);
}

bool queue_done(struct queue *q, int64_t id, struct err *e)
{
	bool room;

	if (!q->backend->done(q, id, &room, e))
		return false;
	queue_ends_stir(&q->ends);
	return !room || stirred(q, true);
}

bool queue_retry_at(struct queue *q, int64_t id, int64_t when_ms, const char *reason, struct err *e)
{
	return stirred(q, q->backend->retry_at(q, id, when_ms, reason, e));
}

bool queue_hold(struct queue *q, int64_t id, int64_t until_ms, const char *reason, struct err *e)
{
	return stirred(q, q->backend->hold(q, id, until_ms, reason, e));
}

bool queue_dead(struct queue *q, int64_t id, const char *reason, struct err *e)
{
	bool room;

	if (!q->backend->dead(q, id, reason, &room, e))
		return false;
	queue_ends_stir(&q->ends);
	return !room || stirred(q, true);
}

bool queue_lane_pause(struct queue *q, const char *lane, int64_t until_ms, struct err *e)
{
	return q->backend->lane_pause(q, lane, until_ms, e);
}

bool queue_lane_take(struct queue *q, const char *lane, bool *ret_taken, struct err *e)
{
	return q->backend->lane_take(q, lane, ret_taken, e);
}

bool queue_lane_wait(struct queue *q, const char *lane, int64_t *ret_ms, struct err *e)
{
	return q->backend->lane_wait(q, lane, ret_ms, e);
}

/* Returns the jobs of `owner` when it is dead, and removes its file. */
static bool recover_owner(struct queue *q, const char *owner, struct err *e)
{
	int fd;

	if (strcmp(owner, q->owner.id) == 0 || !queue_owner_is_dead(&q->owner, owner, &fd))
		return true;
	if (!q->backend->give_back(q, owner, 1, e)) {
		queue_owner_leave(fd);
		return false;
	}
	queue_owner_bury(&q->owner, owner, fd);
	return stirred(q, true);
}

bool queue_recover(struct queue *q, int64_t *ret_suspects, struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char **holders, **files;
	size_t n_holders, n_files;
	bool ok = q->backend->holders(q, ctx, &holders, &n_holders, e) &&
		  queue_owner_list(&q->owner, ctx, &files, &n_files, e);

	/* Owners of leases whose file is gone, then all that have a file, with leases or without.
	 */
	for (size_t i = 0; ok && i < n_holders; i++)
		ok = recover_owner(q, holders[i], e);
	for (size_t i = 0; ok && i < n_files; i++)
		ok = recover_owner(q, files[i], e);
	talloc_free(ctx);
	return ok && q->backend->suspects(q, ret_suspects, e);
}

bool queue_clean(struct queue *q, struct err *e)
{
	return q->backend->clean(q, e);
}

bool queue_list(struct queue *q, TALLOC_CTX *ctx, int state, size_t max, struct queue_job **ret,
		size_t *ret_n, struct err *e)
{
	return q->backend->list(q, ctx, state, max, ret, ret_n, e);
}

bool queue_list_about(struct queue *q, TALLOC_CTX *ctx, int state, const char *whose, size_t max,
		      struct queue_job **ret, size_t *ret_n, struct err *e)
{
	return q->backend->list_about(q, ctx, state, whose, max, ret, ret_n, e);
}

bool queue_get(struct queue *q, TALLOC_CTX *ctx, int64_t id, struct queue_job **ret, struct err *e)
{
	return q->backend->get(q, ctx, id, ret, e);
}

bool queue_set_whose(struct queue *q, int64_t id, const char *whose, struct err *e)
{
	return q->backend->set_whose(q, id, whose, e);
}

bool queue_again(struct queue *q, int64_t id, int64_t expires_ms, struct err *e)
{
	return stirred(q, q->backend->again(q, id, expires_ms, e));
}

bool queue_cancel(struct queue *q, int64_t id, const char *reason, struct err *e)
{
	if (!q->backend->cancel(q, id, reason, e))
		return false;
	queue_ends_stir(&q->ends);
	return true;
}

bool queue_depth(struct queue *q, struct queue_depth *ret, struct err *e)
{
	return q->backend->depth(q, ret, e);
}

bool queue_state_set(struct queue *q, const char *key, const char *value, size_t len,
		     int64_t expires_ms, struct err *e)
{
	return q->backend->state_set(q, key, value, len, expires_ms, e);
}

bool queue_state_get(struct queue *q, TALLOC_CTX *ctx, const char *key, char **ret, size_t *ret_len,
		     struct err *e)
{
	return q->backend->state_get(q, ctx, key, ret, ret_len, e);
}
