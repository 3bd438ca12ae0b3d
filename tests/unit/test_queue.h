/*
 * What the tests of the queue share: a queue in a directory of its own, short forms of put and
 * lease, a look at the lanes' counters from outside, and checks for forked children (cmocka's
 * asserts would jump into the parent's test).
 */
#ifndef TEST_QUEUE_H
#define TEST_QUEUE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "queue/queue.h"

#define TEST_GAP_MS 60
#define TEST_LONG_MS 20000 /* far beyond what a healthy test needs */
#define TEST_EXPIRES_MS (clock_now_ms() + 3600 * 1000)

struct test_queue {
	TALLOC_CTX *ctx;
	char *dir;
	char *db;
	struct queue *q;
};

static const struct queue_lane_rule test_rules[] = {
	{ "two:", 2, 0 },
	{ "one:", 1, 0 },
	{ "gap:", 1, TEST_GAP_MS },
};

#define CHILD_CHECK(condition)                                                                     \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);            \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

#define assert_ok(call, e)                                                                         \
	do {                                                                                       \
		if (!(call))                                                                       \
			fail_msg("%s: %s", #call, (e).text);                                       \
	} while (0)

static inline bool test_queue_open(struct test_queue *t, struct queue **ret, struct err *e)
{
	struct queue_options options = {
		.url = mem_printf(t->ctx, "sqlite:%s", t->db),
		.state_dir = t->dir,
		.rules = test_rules,
		.n_rules = sizeof(test_rules) / sizeof(test_rules[0]),
	};

	return queue_open(t->ctx, &options, ret, e);
}

/* A directory without an open queue: for tests that fork first. */
static inline int test_queue_setup_dir(void **state)
{
	struct test_queue *t = mem_zero(NULL, struct test_queue);
	const char *tmp = getenv("TMPDIR");

	t->ctx = t;
	t->dir = mem_printf(t, "%s/test_queue.XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(t->dir))
		return -1;
	t->db = mem_printf(t, "%s/queue.db", t->dir);
	*state = t;
	return 0;
}

static inline int test_queue_setup(void **state)
{
	struct err e;

	return test_queue_setup_dir(state) == 0 &&
			       test_queue_open(*state, &((struct test_queue *)*state)->q, &e)
		       ? 0
		       : -1;
}

static inline int test_queue_teardown(void **state)
{
	struct test_queue *t = *state;
	const char *suffixes[] = { "queue.db", "queue.db-wal", "queue.db-shm" };

	queue_close(t->q);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		unlink(mem_printf(t, "%s/%s", t->dir, suffixes[i]));
	/* Fails, and the test with it, when an owner's file was left behind. */
	if (rmdir(mem_printf(t, "%s/owners", t->dir)) != 0 || rmdir(t->dir) != 0)
		return -1;
	talloc_free(t);
	return 0;
}

static inline struct queue_put test_job(const char *lane, const char *body)
{
	return (struct queue_put){
		.kind = "command",
		.lane = lane,
		.priority = QUEUE_PRIORITY_COMMAND,
		.expires_ms = TEST_EXPIRES_MS,
		.body = body,
		.body_len = strlen(body),
	};
}

static inline int64_t test_put(struct queue *q, const char *lane, const char *body)
{
	struct queue_put job = test_job(lane, body);
	struct err e;
	int64_t id = 0;

	assert_ok(queue_put(q, &job, 1, &id, &e), e);
	return id;
}

/* Leases whatever is due until the monotonic time. */
static inline struct queue_job *test_lease_until(struct test_queue *t, struct queue *q,
						 int64_t until_ms)
{
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
	struct queue_job *job = NULL;
	struct err e;

	assert_ok(queue_lease(q, t->ctx, &want, until_ms, &job, &e), e);
	return job;
}

static inline struct queue_job *test_lease(struct test_queue *t, struct queue *q)
{
	return test_lease_until(t, q, clock_mono_ms());
}

/* One number out of the database, by a connection of its own. */
static inline int64_t test_number(struct test_queue *t, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;
	int64_t number = -1;

	assert_int_equal(sqlite3_open(t->db, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, TEST_LONG_MS);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
	if (sqlite3_step(st) == SQLITE_ROW)
		number = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	sqlite3_close(db);
	return number;
}

/* What lanes and heads say must be what looking at the jobs gives. */
static inline void test_check_lanes(struct test_queue *t)
{
	int64_t wrong = test_number(
		t, "SELECT count(*) FROM lanes l WHERE"
		   " pending <> (SELECT count(*) FROM jobs WHERE lane = l.name AND state = 0) OR"
		   " in_flight <> (SELECT count(*) FROM jobs WHERE lane = l.name AND state = 1)");
	int64_t missing = test_number(t, "SELECT count(*) FROM jobs WHERE state < 2"
					 " AND lane NOT IN (SELECT name FROM lanes)");

	int64_t heads = test_number(
		t, "SELECT count(*) FROM heads h WHERE id IS NOT (SELECT id FROM jobs WHERE"
		   " state = 0 AND suspect = h.suspect AND lane = h.lane"
		   " AND priority = h.priority ORDER BY not_before_ms, id LIMIT 1)");
	int64_t headless = test_number(t, "SELECT count(*) FROM jobs WHERE state = 0"
					  " AND (suspect, lane, priority) NOT IN"
					  " (SELECT suspect, lane, priority FROM heads)");

	assert_int_equal(wrong, 0);
	assert_int_equal(missing, 0);
	assert_int_equal(heads, 0);
	assert_int_equal(headless, 0);
}

#endif
