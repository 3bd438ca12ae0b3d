/* The queue in one process: put, duplicates, lease and its ends, bodies, states, listing. */
#include "test_queue.h"

#include <sys/stat.h>

#include "base/stats.h"

static void test_put_lease_done(void **state)
{
	struct test_queue *t = *state;
	int64_t id = test_put(t->q, "two:a", "hello");
	struct queue_job *job = test_lease(t, t->q);
	struct err e;

	assert_true(id > 0);
	assert_non_null(job);
	assert_int_equal(job->id, id);
	assert_string_equal(job->kind, "command");
	assert_string_equal(job->lane, "two:a");
	assert_int_equal(job->priority, QUEUE_PRIORITY_COMMAND);
	assert_int_equal(job->state, QUEUE_LEASED);
	assert_int_equal(job->attempts, 1);
	assert_int_equal(job->deaths, 0);
	assert_null(job->reason);
	assert_null(job->progress);
	assert_int_equal(job->body_len, 5);
	assert_string_equal(job->body, "hello");
	assert_null(test_lease(t, t->q));
	test_check_lanes(t);

	assert_ok(queue_done(t->q, id, &e), e);
	assert_null(test_lease(t, t->q));
	assert_int_equal(test_number(t, "SELECT count(*) FROM parts"), 0);
	assert_false(queue_done(t->q, id, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	test_check_lanes(t);
}

static void test_files_are_private(void **state)
{
	struct test_queue *t = *state;
	const char *private[] = { "queue.db", "queue.db-wal", "queue.db-shm" };
	struct stat st;

	test_put(t->q, "", "x");
	for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
		assert_int_equal(stat(mem_printf(t->ctx, "%s/%s", t->dir, private[i]), &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	assert_int_equal(stat(mem_printf(t->ctx, "%s/owners", t->dir), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
}

static void test_open_refuses(void **state)
{
	static const struct {
		const char *url;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ "postgres://localhost/x", ERR_BAD_INPUT, "sqlite:" },
		{ "sqlite:relative.db", ERR_BAD_INPUT, "relative.db" },
		{ "sqlite:/nonexistent/dir/queue.db", ERR_TEMPORARY, "/nonexistent/dir/queue.db" },
	};
	struct test_queue *t = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct queue_options options = { .url = cases[i].url, .state_dir = t->dir };
		struct queue *q = NULL;
		struct err e;

		assert_false(queue_open(t->ctx, &options, &q, &e));
		assert_int_equal(e.kind, cases[i].kind);
		assert_non_null(strstr(e.text, cases[i].text));
	}
}

static void test_duplicate_by_any_key(void **state)
{
	struct test_queue *t = *state;
	struct queue_put first = test_job("", "first"), same = test_job("", "same");
	struct queue_put other = test_job("", "other"), batch[3];
	int64_t before = stats_get(STATS_DUPLICATES), ids[3];
	struct err e;

	first.keys[0] = "event:1";
	first.keys[2] = "channel:2";
	assert_ok(queue_put(t->q, &first, 1, ids, &e), e);
	assert_true(ids[0] > 0);

	same.keys[1] = "channel:2";
	other.keys[0] = "channel:2";
	other.kind = "links"; /* keys are unique within their kind only */
	batch[0] = same;
	batch[1] = other;
	batch[2] = other; /* a duplicate within the call */
	assert_ok(queue_put(t->q, batch, 3, ids, &e), e);
	assert_int_equal(ids[0], 0);
	assert_true(ids[1] > 0);
	assert_int_equal(ids[2], 0);
	assert_int_equal(stats_get(STATS_DUPLICATES), before + 2);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 2);
	test_check_lanes(t);

	/* Known until the key's time is up, also when the job is long done. */
	assert_ok(queue_done(t->q, test_lease(t, t->q)->id, &e), e);
	assert_ok(queue_put(t->q, &first, 1, ids, &e), e);
	assert_int_equal(ids[0], 0);
}

static void test_keys_expire(void **state)
{
	struct test_queue *t = *state;
	struct queue_put job = test_job("one:x", "hourly");
	int64_t id;
	struct err e;

	job.keys[0] = "plan:body";
	job.key_ttl_ms = 30;
	job.not_before_ms = clock_now_ms() + 3600 * 1000;
	assert_ok(queue_put(t->q, &job, 1, &id, &e), e);
	assert_true(id > 0);
	assert_null(test_lease_until(t, t->q, clock_deadline_ms(50)));
	assert_ok(queue_put(t->q, &job, 1, &id, &e), e);
	assert_true(id > 0);

	assert_null(test_lease_until(t, t->q, clock_deadline_ms(50)));
	assert_int_equal(test_number(t, "SELECT count(*) FROM keys"), 1);
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(test_number(t, "SELECT count(*) FROM keys"), 0);
}

static void test_retry(void **state)
{
	struct test_queue *t = *state;
	int64_t id = test_put(t->q, "one:a", "x"), when = clock_now_ms() + 1000;
	struct queue_job *job = test_lease(t, t->q);
	struct err e;

	assert_ok(queue_retry_at(t->q, id, when, "Slack said later", &e), e);
	test_check_lanes(t);
	assert_null(test_lease(t, t->q));
	job = test_lease_until(t, t->q, clock_deadline_ms(TEST_LONG_MS));
	assert_non_null(job);
	assert_true(clock_now_ms() >= when);
	assert_int_equal(job->id, id);
	assert_int_equal(job->attempts, 2);
	assert_int_equal(job->deaths, 0);
	assert_string_equal(job->reason, "Slack said later");
}

static void test_retry_loses_its_place(void **state)
{
	struct test_queue *t = *state;
	int64_t first = test_put(t->q, "one:a", "first");
	struct err e;

	assert_non_null(test_lease(t, t->q));
	test_put(t->q, "one:a", "second");
	assert_ok(queue_retry_at(t->q, first, 0, "at once", &e), e);
	assert_string_equal(test_lease(t, t->q)->body, "second");
}

static void test_dead_keeps_its_body(void **state)
{
	struct test_queue *t = *state;
	int64_t id = test_put(t->q, "", "kept");
	struct queue_put large = test_job("", "");
	struct queue_job *jobs;
	struct err e;
	size_t n;

	assert_non_null(test_lease(t, t->q));
	assert_ok(queue_dead(t->q, id, "gone for good", &e), e);
	assert_null(test_lease(t, t->q));
	assert_int_equal(test_number(t, "SELECT length(body) FROM jobs"), 4);
	assert_ok(queue_list(t->q, t->ctx, QUEUE_DEAD, 10, &jobs, &n, &e), e);
	assert_int_equal(n, 1);
	assert_string_equal(jobs[0].reason, "gone for good");
	assert_int_equal(jobs[0].body_len, 4);
	assert_null(jobs[0].body);

	large.body_len = 100000;
	large.body = mem_array(t->ctx, char, large.body_len);
	assert_ok(queue_put(t->q, &large, 1, &id, &e), e);
	assert_non_null(test_lease(t, t->q));
	assert_ok(queue_dead(t->q, id, "gone for good", &e), e);
	assert_int_equal(test_number(t, "SELECT sum(length(bytes)) FROM parts"), 100000);
}

static void test_bodies(void **state)
{
	struct test_queue *t = *state;
	static const size_t sizes[] = { 0, 1, 2048, 2049, 65536, 65537, 131072, 1048576 };
	struct err e;

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct queue_put put = test_job("", "");
		struct queue_job *job;
		char *body = mem_array(t->ctx, char, sizes[i] + 1);

		for (size_t at = 0; at < sizes[i]; at++)
			body[at] = (char)((at * 7 + at / 251) & 0xff); /* NUL bytes too */
		put.body = body;
		put.body_len = sizes[i];
		assert_ok(queue_put(t->q, &put, 1, NULL, &e), e);
		job = test_lease(t, t->q);
		assert_non_null(job);
		assert_int_equal(job->body_len, sizes[i]);
		assert_memory_equal(job->body, body, sizes[i] + 1);
		assert_ok(queue_done(t->q, job->id, &e), e);
	}
	assert_int_equal(test_number(t, "SELECT count(*) FROM parts"), 0);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs WHERE body IS NOT NULL"), 0);
}

static void test_bad_puts_store_nothing(void **state)
{
	struct test_queue *t = *state;
	struct queue_put jobs[2] = { test_job("", "good"), test_job("", "too large") };
	struct err e;

	jobs[1].body_len = QUEUE_BODY_MAX_BYTES + (size_t)1;
	assert_false(queue_put(t->q, jobs, 2, NULL, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	jobs[1] = test_job("", "never expires");
	jobs[1].expires_ms = 0;
	assert_false(queue_put(t->q, jobs, 2, NULL, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 0);
}

/* Those of others: the queue keeps its clock there. */
#define STATES "SELECT count(*) FROM states WHERE key NOT LIKE 'queue:clock:%'"

static void test_states(void **state)
{
	struct test_queue *t = *state;
	char *value;
	size_t len;
	struct err e;

	assert_ok(queue_state_get(t->q, t->ctx, "relay", &value, &len, &e), e);
	assert_null(value);
	assert_ok(queue_state_set(t->q, "relay", "a\0b", 3, TEST_EXPIRES_MS, &e), e);
	assert_ok(queue_state_set(t->q, "empty", "", 0, TEST_EXPIRES_MS, &e), e);
	assert_ok(queue_state_get(t->q, t->ctx, "relay", &value, &len, &e), e);
	assert_int_equal(len, 3);
	assert_memory_equal(value, "a\0b", 4);
	assert_ok(queue_state_get(t->q, t->ctx, "empty", &value, &len, &e), e);
	assert_string_equal(value, "");

	assert_ok(queue_state_set(t->q, "relay", "new", 3, clock_now_ms(), &e), e);
	assert_ok(queue_state_get(t->q, t->ctx, "relay", &value, &len, &e), e);
	assert_null(value); /* expired */
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(test_number(t, STATES), 1);
	assert_ok(queue_state_set(t->q, "empty", NULL, 0, 0, &e), e);
	assert_int_equal(test_number(t, STATES), 0);
}

static void test_list_and_depth(void **state)
{
	struct test_queue *t = *state;
	int64_t a = test_put(t->q, "", "a"), b = test_put(t->q, "", "bb");
	struct queue_put old = test_job("", "old");
	struct queue_depth depth;
	struct queue_job *jobs;
	struct err e;
	size_t n;

	assert_non_null(test_lease(t, t->q));
	assert_ok(queue_progress(t->q, a, "half", NULL, NULL, &e), e);
	old.not_before_ms = clock_now_ms() - 5000;
	assert_ok(queue_put(t->q, &old, 1, NULL, &e), e);

	assert_ok(queue_list(t->q, t->ctx, -1, 2, &jobs, &n, &e), e);
	assert_int_equal(n, 2); /* newest first, cut */
	assert_int_equal(jobs[1].id, b);
	assert_int_equal(jobs[1].body_len, 2);
	assert_null(jobs[1].body);
	assert_ok(queue_list(t->q, t->ctx, QUEUE_LEASED, 10, &jobs, &n, &e), e);
	assert_int_equal(n, 1);
	assert_int_equal(jobs[0].id, a);
	assert_null(jobs[0].progress); /* may be a whole message */
	assert_ok(queue_get(t->q, t->ctx, a, &jobs, &e), e);
	assert_string_equal(jobs->progress, "half");
	assert_int_equal(jobs->progress_len, 4);

	assert_ok(queue_depth(t->q, &depth, &e), e);
	assert_int_equal(depth.pending, 2);
	assert_int_equal(depth.leased, 1);
	assert_int_equal(depth.dead, 0);
	assert_in_range(depth.oldest_due_ms, 5000, 5000 + TEST_LONG_MS);
	assert_true(depth.bytes > 4096);
}

static void test_old_rows_go(void **state)
{
	struct test_queue *t = *state;
	struct err e;

	for (int i = 0; i < 3; i++) {
		int64_t id = test_put(t->q, "one:a", "x");

		assert_non_null(test_lease(t, t->q));
		if (i == 0)
			assert_ok(queue_dead(t->q, id, "why", &e), e);
		else
			assert_ok(queue_done(t->q, id, &e), e);
	}
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 3);
	assert_int_equal(test_number(t, "SELECT count(*) FROM lanes"), 0);
	test_number(t, "UPDATE jobs SET ended_ms = ended_ms - 7 * 24 * 3600 * 1000 WHERE id < 3");
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 1);
	assert_int_equal(test_number(t, "SELECT count(*) FROM parts"), 0);
	/* The newest stays, so that its number never comes back. */
	test_number(t, "UPDATE jobs SET ended_ms = ended_ms - 7 * 24 * 3600 * 1000");
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(test_put(t->q, "one:a", "x"), 4);
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 1);
}

/* As if the clock had been set, by so many hours, since the last process wrote. */
static void jump(struct test_queue *t, int hours)
{
	struct err e;

	queue_close(t->q);
	assert_true(test_queue_open(t, &t->q, &e));
	test_number(t, mem_printf(t->ctx,
				  "UPDATE states SET value = CAST(CAST(value AS TEXT) - %d * "
				  "3600000 AS BLOB) WHERE key LIKE 'queue:clock:%%'",
				  hours));
	queue_close(t->q);
	assert_true(test_queue_open(t, &t->q, &e));
}

static void test_stored_times_follow_the_clock(void **state)
{
	static const int hours[] = { 0, 1, -1, 8760 };
	static const char times[] =
		"SELECT (SELECT sum(not_before_ms) + sum(expires_ms) FROM jobs WHERE state = 0) +"
		" (SELECT sum(not_before_ms) FROM heads) + (SELECT sum(expires_ms) FROM keys) +"
		" (SELECT sum(paused_until_ms) FROM lanes WHERE name = 'one:a') +"
		" (SELECT sum(expires_ms) FROM states WHERE key = 'relay')";
	struct test_queue *t = *state;
	struct queue_put put = test_job("one:a", "x");
	struct err e;

	put.keys[0] = "once";
	put.key_ttl_ms = 1000;
	assert_ok(queue_put(t->q, &put, 1, NULL, &e), e);
	assert_ok(queue_lane_pause(t->q, "one:a", clock_now_ms() + 1000, &e), e);
	assert_ok(queue_state_set(t->q, "relay", "x", 1, TEST_EXPIRES_MS, &e), e);
	int64_t created_ms = test_number(t, "SELECT created_ms FROM jobs");

	for (size_t i = 0; i < sizeof(hours) / sizeof(hours[0]); i++) {
		int64_t before_ms = test_number(t, times), hour_ms = 3600 * 1000;

		jump(t, hours[i]);
		int64_t moved_ms = test_number(t, times) - before_ms - 6 * hours[i] * hour_ms;
		assert_in_range(moved_ms + 1000, 0,
				2000); /* both clocks are read, one after the other */
		assert_int_equal(test_number(t, "SELECT created_ms FROM jobs"), created_ms);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_put_lease_done),
		CASE(test_files_are_private),
		CASE(test_open_refuses),
		CASE(test_duplicate_by_any_key),
		CASE(test_keys_expire),
		CASE(test_retry),
		CASE(test_retry_loses_its_place),
		CASE(test_dead_keeps_its_body),
		CASE(test_bodies),
		CASE(test_bad_puts_store_nothing),
		CASE(test_states),
		CASE(test_list_and_depth),
		CASE(test_old_rows_go),
		CASE(test_stored_times_follow_the_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
