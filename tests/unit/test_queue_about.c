/* Jobs that lists tell people about: how long they stay, what an operator may do with them beside
 * the programs that work; and waiting for a job's end. */
#include "test_queue.h"

#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>

#define DAYS(n) "(" #n " * 24 * 3600 * 1000)"

static int64_t put(struct queue *q, const char *lane, const char *about, const char *whose)
{
	struct queue_put job = test_job(lane, "body");
	struct err e;
	int64_t id = 0;

	job.about = about;
	job.whose = whose;
	assert_ok(queue_put(q, &job, 1, &id, &e), e);
	return id;
}

/* Leases the one job that is due, and buries it. */
static void kill_next(struct test_queue *t, int64_t id, const char *reason)
{
	struct queue_job *job = test_lease(t, t->q);
	struct err e;

	assert_non_null(job);
	assert_int_equal(job->id, id);
	assert_ok(queue_dead(t->q, id, reason, &e), e);
}

static struct queue_job *get(struct test_queue *t, int64_t id)
{
	struct queue_job *job = NULL;
	struct err e;

	assert_ok(queue_get(t->q, t->ctx, id, &job, &e), e);
	return job;
}

static void test_lists(void **state)
{
	struct test_queue *t = *state;
	int64_t a = put(t->q, "", "one", "ada@example.com"), b = put(t->q, "", "two", NULL);
	struct queue_job *jobs;
	struct err e;
	size_t n;

	test_put(t->q, "", "a command");
	assert_non_null(test_lease(t, t->q));
	assert_ok(queue_progress(t->q, a, "a whole message", NULL, NULL, &e), e);
	assert_ok(queue_dead(t->q, a, "why", &e), e);
	assert_ok(queue_list_about(t->q, t->ctx, -1, NULL, 10, &jobs, &n, &e), e);
	assert_int_equal(n, 2); /* newest first */
	assert_int_equal(jobs[0].id, b);
	assert_string_equal(jobs[0].about, "two");
	assert_null(jobs[0].whose);
	assert_null(jobs[0].body);
	assert_int_equal(jobs[0].ended_ms, 0);
	assert_int_equal(jobs[1].id, a);
	assert_true(jobs[1].ended_ms > 0);
	assert_null(jobs[1].progress); /* nobody lists it, and it may be large */
	assert_ok(queue_list_about(t->q, t->ctx, QUEUE_DEAD, NULL, 10, &jobs, &n, &e), e);
	assert_int_equal(n, 1);
	assert_ok(queue_list_about(t->q, t->ctx, -1, "ada@example.com", 10, &jobs, &n, &e), e);
	assert_int_equal(n, 1);
	assert_int_equal(jobs[0].id, a);
	assert_ok(queue_list_about(t->q, t->ctx, QUEUE_DONE, "ada@example.com", 10, &jobs, &n, &e),
		  e);
	assert_int_equal(n, 0);
	assert_ok(queue_list_about(t->q, t->ctx, -1, NULL, 1, &jobs, &n, &e), e);
	assert_int_equal(n, 1);

	assert_ok(queue_set_whose(t->q, b, "benji@example.com", &e), e);
	assert_string_equal(get(t, b)->whose, "benji@example.com");
	assert_false(queue_get(t->q, t->ctx, 99, &jobs, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

static void test_what_is_told_about_stays_longer(void **state)
{
	struct test_queue *t = *state;
	int64_t dead = put(t->q, "one:a", "dead", NULL), done = put(t->q, "one:a", "done", NULL);
	struct queue_depth depth;
	struct err e;

	kill_next(t, dead, "why");
	assert_non_null(test_lease(t, t->q));
	assert_ok(queue_done(t->q, done, &e), e);
	test_put(t->q, "", "the newest");
	assert_ok(queue_depth(t->q, &depth, &e), e);
	assert_int_equal(depth.dead, 1);

	test_number(t, "UPDATE jobs SET ended_ms = ended_ms - " DAYS(6));
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(get(t, dead)->body_len, 4);
	test_number(t, "UPDATE jobs SET ended_ms = ended_ms - " DAYS(1));
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(get(t, dead)->body_len, 0); /* what was in it was not for that long */
	assert_string_equal(get(t, dead)->about, "dead");
	assert_string_equal(get(t, done)->about, "done");
	test_number(t, "UPDATE jobs SET ended_ms = ended_ms - " DAYS(23));
	assert_ok(queue_clean(t->q, &e), e);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 1);
}

static void test_again(void **state)
{
	struct test_queue *t = *state;
	int64_t id = put(t->q, "one:a", "x", NULL), until_ms = TEST_EXPIRES_MS + 5000;
	struct queue_job *job = test_lease(t, t->q);
	struct err e;

	assert_false(queue_again(t->q, id, until_ms, &e)); /* its process's alone */
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_non_null(strstr(e.text, "worked on at this moment"));
	assert_ok(queue_progress(t->q, id, "half", NULL, NULL, &e), e);
	assert_ok(queue_dead(t->q, id, "why", &e), e);

	assert_ok(queue_again(t->q, id, until_ms, &e), e);
	test_check_lanes(t);
	job = test_lease(t, t->q);
	assert_non_null(job);
	assert_int_equal(job->id, id);
	assert_int_equal(job->attempts, 1);
	assert_int_equal(job->expires_ms, until_ms);
	assert_string_equal(job->lane, "");
	assert_string_equal(job->body, "body");
	assert_null(job->progress);
	assert_null(job->reason);
	assert_int_equal(job->ended_ms, 0);

	/* Later, and then not. */
	assert_ok(queue_retry_at(t->q, id, clock_now_ms() + 3600 * 1000, "down", &e), e);
	assert_null(test_lease(t, t->q));
	assert_ok(queue_again(t->q, id, until_ms, &e), e);
	test_check_lanes(t);
	job = test_lease(t, t->q);
	assert_non_null(job);
	assert_int_equal(job->attempts, 2);
	assert_string_equal(job->reason, "down");
	assert_ok(queue_done(t->q, id, &e), e);
	assert_false(queue_again(t->q, id, until_ms, &e));
	assert_non_null(strstr(e.text, "is done"));
}

static void test_again_is_refused(void **state)
{
	struct test_queue *t = *state;
	int64_t command = test_put(t->q, "", "x"), gone;
	struct err e;

	kill_next(t, command, "why");
	assert_false(queue_again(t->q, command, TEST_EXPIRES_MS, &e));
	assert_non_null(strstr(e.text, "no delivery"));
	gone = put(t->q, "", "x", NULL);
	kill_next(t, gone, "why");
	test_put(t->q, "", "the newest");
	test_number(t, "UPDATE jobs SET ended_ms = ended_ms - " DAYS(8));
	assert_ok(queue_clean(t->q, &e), e);
	assert_false(queue_again(t->q, gone, TEST_EXPIRES_MS, &e));
	assert_non_null(strstr(e.text, "its data is gone"));
	assert_false(queue_again(t->q, 99, TEST_EXPIRES_MS, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	test_check_lanes(t);
}

static void test_cancel(void **state)
{
	struct test_queue *t = *state;
	int64_t first = put(t->q, "one:a", "x", NULL), second = put(t->q, "one:a", "y", NULL);
	struct queue_job *job;
	struct err e;

	assert_ok(queue_cancel(t->q, first, "not wanted", &e), e);
	test_check_lanes(t);
	assert_int_equal(get(t, first)->state, QUEUE_DEAD);
	assert_string_equal(get(t, first)->reason, "not wanted");
	assert_false(queue_cancel(t->q, first, "not wanted", &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	job = test_lease(t, t->q); /* it held nobody up */
	assert_int_equal(job->id, second);
	assert_false(queue_cancel(t->q, second, "not wanted", &e));
	assert_non_null(strstr(e.text, "worked on at this moment"));
	assert_ok(queue_again(t->q, first, TEST_EXPIRES_MS, &e), e); /* on second thoughts */
	assert_int_equal(test_lease(t, t->q)->id, first);
	test_check_lanes(t);
}

static bool visit(struct test_queue *t, struct queue **ret, struct err *e)
{
	struct queue_options options = { .url = mem_printf(t->ctx, "sqlite:%s", t->db),
					 .state_dir = t->dir,
					 .rules = test_rules,
					 .n_rules = 3,
					 .visitor = true };

	return queue_open(t->ctx, &options, ret, e);
}

static void test_a_visitor_leaves_no_trace(void **state)
{
	struct test_queue *t = *state;
	struct queue *visitor = NULL;
	struct queue_job *jobs;
	struct stat st;
	struct err e;
	size_t n;

	assert_false(visit(t, &visitor, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_not_equal(stat(t->db, &st), 0);
	assert_int_not_equal(stat(mem_printf(t->ctx, "%s/owners", t->dir), &st), 0);

	assert_ok(test_queue_open(t, &t->q, &e), e);
	int64_t id = put(t->q, "gap:a", "x", NULL);
	kill_next(t, id, "why");
	assert_ok(visit(t, &visitor, &e), e);
	assert_ok(queue_list_about(visitor, t->ctx, -1, NULL, 10, &jobs, &n, &e), e);
	assert_int_equal(n, 1);
	assert_ok(queue_again(visitor, id, TEST_EXPIRES_MS, &e), e);
	queue_close(visitor);
	/* The other process sees it at its next look. */
	assert_int_equal(test_lease_until(t, t->q, clock_deadline_ms(TEST_LONG_MS))->id, id);
	assert_ok(queue_done(t->q, id, &e), e);

	test_number(t, "PRAGMA user_version = 2");
	assert_false(visit(t, &visitor, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_non_null(strstr(e.text, "has schema 2"));
}

static void test_a_held_job_keeps_its_place(void **state)
{
	struct test_queue *t = *state;
	int64_t first = put(t->q, "one:a", "x", NULL), second = put(t->q, "one:a", "y", NULL);
	int64_t other = put(t->q, "one:b", "z", NULL), until_ms = clock_now_ms() + 300;
	struct queue_job *job;
	struct err e;

	assert_int_equal(test_lease(t, t->q)->id, first);
	assert_ok(queue_hold(t->q, first, until_ms, "down", &e), e);
	test_check_lanes(t);
	assert_int_equal(test_lease(t, t->q)->id, other); /* another lane goes on */
	job = test_lease_until(t, t->q, clock_deadline_ms(TEST_LONG_MS));
	assert_int_equal(job->id, first);
	assert_string_equal(job->reason, "down");
	assert_int_equal(job->attempts, 2);
	assert_true(clock_now_ms() >= until_ms);
	assert_ok(queue_done(t->q, first, &e), e);
	assert_int_equal(test_lease(t, t->q)->id, second);
	test_check_lanes(t);

	/* An operator knows better. */
	assert_ok(queue_hold(t->q, second, clock_now_ms() + 3600 * 1000, "down", &e), e);
	assert_null(test_lease(t, t->q));
	assert_ok(queue_again(t->q, second, TEST_EXPIRES_MS, &e), e);
	assert_int_equal(test_lease(t, t->q)->id, second);
	assert_ok(queue_hold(t->q, second, clock_now_ms(), "slow down", &e), e);
	assert_ok(queue_lane_pause(t->q, "one:a", clock_now_ms() + 3600 * 1000, &e), e);
	assert_ok(queue_again(t->q, second, TEST_EXPIRES_MS, &e), e);
	assert_null(test_lease(t, t->q)); /* Slack said when */

	int64_t loose = put(t->q, "", "x", NULL);
	assert_int_equal(test_lease(t, t->q)->id, loose);
	assert_ok(queue_hold(t->q, loose, clock_now_ms() + 3600 * 1000, "down", &e), e);
	assert_null(test_lease(t, t->q));
}

/* Waiting for an end */

static enum queue_state wait_end(struct test_queue *t, int64_t id, int64_t ms, const char **reason)
{
	enum queue_state state;
	struct err e;

	assert_ok(queue_wait_end(t->q, t->ctx, id, clock_deadline_ms(ms), &state, reason, &e), e);
	return state;
}

static void *end_it(void *arg)
{
	struct test_queue *t = arg;
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct queue_job *job = NULL;
	struct err e;

	assert_ok(queue_lease(t->q, ctx, &want, clock_deadline_ms(TEST_LONG_MS), &job, &e), e);
	assert_ok(queue_dead(t->q, job->id, "why", &e), e);
	talloc_free(ctx);
	return NULL;
}

static void test_wait_end(void **state)
{
	struct test_queue *t = *state;
	int64_t id = test_put(t->q, "", "x");
	const char *reason = "?";
	enum queue_state any;
	pthread_t thread;
	struct err e;

	assert_int_equal(wait_end(t, id, 1, &reason), QUEUE_PENDING);
	assert_null(reason);
	assert_int_equal(pthread_create(&thread, NULL, end_it, t), 0);
	assert_int_equal(wait_end(t, id, TEST_LONG_MS, &reason), QUEUE_DEAD);
	assert_string_equal(reason, "why");
	pthread_join(thread, NULL);
	assert_false(queue_wait_end(t->q, t->ctx, 99, clock_mono_ms(), &any, &reason, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);

	id = test_put(t->q, "", "x");
	queue_wake(t->q); /* the process ends: nobody is held up */
	int64_t began_ms = clock_mono_ms();
	assert_int_equal(wait_end(t, id, TEST_LONG_MS, &reason), QUEUE_PENDING);
	assert_true(clock_mono_ms() - began_ms < TEST_LONG_MS);
}

static void test_wait_end_in_another_process(void **state)
{
	struct test_queue *t = *state;
	const char *reason;
	int go[2], status;
	struct err e;
	char byte;

	assert_int_equal(pipe(go), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
		struct queue_job *job = NULL;
		struct queue *q;

		CHILD_CHECK(read(go[0], &byte, 1) == 1);
		CHILD_CHECK(test_queue_open(t, &q, &e));
		CHILD_CHECK(
			queue_lease(q, t->ctx, &want, clock_deadline_ms(TEST_LONG_MS), &job, &e));
		CHILD_CHECK(queue_done(q, job->id, &e));
		queue_close(q);
		_exit(0);
	}
	assert_ok(test_queue_open(t, &t->q, &e), e);
	int64_t id = test_put(t->q, "", "x");
	assert_int_equal(write(go[1], "x", 1), 1);
	assert_int_equal(wait_end(t, id, TEST_LONG_MS, &reason), QUEUE_DONE);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(go[0]);
	close(go[1]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup, test_queue_teardown)
#define ALONE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup_dir, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_lists),
		CASE(test_what_is_told_about_stays_longer),
		CASE(test_again),
		CASE(test_again_is_refused),
		CASE(test_cancel),
		CASE(test_a_held_job_keeps_its_place),
		ALONE(test_a_visitor_leaves_no_trace),
		CASE(test_wait_end),
		ALONE(test_wait_end_in_another_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
