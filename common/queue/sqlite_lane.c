/*
 * Lanes as rows: counters and times that hold over all processes because they change in the
 * transaction that changes the jobs. Each change also writes the rule's limits into the row, so
 * that a lease can compare columns.
 */
#include "queue/sqlite.h"

#include "base/clock.h"
#include "base/mem.h"

static bool run_for_head(struct queue_sqlite *s, enum queue_sql which,
			 const struct queue_lane_change *change, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, which);

	queue_run_int(&r, change->suspect);
	queue_run_text(&r, change->lane);
	queue_run_int(&r, change->priority);
	if (which == QUEUE_SQL_HEAD_OFFER) {
		queue_run_int(&r, change->not_before_ms);
		queue_run_int(&r, change->id);
	}
	return queue_run_end(&r, e);
}

/* The first pending job of the lane and priority may be another one now. */
static bool change_head(struct queue_sqlite *s, const struct queue_lane_change *change,
			struct err *e)
{
	if (change->pending == 0)
		return true;
	if (change->id)
		return run_for_head(s, QUEUE_SQL_HEAD_OFFER, change, e);
	/* What comes leaves no lane empty. */
	return (change->pending > 0 || run_for_head(s, QUEUE_SQL_HEAD_DELETE, change, e)) &&
	       run_for_head(s, QUEUE_SQL_HEAD_SET, change, e);
}

static bool change_counters(struct queue_sqlite *s, struct queue_lane_change *change, struct err *e)
{
	struct queue_lane_rule rule = queue_lane_rule(s->q, change->lane);
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LANE_CHANGE);

	queue_run_text(&r, change->lane);
	queue_run_int(&r, change->pending);
	queue_run_int(&r, change->in_flight);
	queue_run_int(&r, rule.max_in_flight);
	queue_run_int(&r, rule.gap_ms);
	queue_run_int(&r, change->released && rule.gap_ms > 0 ? clock_now_ms() + rule.gap_ms : 0);
	return queue_run_number(&r, 0, &change->now_pending, e);
}

bool queue_lane_offer(struct queue_sqlite *s, const struct queue_lane_change *change, struct err *e)
{
	return run_for_head(s, QUEUE_SQL_HEAD_OFFER, change, e);
}

bool queue_lane_apply(struct queue_sqlite *s, struct queue_lane_change *change, struct err *e)
{
	return change_counters(s, change, e) && change_head(s, change, e);
}

bool queue_lane_has_room(struct queue_sqlite *s, const char *lane, bool *ret, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LANE_ROOM);
	int64_t room;

	queue_run_text(&r, lane);
	queue_run_int(&r, clock_now_ms());
	if (!queue_run_number(&r, queue_lane_rule(s->q, lane).max_in_flight > 0, &room, e))
		return false;
	*ret = room != 0;
	return true;
}

static bool set_rule(struct queue_sqlite *s, const char *lane, struct err *e)
{
	struct queue_lane_rule rule = queue_lane_rule(s->q, lane);
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LANE_RULE);

	queue_run_text(&r, lane);
	queue_run_int(&r, rule.max_in_flight);
	queue_run_int(&r, rule.gap_ms);
	return queue_run_end(&r, e);
}

bool queue_lane_apply_rules(struct queue_sqlite *s, void *arg, struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LANE_NAMES);
	char **names = NULL;
	size_t n = 0;
	bool ok;

	(void)arg;
	while (queue_run_row(&r)) {
		names = mem_grow(ctx, names, char *, n + 1);
		names[n++] = mem_strdup(ctx, (const char *)sqlite3_column_text(r.st, 0));
	}
	ok = queue_run_end(&r, e);
	for (size_t i = 0; ok && i < n; i++)
		ok = set_rule(s, names[i], e);
	talloc_free(ctx);
	return ok;
}

bool queue_lane_hold(struct queue_sqlite *s, const char *lane, int64_t until_ms, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LANE_HOLD);

	queue_run_text(&r, lane);
	queue_run_int(&r, until_ms);
	return queue_run_end(&r, e);
}

bool queue_lane_resume(struct queue_sqlite *s, const char *lane, struct err *e)
{
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LANE_RESUME);

	queue_run_text(&r, lane);
	queue_run_int(&r, clock_now_ms());
	return queue_run_end(&r, e);
}

struct pause {
	const char *lane;
	int64_t until_ms;
};

static bool pause_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	const struct pause *p = arg;
	struct queue_lane_rule rule = queue_lane_rule(s->q, p->lane);
	struct queue_run r = queue_run_start(&s->write_db, QUEUE_SQL_LANE_PAUSE);

	queue_run_text(&r, p->lane);
	queue_run_int(&r, rule.max_in_flight);
	queue_run_int(&r, rule.gap_ms);
	queue_run_int(&r, p->until_ms);
	return queue_run_end(&r, e);
}

bool queue_sqlite_lane_pause(struct queue *q, const char *lane, int64_t until_ms, struct err *e)
{
	struct pause p = { .lane = lane, .until_ms = until_ms };

	return queue_writer_run(q->store, pause_op, &p, e);
}

struct take {
	const char *lane;
	bool taken;
};

static bool take_op(struct queue_sqlite *s, void *arg, struct err *e)
{
	struct take *t = arg;
	struct queue_lane_change begin_gap = { .lane = t->lane, .released = true };

	if (!queue_lane_has_room(s, t->lane, &t->taken, e))
		return false;
	return !t->taken || queue_lane_apply(s, &begin_gap, e);
}

bool queue_sqlite_lane_take(struct queue *q, const char *lane, bool *ret_taken, struct err *e)
{
	struct take t = { .lane = lane };

	if (!queue_writer_run(q->store, take_op, &t, e))
		return false;
	*ret_taken = t.taken;
	return true;
}
