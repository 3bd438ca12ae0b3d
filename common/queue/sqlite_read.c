/*
 * What only reads in SQLite, on the reading connection. It is one connection under a lock, also
 * while it reads from disk: a read takes some microseconds from the page cache, and a connection
 * for each of 256 threads would cost more than it brings.
 */
#include "queue/sqlite.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* Starts a statement for reading; read_end must follow. */
static struct queue_run read_start(struct queue_sqlite *s, enum queue_sql which)
{
	pthread_mutex_lock(&s->read_lock);
	return queue_run_start(&s->read_db, which);
}

static bool read_end(struct queue_sqlite *s, struct queue_run *r, struct err *e)
{
	bool ok = queue_run_end(r, e);

	pthread_mutex_unlock(&s->read_lock);
	return ok;
}

static bool read_number(struct queue_sqlite *s, struct queue_run *r, int64_t *ret, struct err *e)
{
	bool ok = queue_run_number(r, 0, ret, e);

	pthread_mutex_unlock(&s->read_lock);
	return ok;
}

bool queue_sqlite_lane_wait(struct queue *q, const char *lane, int64_t *ret_ms, struct err *e)
{
	struct queue_run r = read_start(q->store, QUEUE_SQL_LANE_WAIT);

	queue_run_text(&r, lane);
	queue_run_int(&r, clock_now_ms());
	return read_number(q->store, &r, ret_ms, e);
}

bool queue_sqlite_suspects(struct queue *q, int64_t *ret, struct err *e)
{
	struct queue_run r = read_start(q->store, QUEUE_SQL_SUSPECTS);

	queue_run_int(&r, clock_now_ms());
	return read_number(q->store, &r, ret, e);
}

bool queue_sqlite_holders(struct queue *q, TALLOC_CTX *ctx, char ***ret, size_t *ret_n,
			  struct err *e)
{
	struct queue_run r = read_start(q->store, QUEUE_SQL_HOLDERS);
	char **owners = NULL;
	size_t n = 0;

	while (queue_run_row(&r)) {
		owners = mem_grow(ctx, owners, char *, n + 1);
		owners[n++] = mem_strdup(ctx, (const char *)sqlite3_column_text(r.st, 0));
	}
	if (!read_end(q->store, &r, e))
		return false;
	*ret = owners;
	*ret_n = n;
	return true;
}

/* Ends the statement. */
static bool read_jobs(struct queue_sqlite *s, TALLOC_CTX *ctx, struct queue_run *r,
		      struct queue_job **ret, size_t *ret_n, struct err *e)
{
	struct queue_job *jobs = NULL;
	size_t n = 0;

	while (queue_run_row(r)) {
		jobs = mem_grow(ctx, jobs, struct queue_job, n + 1);
		queue_job_from_row(&jobs[n++], ctx, r->st);
	}
	if (!read_end(s, r, e))
		return false;
	*ret = jobs;
	*ret_n = n;
	return true;
}

bool queue_sqlite_list(struct queue *q, TALLOC_CTX *ctx, int state, size_t max,
		       struct queue_job **ret, size_t *ret_n, struct err *e)
{
	struct queue_run r =
		read_start(q->store, state < 0 ? QUEUE_SQL_LIST : QUEUE_SQL_LIST_STATE);

	queue_run_int(&r, (int64_t)max);
	if (state >= 0)
		queue_run_int(&r, state);
	return read_jobs(q->store, ctx, &r, ret, ret_n, e);
}

bool queue_sqlite_list_about(struct queue *q, TALLOC_CTX *ctx, int state, const char *whose,
			     size_t max, struct queue_job **ret, size_t *ret_n, struct err *e)
{
	struct queue_run r =
		read_start(q->store, whose ? QUEUE_SQL_LIST_WHOSE : QUEUE_SQL_LIST_ABOUT);

	queue_run_int(&r, (int64_t)max);
	queue_run_int(&r, state);
	if (whose)
		queue_run_text(&r, whose);
	return read_jobs(q->store, ctx, &r, ret, ret_n, e);
}

bool queue_sqlite_body_part(struct queue *q, TALLOC_CTX *ctx, int64_t id, int64_t n, char **ret,
			    size_t *ret_len, struct err *e)
{
	struct queue_sqlite *s = q->store;
	struct queue_run r = read_start(s, QUEUE_SQL_PART);
	char *bytes = NULL;
	size_t len = 0;

	queue_run_int(&r, id * QUEUE_BODY_PARTS_MAX + n);
	if (queue_run_row(&r)) {
		len = (size_t)sqlite3_column_bytes(r.st, 0);
		bytes = mem_array(ctx, char, len + 1);
		memcpy(bytes, sqlite3_column_blob(r.st, 0), len);
	}
	if (!read_end(s, &r, e)) {
		talloc_free(bytes);
		return false;
	}
	if (!bytes)
		return err_set(e, ERR_INTERNAL, "%s is damaged: job %lld has lost its body",
			       s->path, (long long)id);
	*ret = bytes;
	*ret_len = len;
	return true;
}

static bool no_such_job(int64_t id, struct err *e)
{
	return err_set(e, ERR_NOT_FOUND, "there is no job %lld", (long long)id);
}

bool queue_sqlite_get(struct queue *q, TALLOC_CTX *ctx, int64_t id, struct queue_job **ret,
		      struct err *e)
{
	struct queue_run r = read_start(q->store, QUEUE_SQL_GET);
	size_t n;

	queue_run_int(&r, id);
	return read_jobs(q->store, ctx, &r, ret, &n, e) && (n > 0 || no_such_job(id, e));
}

bool queue_sqlite_state(struct queue *q, TALLOC_CTX *ctx, int64_t id, enum queue_state *ret,
			const char **ret_reason, struct err *e)
{
	struct queue_run r = read_start(q->store, QUEUE_SQL_JOB_STATE);
	bool found = false;

	queue_run_int(&r, id);
	if (queue_run_row(&r)) {
		found = true;
		*ret = (enum queue_state)sqlite3_column_int(r.st, 0);
		*ret_reason = mem_strdup(ctx, (const char *)sqlite3_column_text(r.st, 1));
	}
	return read_end(q->store, &r, e) && (found || no_such_job(id, e));
}

bool queue_sqlite_depth(struct queue *q, struct queue_depth *ret, struct err *e)
{
	struct queue_run r = read_start(q->store, QUEUE_SQL_DEPTH);
	struct queue_depth depth = { 0 };
	int64_t age_ms;

	if (queue_run_row(&r)) {
		depth.pending = sqlite3_column_int64(r.st, 0);
		depth.leased = sqlite3_column_int64(r.st, 1);
		depth.dead = sqlite3_column_int64(r.st, 2);
		age_ms = clock_now_ms() - sqlite3_column_int64(r.st, 3);
		if (depth.pending > 0 && age_ms > 0)
			depth.oldest_due_ms = age_ms;
	}
	if (!read_end(q->store, &r, e))
		return false;
	r = read_start(q->store, QUEUE_SQL_BYTES);
	if (!read_number(q->store, &r, &depth.bytes, e))
		return false;
	*ret = depth;
	return true;
}

bool queue_sqlite_state_get(struct queue *q, TALLOC_CTX *ctx, const char *key, char **ret,
			    size_t *ret_len, struct err *e)
{
	struct queue_run r = read_start(q->store, QUEUE_SQL_STATE_GET);
	char *value = NULL;
	size_t len = 0;

	queue_run_text(&r, key);
	queue_run_int(&r, clock_now_ms());
	if (queue_run_row(&r)) {
		const void *bytes = sqlite3_column_blob(r.st, 0);

		len = (size_t)sqlite3_column_bytes(r.st, 0);
		value = mem_array(ctx, char, len + 1);
		if (len > 0)
			memcpy(value, bytes, len);
	}
	if (!read_end(q->store, &r, e)) {
		talloc_free(value);
		return false;
	}
	*ret = value;
	*ret_len = len;
	return true;
}
