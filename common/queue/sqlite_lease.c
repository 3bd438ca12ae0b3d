/*
 * queue_lease in SQLite: a read tells whether anything is due, and only then the writer picks jobs,
 * counts the attempt and loads them, all in one commit.
 */
#include "queue/sqlite.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

#define BODY_COLUMN 16 /* of a lease; a list has none */

struct lease {
	const struct queue_want *want;
	struct queue_look *look;
};

static char *copy_column(TALLOC_CTX *ctx, sqlite3_stmt *row, int column, size_t *ret_len)
{
	const void *bytes = sqlite3_column_blob(row, column);
	size_t len = (size_t)sqlite3_column_bytes(row, column);
	char *copy;

	if (ret_len)
		*ret_len = len;
	if (sqlite3_column_type(row, column) == SQLITE_NULL)
		return NULL;
	copy = mem_must(talloc_size(ctx, len + 1));
	if (len > 0)
		memcpy(copy, bytes, len);
	copy[len] = '\0';
	return copy;
}

void queue_job_from_row(struct queue_job *job, TALLOC_CTX *ctx, sqlite3_stmt *row)
{
	*job = (struct queue_job){
		.id = sqlite3_column_int64(row, 0),
		.kind = copy_column(ctx, row, 1, NULL),
		.lane = copy_column(ctx, row, 2, NULL),
		.priority = (enum queue_priority)sqlite3_column_int(row, 3),
		.state = (enum queue_state)sqlite3_column_int(row, 4),
		.created_ms = sqlite3_column_int64(row, 5),
		.not_before_ms = sqlite3_column_int64(row, 6),
		.expires_ms = sqlite3_column_int64(row, 7),
		.attempts = sqlite3_column_int64(row, 8),
		.deaths = sqlite3_column_int64(row, 9),
		.reason = copy_column(ctx, row, 10, NULL),
		.body_len = (size_t)sqlite3_column_int64(row, 11),
	};
	job->progress = copy_column(ctx, row, 12, &job->progress_len);
	job->ended_ms = sqlite3_column_int64(row, 13);
	job->about = copy_column(ctx, row, 14, NULL);
	job->whose = copy_column(ctx, row, 15, NULL);
	if (sqlite3_column_count(row) > BODY_COLUMN)
		job->body = copy_column(ctx, row, BODY_COLUMN, NULL);
}

/* The most urgent due job of a lane with room; *ret_id 0 when there is none. */
static bool pick(struct queue_db *db, const struct queue_want *want, int64_t *ret_id, struct err *e)
{
	int64_t now_ms = clock_now_ms(), id = 0;

	for (int priority = 0; priority <= (int)want->max_priority && !id; priority++) {
		struct queue_run r = queue_run_start(db, QUEUE_SQL_PICK);

		queue_run_int(&r, want->suspects);
		queue_run_int(&r, priority);
		queue_run_int(&r, now_ms);
		if (!queue_run_number(&r, 0, &id, e))
			return false;
	}
	*ret_id = id;
	return true;
}

/* When nothing is due now: the time of the next, as far as the next look will not find it. */
static bool next_due(struct queue_db *db, const struct queue_want *want, int64_t *ret_ms,
		     struct err *e)
{
	int64_t horizon_ms = clock_now_ms() + QUEUE_LOOK_EVERY_MS, first_ms = INT64_MAX, due_ms;

	for (int priority = 0; priority <= (int)want->max_priority; priority++) {
		struct queue_run r = queue_run_start(db, QUEUE_SQL_NEXT_DUE);

		queue_run_int(&r, want->suspects);
		queue_run_int(&r, priority);
		queue_run_int(&r, horizon_ms);
		if (!queue_run_number(&r, INT64_MAX, &due_ms, e))
			return false;
		if (due_ms < first_ms)
			first_ms = due_ms;
	}
	*ret_ms = first_ms;
	return true;
}

/* Reads only. *ret_due: there is something to lease. */
static bool peek(struct queue_sqlite *s, const struct queue_want *want, bool *ret_due,
		 int64_t *ret_next_ms, struct err *e)
{
	int64_t id = 0;
	bool ok;

	pthread_mutex_lock(&s->read_lock);
	ok = pick(&s->read_db, want, &id, e);
	if (ok && !id)
		ok = next_due(&s->read_db, want, ret_next_ms, e);
	pthread_mutex_unlock(&s->read_lock);
	if (ok)
		*ret_due = id != 0;
	return ok;
}

/* A body that is not in the row, and not too large to be many times in memory. */
static bool load_parts(struct queue_sqlite *s, struct queue_job *job, struct err *e)
{
	struct queue_run r;
	size_t have = 0;
	char *body;

	if (job->body || job->body_len > QUEUE_BODY_LEASED_MAX_BYTES)
		return true;
	r = queue_run_start(&s->write_db, QUEUE_SQL_PARTS);
	body = mem_array(job, char, job->body_len + 1);
	queue_run_int(&r, job->id * QUEUE_BODY_PARTS_MAX);
	queue_run_int(&r, (job->id + 1) * QUEUE_BODY_PARTS_MAX - 1);
	while (queue_run_row(&r)) {
		size_t len = (size_t)sqlite3_column_bytes(r.st, 0);

		if (len <= job->body_len - have)
			memcpy(body + have, sqlite3_column_blob(r.st, 0), len);
		have += len;
		if (have > job->body_len)
			break;
	}
	if (!queue_run_end(&r, e))
		return false;
	if (have != job->body_len)
		return err_set(e, ERR_INTERNAL, "%s is damaged: job %lld has lost its body",
			       s->path, (long long)job->id);
	job->body = body;
	return true;
}

/* Marks and loads one job, as a talloc context of its own: it goes to another thread. */
static bool take(struct queue_sqlite *s, int64_t id, bool suspect, struct queue_job **ret,
		 struct err *e)
{
	struct queue_job *job = mem_zero(NULL, struct queue_job);
	struct queue_lane_change change = { .pending = -1, .in_flight = 1, .suspect = suspect };
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LEASE);

	queue_run_int(&r, id);
	queue_run_text(&r, s->q->owner.id);
	if (queue_run_row(&r))
		queue_job_from_row(job, job, r.st);
	change.lane = job->lane;
	change.priority = job->priority;
	if (queue_run_end(&r, e) && queue_lane_apply(s, &change, e) && load_parts(s, job, e)) {
		*ret = job;
		return true;
	}
	talloc_free(job);
	return false;
}

static void forget(struct queue_look *look)
{
	while (look->n > 0)
		talloc_free(look->jobs[--look->n]);
}

static bool lease_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	struct lease *lease = arg;
	struct queue_look *look = lease->look;
	int64_t id;

	forget(look); /* of a first run */
	while (look->n < look->max) {
		if (!pick(&s->write_db, lease->want, &id, e))
			return false;
		if (!id)
			return next_due(&s->write_db, lease->want, &look->due_ms, e);
		if (!take(s, id, lease->want->suspects, &look->jobs[look->n], e))
			return false;
		look->n++;
	}
	return true;
}

/* The transaction's beginning is what matters. */
static bool nothing_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	(void)s, (void)arg, (void)e;
	return true;
}

bool queue_sqlite_lease(struct queue *q, const struct queue_want *want, struct queue_look *look,
			struct err *e)
{
	struct lease lease = { .want = want, .look = look };

	bool due;

	if (queue_clock_jumped(q->store) && !queue_writer_run(q->store, nothing_op, NULL, e))
		return false;
	if (!peek(q->store, want, &due, &look->due_ms, e))
		return false;
	if (!due)
		return true;
	if (queue_writer_run(q->store, lease_op, &lease, e))
		return true;
	forget(look);
	return false;
}
