/*
 * What goes with time in SQLite: expired keys and states, lanes that nobody needs, jobs that ended
 * long ago. A bounded number each time, so that nobody's commit waits for it.
 */
#include "queue/sqlite.h"

#include "base/clock.h"

#define CLEAN_ROWS_MAX 500 /* of each table, each time */
#define CLEAN_JOBS_MAX 100

bool queue_job_drop_parts(struct queue_sqlite *s, int64_t id, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_PARTS_DELETE);

	queue_run_int(&r, id * QUEUE_BODY_PARTS_MAX);
	queue_run_int(&r, (id + 1) * QUEUE_BODY_PARTS_MAX - 1);
	return queue_run_end(&r, e);
}

bool queue_job_drop(struct queue_sqlite *s, enum queue_sql which, int64_t id, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, which);

	queue_run_int(&r, id);
	return queue_run_end(&r, e);
}

static bool clean_table(struct queue_sqlite *s, enum queue_sql which, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, which);

	queue_run_int(&r, clock_now_ms());
	queue_run_int(&r, CLEAN_ROWS_MAX);
	return queue_run_end(&r, e);
}

/* Which jobs, that ended how long ago, lose their row or only what is left of their body. */
struct old_jobs {
	enum queue_sql which;
	enum queue_state state;
	int64_t ttl_ms;
	enum queue_sql drop;
};

static const struct old_jobs old_jobs[] = {
	{ QUEUE_SQL_ENDED, QUEUE_DONE, QUEUE_DONE_TTL_MS, QUEUE_SQL_JOB_DELETE },
	{ QUEUE_SQL_ENDED, QUEUE_DEAD, QUEUE_DONE_TTL_MS, QUEUE_SQL_JOB_DELETE },
	{ QUEUE_SQL_ENDED_ABOUT, QUEUE_DONE, QUEUE_ABOUT_TTL_MS, QUEUE_SQL_JOB_DELETE },
	{ QUEUE_SQL_ENDED_ABOUT, QUEUE_DEAD, QUEUE_ABOUT_TTL_MS, QUEUE_SQL_JOB_DELETE },
	{ QUEUE_SQL_DEAD_BODIES, QUEUE_DEAD, QUEUE_DONE_TTL_MS, QUEUE_SQL_BODY_DELETE },
};

static bool clean_jobs(struct queue_sqlite *s, const struct old_jobs *old, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, old->which);
	int64_t ids[CLEAN_JOBS_MAX];
	size_t n = 0;

	queue_run_int(&r, old->state);
	queue_run_int(&r, clock_now_ms() - old->ttl_ms);
	queue_run_int(&r, CLEAN_JOBS_MAX);
	while (queue_run_row(&r))
		ids[n++] = sqlite3_column_int64(r.st, 0);
	if (!queue_run_end(&r, e))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!queue_job_drop_parts(s, ids[i], e) ||
		    !queue_job_drop(s, QUEUE_SQL_PROGRESS_DELETE, ids[i], e) ||
		    !queue_job_drop(s, old->drop, ids[i], e))
			return false;
	}
	return true;
}

static bool clean_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	(void)arg;
	for (size_t i = 0; i < sizeof(old_jobs) / sizeof(old_jobs[0]); i++)
		if (!clean_jobs(s, &old_jobs[i], e))
			return false;
	return clean_table(s, QUEUE_SQL_CLEAN_KEYS, e) &&
	       clean_table(s, QUEUE_SQL_CLEAN_STATES, e) &&
	       clean_table(s, QUEUE_SQL_CLEAN_LANES, e);
}

bool queue_sqlite_clean(struct queue *q, struct err *e)
{
	return queue_writer_run(q->store, clean_op, NULL, e);
}
