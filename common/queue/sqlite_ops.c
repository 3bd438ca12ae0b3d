/*
 * What happens to a leased job in SQLite: progress and the ends of a lease, the return of a
 * process's leases; and a small writer, of states. An operation checks first that the
 * job is leased by this process, so a caller that is wrong about it changes nothing.
 */
#include "queue/sqlite.h"

#include <string.h>

#include "base/clock.h"
#include "base/mem.h"

/* A change of one leased job. */
struct change {
	int64_t id;
	enum queue_state state; /* QUEUE_DONE or QUEUE_DEAD, for end_op */
	int64_t when_ms;
	const char *reason;
	const char *progress;
	const char *lane; /* the new one, or NULL */
	bool held;
	bool room; /* for a job that waits */
};

/* Where a job that this process has leased stands. */
struct held {
	char *lane;
	int64_t priority, suspect;
};

static bool find_held(struct queue_sqlite *s, TALLOC_CTX *ctx, int64_t id, struct held *ret,
		      struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_HELD);
	struct held held = { 0 };

	queue_run_int(&r, id);
	queue_run_text(&r, s->q->owner.id);
	if (queue_run_row(&r)) {
		held.lane = mem_strdup(ctx, (const char *)sqlite3_column_text(r.st, 0));
		held.priority = sqlite3_column_int64(r.st, 1);
		held.suspect = sqlite3_column_int64(r.st, 2);
	}
	if (!queue_run_end(&r, e))
		return false;
	if (!held.lane)
		return err_set(e, ERR_INTERNAL, "job %lld is not leased by this process",
			       (long long)id);
	*ret = held;
	return true;
}

static bool set_progress(struct queue_sqlite *s, const struct change *c, struct err *e)
{
	struct queue_run r;

	if (!c->progress)
		return true;
	r = queue_run_start(&s->write_db, QUEUE_SQL_PROGRESS_SET);
	queue_run_int(&r, c->id);
	queue_run_blob(&r, c->progress, strlen(c->progress));
	return queue_run_end(&r, e);
}

static bool change_lane(struct queue_sqlite *s, struct change *c, const struct held *h,
			struct err *e)
{
	struct queue_lane_change leave = { .lane = h->lane, .in_flight = -1, .released = true };
	struct queue_lane_change enter = { .lane = c->lane,
					   .priority = h->priority,
					   .suspect = h->suspect };
	struct queue_run r;

	if (!queue_lane_apply(s, &leave, e) || !queue_lane_has_room(s, c->lane, &c->held, e))
		return false;
	c->room = leave.now_pending > 0 || !c->held;
	enter.in_flight = c->held ? 1 : 0;
	enter.pending = c->held ? 0 : 1;
	r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_MOVE);
	queue_run_int(&r, c->id);
	queue_run_text(&r, c->lane);
	queue_run_int(&r, c->held ? QUEUE_LEASED : QUEUE_PENDING);
	queue_run_text(&r, c->held ? s->q->owner.id : NULL);
	return queue_run_end(&r, e) && queue_lane_apply(s, &enter, e);
}

/* Runs `act` on a job that this process holds. */
static bool with_held(struct queue_sqlite *s, struct change *c,
		      bool (*act)(struct queue_sqlite *s, struct change *c, const struct held *h,
				  struct err *e),
		      struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct held h = { 0 };
	bool ok = find_held(s, ctx, c->id, &h, e) && act(s, c, &h, e);

	talloc_free(ctx);
	return ok;
}

static bool act_progress(struct queue_sqlite *s, struct change *c, const struct held *h,
			 struct err *e)
{
	c->held = true;
	c->room = false;
	if (!set_progress(s, c, e))
		return false;
	return !c->lane || strcmp(c->lane, h->lane) == 0 || change_lane(s, c, h, e);
}

static struct queue_lane_change back_in_lane(const struct held *h)
{
	return (struct queue_lane_change){ .lane = h->lane,
					   .pending = 1,
					   .in_flight = -1,
					   .released = true,
					   .priority = h->priority,
					   .suspect = h->suspect };
}

static bool act_retry(struct queue_sqlite *s, struct change *c, const struct held *h, struct err *e)
{
	struct queue_lane_change back = back_in_lane(h);
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_RETRY);
	int64_t now_ms = clock_now_ms();

	queue_run_int(&r, c->id);
	/* After whatever is due now: a job that is retried loses its place. */
	queue_run_int(&r, c->when_ms > now_ms ? c->when_ms : now_ms + 1);
	queue_run_text(&r, c->reason);
	return queue_run_end(&r, e) && queue_lane_apply(s, &back, e);
}

/* Its not-before stays: it was first, and is first again. */
static bool act_hold(struct queue_sqlite *s, struct change *c, const struct held *h, struct err *e)
{
	struct queue_lane_change back = back_in_lane(h);
	struct queue_run r;

	if (!h->lane[0])
		return act_retry(s, c, h, e);
	r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_HOLD);
	queue_run_int(&r, c->id);
	queue_run_text(&r, c->reason);
	return queue_run_end(&r, e) && queue_lane_apply(s, &back, e) &&
	       queue_lane_hold(s, h->lane, c->when_ms, e);
}

static bool act_end(struct queue_sqlite *s, struct change *c, const struct held *h, struct err *e)
{
	struct queue_lane_change out = { .lane = h->lane, .in_flight = -1, .released = true };
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_JOB_END);

	queue_run_int(&r, c->id);
	queue_run_int(&r, c->state);
	queue_run_int(&r, clock_now_ms());
	queue_run_text(&r, c->reason);
	if (!queue_run_end(&r, e) || !queue_lane_apply(s, &out, e))
		return false;
	c->room = out.now_pending > 0;
	return c->state != QUEUE_DONE || (queue_job_drop_parts(s, c->id, e) &&
					  queue_job_drop(s, QUEUE_SQL_PROGRESS_DELETE, c->id, e));
}

static bool progress_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	return with_held(s, arg, act_progress, e);
}

static bool retry_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	return with_held(s, arg, act_retry, e);
}

static bool hold_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	return with_held(s, arg, act_hold, e);
}

static bool end_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	return with_held(s, arg, act_end, e);
}

bool queue_sqlite_progress(struct queue *q, int64_t id, const char *progress, const char *lane,
			   bool *ret_held, bool *ret_room, struct err *e)
{
	struct change c = { .id = id, .progress = progress, .lane = lane };

	if (!queue_writer_run(q->store, progress_op, &c, e))
		return false;
	*ret_held = c.held;
	*ret_room = c.room;
	return true;
}

static bool end_lease(struct queue *q, struct change *c, bool *ret_room, struct err *e)
{
	if (!queue_writer_run(q->store, end_op, c, e))
		return false;
	*ret_room = c->room;
	return true;
}

bool queue_sqlite_done(struct queue *q, int64_t id, bool *ret_room, struct err *e)
{
	struct change c = { .id = id, .state = QUEUE_DONE };

	return end_lease(q, &c, ret_room, e);
}

bool queue_sqlite_retry_at(struct queue *q, int64_t id, int64_t when_ms, const char *reason,
			   struct err *e)
{
	struct change c = { .id = id, .when_ms = when_ms, .reason = reason };

	return queue_writer_run(q->store, retry_op, &c, e);
}

bool queue_sqlite_hold(struct queue *q, int64_t id, int64_t until_ms, const char *reason,
		       struct err *e)
{
	struct change c = { .id = id, .when_ms = until_ms, .reason = reason };

	return queue_writer_run(q->store, hold_op, &c, e);
}

bool queue_sqlite_dead(struct queue *q, int64_t id, const char *reason, bool *ret_room,
		       struct err *e)
{
	struct change c = { .id = id, .state = QUEUE_DEAD, .reason = reason };

	return end_lease(q, &c, ret_room, e);
}

struct give_back {
	const char *owner;
	int64_t deaths;
};

static bool give_back_one(struct queue_sqlite *s, int64_t id, int64_t deaths, struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct queue_lane_change back = { .pending = 1, .in_flight = -1, .released = true };
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_GIVE_BACK);
	bool ok;

	queue_run_int(&r, id);
	queue_run_int(&r, deaths);
	queue_run_int(&r, QUEUE_SUSPECT_DEATHS);
	queue_run_int(&r, QUEUE_MAX_DEATHS);
	if (queue_run_row(&r)) {
		back.lane = mem_strdup(ctx, (const char *)sqlite3_column_text(r.st, 0));
		back.priority = sqlite3_column_int64(r.st, 1);
		back.suspect = sqlite3_column_int64(r.st, 2);
	}
	ok = queue_run_end(&r, e) && queue_lane_apply(s, &back, e);
	talloc_free(ctx);
	return ok;
}

static bool give_back_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	const struct give_back *g = arg;
	int64_t id;

	do {
		struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_HELD_BY);

		queue_run_text(&r, g->owner);
		if (!queue_run_number(&r, 0, &id, e))
			return false;
		if (id && !give_back_one(s, id, g->deaths, e))
			return false;
	} while (id);
	return true;
}

bool queue_sqlite_give_back(struct queue *q, const char *owner, int64_t deaths, struct err *e)
{
	struct give_back g = { .owner = owner, .deaths = deaths };

	return queue_writer_run(q->store, give_back_op, &g, e);
}

struct state {
	const char *key;
	const char *value; /* NULL: delete */
	size_t len;
	int64_t expires_ms;
};

static bool state_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	const struct state *st = arg;
	struct queue_run r = queue_run_start(&s->write_db, st->value ? QUEUE_SQL_STATE_SET
								     : QUEUE_SQL_STATE_DELETE);

	queue_run_text(&r, st->key);
	if (st->value) {
		queue_run_blob(&r, st->value, st->len);
		queue_run_int(&r, st->expires_ms);
	}
	return queue_run_end(&r, e);
}

bool queue_sqlite_state_set(struct queue *q, const char *key, const char *value, size_t len,
			    int64_t expires_ms, struct err *e)
{
	struct state st = { .key = key, .value = value, .len = len, .expires_ms = expires_ms };

	return queue_writer_run(q->store, state_op, &st, e);
}
