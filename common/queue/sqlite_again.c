/*
 * What an operator does to a job that nobody holds, in SQLite: now instead of later, once more, not
 * at all; and whose it is. A leased one is its process's alone.
 */
#include "queue/sqlite.h"

#include "base/clock.h"
#include "base/mem.h"

/* One job, and what is wanted of it. */
struct asked {
	int64_t id;
	int64_t expires_ms; /* again */
	const char *reason; /* cancel */
	/* as it stands */
	bool found;
	enum queue_state state;
	char *lane;
	int64_t priority, suspect, not_before_ms, body_bytes, told;
};

static bool find(struct queue_sqlite *s, TALLOC_CTX *ctx, struct asked *a, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_FIND);

	a->found = false;
	queue_run_int(&r, a->id);
	if (queue_run_row(&r)) {
		a->found = true;
		a->state = (enum queue_state)sqlite3_column_int(r.st, 0);
		a->lane = mem_strdup(ctx, (const char *)sqlite3_column_text(r.st, 1));
		a->priority = sqlite3_column_int64(r.st, 2);
		a->suspect = sqlite3_column_int64(r.st, 3);
		a->not_before_ms = sqlite3_column_int64(r.st, 4);
		a->body_bytes = sqlite3_column_int64(r.st, 5);
		a->told = sqlite3_column_int64(r.st, 6);
	}
	if (!queue_run_end(&r, e))
		return false;
	if (!a->found)
		return err_set(e, ERR_NOT_FOUND, "there is no job %lld", (long long)a->id);
	return true;
}

static bool is_under_way(const struct asked *a, struct err *e)
{
	return err_set(e, ERR_BAD_INPUT,
		       "job %lld is being worked on at this moment: try again in a few seconds",
		       (long long)a->id);
}

/* The lane and its other jobs stay as they are, but for who is first. */
static bool make_due(struct queue_sqlite *s, const struct asked *a, struct err *e)
{
	const int64_t now_ms = clock_now_ms();
	struct queue_lane_change first = { .lane = a->lane,
					   .priority = a->priority,
					   .suspect = a->suspect,
					   .id = a->id,
					   .not_before_ms = now_ms };
	struct queue_run r;

	if (!queue_lane_resume(s, a->lane, e))
		return false;
	if (a->not_before_ms <= now_ms)
		return true;
	r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_DUE);
	queue_run_int(&r, a->id);
	queue_run_int(&r, now_ms);
	return queue_run_end(&r, e) && queue_lane_offer(s, &first, e);
}

static bool begin_anew(struct queue_sqlite *s, const struct asked *a, struct err *e)
{
	const int64_t now_ms = clock_now_ms();
	struct queue_lane_change in = { .lane = "",
					.pending = 1,
					.priority = a->priority,
					.id = a->id,
					.not_before_ms = now_ms };
	struct queue_run r;

	if (!a->told)
		return err_set(e, ERR_BAD_INPUT,
			       "job %lld is no delivery: whoever asked can ask again",
			       (long long)a->id);
	if (a->body_bytes == 0)
		return err_set(e, ERR_BAD_INPUT,
			       "job %lld died more than a week ago and its data is gone: Looker "
			       "can send it again",
			       (long long)a->id);
	r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_ANEW);
	queue_run_int(&r, a->id);
	queue_run_int(&r, now_ms);
	queue_run_int(&r, a->expires_ms);
	return queue_run_end(&r, e) && queue_job_drop(s, QUEUE_SQL_PROGRESS_DELETE, a->id, e) &&
	       queue_lane_apply(s, &in, e);
}

static bool again(struct queue_sqlite *s, const struct asked *a, struct err *e)
{
	switch (a->state) {
	case QUEUE_PENDING:
		return make_due(s, a, e);
	case QUEUE_LEASED:
		return is_under_way(a, e);
	case QUEUE_DONE:
		return err_set(e, ERR_BAD_INPUT, "job %lld is done: nothing is left to be done",
			       (long long)a->id);
	case QUEUE_DEAD:
		break;
	}
	return begin_anew(s, a, e);
}

static bool bury(struct queue_sqlite *s, const struct asked *a, struct err *e)
{
	struct queue_lane_change out = {
		.lane = a->lane, .pending = -1, .priority = a->priority, .suspect = a->suspect
	};
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_END);

	queue_run_int(&r, a->id);
	queue_run_int(&r, QUEUE_DEAD);
	queue_run_int(&r, clock_now_ms());
	queue_run_text(&r, a->reason);
	return queue_run_end(&r, e) && queue_lane_apply(s, &out, e);
}

static bool cancel(struct queue_sqlite *s, const struct asked *a, struct err *e)
{
	if (a->state == QUEUE_PENDING)
		return bury(s, a, e);
	if (a->state == QUEUE_LEASED)
		return is_under_way(a, e);
	return err_set(e, ERR_BAD_INPUT, "job %lld has ended already", (long long)a->id);
}

static bool run(struct queue_sqlite *s, struct asked *a,
		bool (*act)(struct queue_sqlite *s, const struct asked *a, struct err *e),
		struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	bool ok = find(s, ctx, a, e) && act(s, a, e);

	talloc_free(ctx);
	return ok;
}

static bool again_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	return run(s, arg, again, e);
}

static bool cancel_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	return run(s, arg, cancel, e);
}

bool queue_sqlite_again(struct queue *q, int64_t id, int64_t expires_ms, struct err *e)
{
	struct asked a = { .id = id, .expires_ms = expires_ms };

	return queue_writer_run(q->store, again_op, &a, e);
}

bool queue_sqlite_cancel(struct queue *q, int64_t id, const char *reason, struct err *e)
{
	struct asked a = { .id = id, .reason = reason };

	return queue_writer_run(q->store, cancel_op, &a, e);
}

struct whose {
	int64_t id;
	const char *whose;
};

static bool whose_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	const struct whose *w = arg;
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_WHOSE_SET);

	queue_run_int(&r, w->id);
	queue_run_text(&r, w->whose);
	return queue_run_end(&r, e);
}

bool queue_sqlite_set_whose(struct queue *q, int64_t id, const char *whose, struct err *e)
{
	struct whose w = { .id = id, .whose = whose };

	return queue_writer_run(q->store, whose_op, &w, e);
}
