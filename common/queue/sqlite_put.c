/*
 * queue_put in SQLite: duplicates, the job, its keys and the parts of its body.
 */
#include "queue/sqlite.h"

#include "base/clock.h"

#define FULL_RETRY_MS (60 * 1000)

struct put {
	const struct queue_put *jobs;
	size_t n;
	int64_t *ids;
	int64_t now_ms;
};

/* Deliveries are refused above the limit, so that commands still find room. */
static bool check_room(struct queue_sqlite *s, const struct put *p, struct err *e)
{
	struct queue_run r;
	int64_t bytes;
	bool delivery = false;

	for (size_t i = 0; i < p->n; i++)
		delivery |= p->jobs[i].priority == QUEUE_PRIORITY_DELIVERY;
	if (!delivery || s->q->max_bytes <= 0)
		return true;
	r = queue_run_start(&s->write_db, QUEUE_SQL_BYTES);
	if (!queue_run_number(&r, 0, &bytes, e))
		return false;
	if (bytes < s->q->max_bytes)
		return true;
	err_set(e, ERR_RATE_LIMITED,
		"the queue in %s holds %lld MiB, as much as it may: deliveries are refused until "
		"it has worked some off (or raise LOOKERBOT_STATE_MAX)",
		s->path, (long long)(bytes >> 20));
	e->not_before_ms = p->now_ms + FULL_RETRY_MS;
	return false;
}

static bool is_duplicate(struct queue_sqlite *s, const struct queue_put *job, int64_t now_ms,
			 bool *ret, struct err *e)
{
	int64_t known = 0;

	for (size_t i = 0; i < QUEUE_KEYS_MAX && !known; i++) {
		struct queue_run r;

		if (!job->keys[i])
			continue;
		r = queue_run_start(&s->write_db, QUEUE_SQL_KEY_KNOWN);
		queue_run_text(&r, job->kind);
		queue_run_text(&r, job->keys[i]);
		queue_run_int(&r, now_ms);
		if (!queue_run_number(&r, 0, &known, e))
			return false;
	}
	*ret = known != 0;
	return true;
}

static bool add_keys(struct queue_sqlite *s, const struct queue_put *job, int64_t now_ms,
		     struct err *e)
{
	for (size_t i = 0; i < QUEUE_KEYS_MAX; i++) {
		struct queue_run r;

		if (!job->keys[i])
			continue;
		r = queue_run_start(&s->write_db, QUEUE_SQL_KEY_ADD);
		queue_run_text(&r, job->kind);
		queue_run_text(&r, job->keys[i]);
		queue_run_int(&r, now_ms + (job->key_ttl_ms ? job->key_ttl_ms : QUEUE_KEY_TTL_MS));
		if (!queue_run_end(&r, e))
			return false;
	}
	return true;
}

static bool add_parts(struct queue_sqlite *s, const struct queue_put *job, int64_t id,
		      struct err *e)
{
	const char *bytes = job->body;
	size_t done = 0;

	if (job->body_len <= QUEUE_BODY_INLINE_BYTES)
		return true;
	for (int64_t part = 0; done < job->body_len; part++) {
		struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_PART_ADD);
		size_t len = job->body_len - done;

		if (len > QUEUE_PART_BYTES)
			len = QUEUE_PART_BYTES;
		queue_run_int(&r, id * QUEUE_BODY_PARTS_MAX + part);
		queue_run_blob(&r, bytes + done, len);
		if (!queue_run_end(&r, e))
			return false;
		done += len;
	}
	return true;
}

static int64_t not_before(const struct queue_put *job, int64_t now_ms)
{
	return job->not_before_ms ? job->not_before_ms : now_ms;
}

static bool add_job(struct queue_sqlite *s, const struct queue_put *job, int64_t now_ms,
		    int64_t *ret_id, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_ADD);

	queue_run_text(&r, job->kind);
	queue_run_text(&r, job->lane);
	queue_run_int(&r, job->priority);
	queue_run_int(&r, now_ms);
	queue_run_int(&r, not_before(job, now_ms));
	queue_run_int(&r, job->expires_ms);
	queue_run_int(&r, (int64_t)job->body_len);
	queue_run_text(&r, job->about);
	queue_run_text(&r, job->about ? job->whose : NULL);
	if (job->body_len <= QUEUE_BODY_INLINE_BYTES) /* else it is NULL */
		queue_run_blob(&r, job->body, job->body_len);
	if (!queue_run_end(&r, e))
		return false;
	*ret_id = sqlite3_last_insert_rowid(s->write_db.db);
	return true;
}

static bool put_one(struct queue_sqlite *s, const struct queue_put *job, int64_t now_ms,
		    int64_t *ret_id, struct err *e)
{
	struct queue_lane_change change = { .lane = job->lane,
					    .pending = 1,
					    .priority = job->priority,
					    .not_before_ms = not_before(job, now_ms) };
	bool duplicate;

	*ret_id = 0;
	if (!is_duplicate(s, job, now_ms, &duplicate, e))
		return false;
	if (duplicate)
		return true;
	if (!add_job(s, job, now_ms, ret_id, e))
		return false;
	change.id = *ret_id;
	return add_keys(s, job, now_ms, e) && add_parts(s, job, *ret_id, e) &&
	       queue_lane_apply(s, &change, e);
}

static bool put_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	struct put *p = arg;

	p->now_ms = clock_now_ms();
	if (!check_room(s, p, e))
		return false;
	for (size_t i = 0; i < p->n; i++) {
		if (!put_one(s, &p->jobs[i], p->now_ms, &p->ids[i], e))
			return false;
	}
	return true;
}

bool queue_sqlite_put(struct queue *q, const struct queue_put *jobs, size_t n, int64_t *ret_ids,
		      struct err *e)
{
	struct put p = { .jobs = jobs, .n = n, .ids = ret_ids };

	return queue_writer_run(q->store, put_op, &p, e);
}
