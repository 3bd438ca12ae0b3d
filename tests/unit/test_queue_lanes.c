/* Lanes: limits, gaps, pauses, moving between them, over two openings of one database. */
#include "test_queue.h"

#include <pthread.h>

#include "queue/sqlite_sql.h"

static void test_limit_holds_over_two_opens(void **state)
{
	struct test_queue *t = *state;
	struct queue *other = NULL;
	struct queue_job *job;
	struct err e;

	assert_ok(test_queue_open(t, &other, &e), e);
	for (int i = 0; i < 4; i++)
		test_put(t->q, "two:looker", "x");
	assert_non_null(test_lease(t, t->q));
	job = test_lease(t, other);
	assert_non_null(job);
	assert_null(test_lease(t, t->q));
	assert_null(test_lease(t, other));
	test_check_lanes(t);

	/* A lane is freed by whoever holds the job, and for all. */
	assert_false(queue_done(t->q, job->id, &e));
	assert_ok(queue_done(other, job->id, &e), e);
	assert_non_null(test_lease(t, t->q));
	assert_null(test_lease(t, other));
	test_check_lanes(t);
	queue_close(other);
}

static void test_close_returns_leases(void **state)
{
	struct test_queue *t = *state;
	struct queue *other = NULL;
	struct queue_job *job;
	struct err e;
	int64_t id = test_put(t->q, "one:a", "x");

	assert_ok(test_queue_open(t, &other, &e), e);
	assert_non_null(test_lease(t, other));
	assert_null(test_lease(t, t->q));
	queue_close(other);
	test_check_lanes(t);
	job = test_lease(t, t->q);
	assert_non_null(job);
	assert_int_equal(job->id, id);
	assert_int_equal(job->deaths, 0);
	assert_int_equal(job->attempts, 2);
}

static void test_gap(void **state)
{
	struct test_queue *t = *state;
	struct queue *other = NULL;
	struct queue_job *job;
	struct err e;
	int64_t released_ms;

	assert_ok(test_queue_open(t, &other, &e), e);
	test_put(t->q, "gap:channel", "1");
	test_put(t->q, "gap:channel", "2");
	job = test_lease(t, t->q);
	assert_non_null(job);
	released_ms = clock_now_ms();
	assert_ok(queue_done(t->q, job->id, &e), e);
	job = test_lease_until(t, other, clock_deadline_ms(TEST_LONG_MS));
	assert_non_null(job);
	assert_string_equal(job->body, "2");
	assert_true(clock_now_ms() >= released_ms + TEST_GAP_MS);
	queue_close(other);
}

static void test_pause(void **state)
{
	struct test_queue *t = *state;
	int64_t until_ms = clock_now_ms() + 80;
	struct queue_job *job;
	struct err e;

	test_put(t->q, "two:paused", "paused");
	assert_ok(queue_lane_pause(t->q, "two:paused", until_ms, &e), e);
	assert_ok(queue_lane_pause(t->q, "two:paused", until_ms - 80, &e), e); /* no shortening */
	assert_null(test_lease(t, t->q));
	test_put(t->q, "two:other", "other");
	assert_string_equal(test_lease(t, t->q)->body, "other");
	job = test_lease_until(t, t->q, clock_deadline_ms(TEST_LONG_MS));
	assert_string_equal(job->body, "paused");
	assert_true(clock_now_ms() >= until_ms);
}

static void test_lane_wait(void **state)
{
	struct test_queue *t = *state;
	struct queue_job *job;
	struct err e;
	int64_t wait_ms = -1;

	assert_ok(queue_lane_wait(t->q, "gap:x", &wait_ms, &e), e);
	assert_int_equal(wait_ms, 0);
	for (int i = 0; i < 3; i++)
		test_put(t->q, "gap:x", "x");
	job = test_lease(t, t->q);
	assert_ok(queue_lane_wait(t->q, "gap:x", &wait_ms, &e), e);
	assert_int_equal(wait_ms, 3 * TEST_GAP_MS);
	assert_ok(queue_lane_pause(t->q, "gap:x", clock_now_ms() + 100000, &e), e);
	assert_ok(queue_done(t->q, job->id, &e), e);
	assert_ok(queue_lane_wait(t->q, "gap:x", &wait_ms, &e), e);
	assert_in_range(wait_ms, 90000, 100000 + 2 * TEST_GAP_MS);
	assert_ok(queue_lane_wait(t->q, "", &wait_ms, &e), e);
	assert_int_equal(wait_ms, 0);
}

/* A turn without a job: what is leased next keeps its distance from it. */
static void test_lane_take(void **state)
{
	struct test_queue *t = *state;
	struct err e;
	bool taken = false;
	int64_t taken_ms = clock_now_ms();

	assert_ok(queue_lane_take(t->q, "gap:x", &taken, &e), e);
	assert_true(taken);
	test_put(t->q, "gap:x", "x");
	assert_non_null(test_lease_until(t, t->q, clock_deadline_ms(TEST_LONG_MS)));
	assert_true(clock_now_ms() >= taken_ms + TEST_GAP_MS);
	assert_ok(queue_lane_take(t->q, "gap:x", &taken, &e), e);
	assert_false(taken); /* the job is in flight */
	assert_ok(queue_lane_pause(t->q, "gap:y", clock_now_ms() + 100000, &e), e);
	assert_ok(queue_lane_take(t->q, "gap:y", &taken, &e), e);
	assert_false(taken);
	test_check_lanes(t);
}

static void test_move_to_lane_with_room(void **state)
{
	struct test_queue *t = *state;
	int64_t id = test_put(t->q, "two:looker", "x");
	struct err e;
	bool held = false;

	assert_non_null(test_lease(t, t->q));
	assert_ok(queue_progress(t->q, id, "rendered", "one:slack", &held, &e), e);
	assert_true(held);
	test_check_lanes(t);
	assert_int_equal(test_number(t, "SELECT in_flight FROM lanes WHERE name = 'two:looker'"),
			 0);
	assert_int_equal(test_number(t, "SELECT in_flight FROM lanes WHERE name = 'one:slack'"), 1);

	/* To where it is already: nothing changes. */
	assert_ok(queue_progress(t->q, id, "posted", "one:slack", &held, &e), e);
	assert_true(held);
	test_check_lanes(t);
	assert_ok(queue_done(t->q, id, &e), e);
	assert_int_equal(test_number(t, "SELECT count(*) FROM progress"), 0);
	test_check_lanes(t);
}

static void test_move_to_full_lane(void **state)
{
	struct test_queue *t = *state;
	int64_t first = test_put(t->q, "one:slack", "first");
	int64_t second = test_put(t->q, "two:looker", "second");
	struct queue_job *job;
	struct err e;
	bool held = true;

	assert_non_null(test_lease(t, t->q));
	assert_non_null(test_lease(t, t->q));
	assert_ok(queue_progress(t->q, second, "rendered", "one:slack", &held, &e), e);
	assert_false(held);
	test_check_lanes(t);
	assert_false(queue_done(t->q, second, &e)); /* no longer ours */
	assert_null(test_lease(t, t->q));

	assert_ok(queue_done(t->q, first, &e), e);
	job = test_lease(t, t->q);
	assert_non_null(job);
	assert_int_equal(job->id, second);
	assert_string_equal(job->lane, "one:slack");
	assert_string_equal(job->progress, "rendered");
	assert_int_equal(job->progress_len, 8);
	assert_ok(queue_progress(t->q, second, NULL, NULL, &held, &e), e);
	assert_true(held);
	assert_int_equal(test_number(t, "SELECT count(*) FROM progress"), 1);
}

static void test_new_rules_reach_old_lanes(void **state)
{
	struct test_queue *t = *state;
	static const struct queue_lane_rule wide[] = { { "one:", 3, 0 } };
	struct queue_options options = { .url = mem_printf(t->ctx, "sqlite:%s", t->db),
					 .state_dir = t->dir,
					 .rules = wide,
					 .n_rules = 1 };
	struct queue *other;
	struct err e;

	for (int i = 0; i < 3; i++)
		test_put(t->q, "one:x", "x");
	assert_non_null(test_lease(t, t->q));
	assert_null(test_lease(t, t->q));
	assert_ok(queue_open(t->ctx, &options, &other, &e), e);
	assert_non_null(test_lease(t, other));
	assert_non_null(test_lease(t, other));
	queue_close(other);
}

#define N_CROWD 5000

static void test_full_lane_costs_nothing(void **state)
{
	struct test_queue *t = *state;
	struct queue_put *jobs = mem_array(t->ctx, struct queue_put, N_CROWD);
	struct queue_job *job;
	struct err e;
	int64_t start_ms;

	for (size_t i = 0; i < N_CROWD; i++)
		jobs[i] = test_job("one:full", "x");
	assert_ok(queue_put(t->q, jobs, N_CROWD, NULL, &e), e);
	assert_non_null(test_lease(t, t->q));
	test_put(t->q, "two:free", "free");

	start_ms = clock_mono_ms();
	job = test_lease(t, t->q);
	assert_non_null(job);
	assert_string_equal(job->body, "free");
	assert_true(clock_mono_ms() - start_ms < 1000);
	test_check_lanes(t);
}

/* The plans behind that: index searches only, whatever the number of jobs is. */
static void test_due_jobs_are_found_by_index(void **state)
{
	static const struct {
		enum queue_sql statement;
		const char *search;
	} cases[] = {
		{ QUEUE_SQL_PICK, "heads_due (suspect=? AND priority=? AND not_before_ms<?)" },
		{ QUEUE_SQL_NEXT_DUE, "heads_due (suspect=? AND priority=? AND not_before_ms<?)" },
		{ QUEUE_SQL_HEAD_SET, "jobs_due (suspect=? AND lane=? AND priority=?)" },
		{ QUEUE_SQL_HEAD_DELETE, "jobs_due (suspect=? AND lane=? AND priority=?)" },
		{ QUEUE_SQL_HELD_BY, "jobs_held (owner=?)" },
	};
	struct test_queue *t = *state;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(t->db, &db), SQLITE_OK);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *sql = mem_printf(t->ctx, "EXPLAIN QUERY PLAN %s",
				       queue_sql_text[cases[i].statement]);
		sqlite3_stmt *st = NULL;
		bool found = false;

		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
		while (sqlite3_step(st) == SQLITE_ROW) {
			const char *step = (const char *)sqlite3_column_text(st, 3);

			assert_null(strstr(step, "TEMP B-TREE"));
			assert_true(strncmp(step, "SCAN", 4) != 0);
			found |= strstr(step, cases[i].search) != NULL;
		}
		assert_true(found);
		sqlite3_finalize(st);
	}
	sqlite3_close(db);
}

/* A fixed pseudo-random sequence: the test fails the same way each time. */
static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static void end_somehow(struct queue *q, int64_t id, uint32_t how)
{
	static const char *const to[] = { "one:a", "two:b", "", "free:c" };
	struct err e;
	bool held;

	switch (how % 5) {
	case 0:
		assert_ok(queue_done(q, id, &e), e);
		break;
	case 1:
		assert_ok(queue_dead(q, id, "why", &e), e);
		break;
	case 2:
		assert_ok(queue_retry_at(q, id, clock_now_ms() + how % 40, "later", &e), e);
		break;
	default:
		assert_ok(queue_progress(q, id, "moved", to[how / 5 % 4], &held, &e), e);
		break; /* when held, it is returned as the queue is closed */
	}
}

static void test_counters_stay_right(void **state)
{
	static const char *const lanes[] = { "one:a", "two:b", "", "free:c" };
	struct test_queue *t = *state;
	uint32_t seed = 1;

	for (int round = 0; round < 300; round++) {
		struct queue_put put = test_job(lanes[next_random(&seed) % 4], "x");
		struct queue_job *job;
		struct err e;

		put.priority = (enum queue_priority)(next_random(&seed) % QUEUE_PRIORITIES);
		put.not_before_ms = clock_now_ms() - 500 + next_random(&seed) % 600;
		assert_ok(queue_put(t->q, &put, 1, NULL, &e), e);
		job = test_lease(t, t->q);
		if (job)
			end_somehow(t->q, job->id, next_random(&seed));
		if (round % 50 == 0)
			test_check_lanes(t);
	}
	test_check_lanes(t);
	queue_close(t->q);
	t->q = NULL;
	test_check_lanes(t);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs WHERE state = 1"), 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_limit_holds_over_two_opens),
		CASE(test_close_returns_leases),
		CASE(test_gap),
		CASE(test_pause),
		CASE(test_lane_wait),
		CASE(test_lane_take),
		CASE(test_move_to_lane_with_room),
		CASE(test_move_to_full_lane),
		CASE(test_new_rules_reach_old_lanes),
		CASE(test_full_lane_costs_nothing),
		CASE(test_due_jobs_are_found_by_index),
		CASE(test_counters_stay_right),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
