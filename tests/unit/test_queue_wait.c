/* The order of leases, and the waiting for them. */
#include "test_queue.h"

#include <pthread.h>

static void test_order(void **state)
{
	struct test_queue *t = *state;
	static const struct {
		const char *body;
		enum queue_priority priority;
		int64_t due_before_ms;
	} jobs[] = {
		{ "5 delivery", QUEUE_PRIORITY_DELIVERY, 9000 },
		{ "3 command, late", QUEUE_PRIORITY_COMMAND, 100 },
		{ "1 modal", QUEUE_PRIORITY_MODAL, 0 },
		{ "2 command, early", QUEUE_PRIORITY_COMMAND, 5000 },
		{ "4 link", QUEUE_PRIORITY_LINK, 7000 },
	};
	static const char *const lanes[] = { "", "two:a", "unruled:b", "two:c", "one:d" };
	struct queue_put put[5];
	struct err e;

	for (size_t i = 0; i < 5; i++) {
		put[i] = test_job(lanes[i], jobs[i].body);
		put[i].priority = jobs[i].priority;
		put[i].not_before_ms = clock_now_ms() - jobs[i].due_before_ms;
	}
	assert_ok(queue_put(t->q, put, 5, NULL, &e), e);
	for (char place = '1'; place <= '5'; place++) {
		struct queue_job *job = test_lease(t, t->q);

		assert_non_null(job);
		assert_int_equal(job->body[0], place);
	}
}

static void test_modal_workers_take_modals_only(void **state)
{
	struct test_queue *t = *state;
	struct queue_want modal = { .max_priority = QUEUE_PRIORITY_MODAL };
	struct queue_put put = test_job("", "modal");
	struct queue_job *job;
	struct err e;

	test_put(t->q, "", "command");
	assert_ok(queue_lease(t->q, t->ctx, &modal, clock_mono_ms(), &job, &e), e);
	assert_null(job);
	put.priority = QUEUE_PRIORITY_MODAL;
	assert_ok(queue_put(t->q, &put, 1, NULL, &e), e);
	assert_ok(queue_lease(t->q, t->ctx, &modal, clock_mono_ms(), &job, &e), e);
	assert_non_null(job);
	assert_string_equal(job->body, "modal");
}

struct waiting {
	struct test_queue *t;
	struct queue_job *job;
	TALLOC_CTX *ctx;
	bool ok;
};

static void *wait_for_job(void *arg)
{
	struct waiting *w = arg;
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
	struct err e;

	w->ok = queue_lease(w->t->q, w->ctx, &want, clock_deadline_ms(TEST_LONG_MS), &w->job, &e);
	return NULL;
}

#define N_ROUNDS 12

static void test_put_wakes_at_once(void **state)
{
	struct test_queue *t = *state;
	int64_t start_ms = clock_mono_ms();
	struct err e;

	for (int i = 0; i < N_ROUNDS; i++) {
		struct waiting w = { .t = t, .ctx = mem_ctx(NULL) };
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, wait_for_job, &w), 0);
		assert_null(test_lease_until(t, t->q, clock_mono_ms())); /* lets it begin */
		test_put(t->q, "", "x");
		pthread_join(thread, NULL);
		assert_non_null(w.job);
		assert_ok(queue_done(t->q, w.job->id, &e), e);
		talloc_free(w.ctx);
	}
	/* Found by the look of each second alone, they would have taken that many seconds. */
	assert_true(clock_mono_ms() - start_ms < N_ROUNDS * 500);
}

#define N_WAITING 24

static void start_waiting(struct test_queue *t, struct waiting *w, pthread_t *threads)
{
	for (size_t i = 0; i < N_WAITING; i++) {
		w[i] = (struct waiting){ .t = t, .ctx = mem_ctx(NULL) };
		assert_int_equal(pthread_create(&threads[i], NULL, wait_for_job, &w[i]), 0);
	}
}

static void test_put_wakes_all_who_wait(void **state)
{
	struct test_queue *t = *state;
	struct queue_put jobs[N_WAITING];
	struct waiting w[N_WAITING];
	pthread_t threads[N_WAITING];
	struct err e;
	bool seen[N_WAITING + 1] = { 0 };
	int64_t start = clock_mono_ms();

	start_waiting(t, w, threads);
	for (size_t i = 0; i < N_WAITING; i++)
		jobs[i] = test_job("", "x");
	assert_ok(queue_put(t->q, jobs, N_WAITING, NULL, &e), e);
	for (size_t i = 0; i < N_WAITING; i++) {
		pthread_join(threads[i], NULL);
		assert_true(w[i].ok);
		assert_non_null(w[i].job);
		assert_in_range(w[i].job->id, 1, N_WAITING);
		assert_false(seen[w[i].job->id]);
		seen[w[i].job->id] = true;
		talloc_free(w[i].ctx);
	}
	assert_true(clock_mono_ms() - start < TEST_LONG_MS);
	test_check_lanes(t);
}

static bool leave_done(struct queue *q, int64_t id, struct err *e)
{
	return queue_done(q, id, e);
}

static bool leave_dead(struct queue *q, int64_t id, struct err *e)
{
	return queue_dead(q, id, "why", e);
}

static bool leave_for_another(struct queue *q, int64_t id, struct err *e)
{
	return queue_progress(q, id, NULL, "two:b", NULL, e) && queue_done(q, id, e);
}

/* However a job leaves a full lane, the next one goes at once. */
static void test_room_wakes_at_once(void **state)
{
	bool (*const ways[])(struct queue *, int64_t, struct err *) = { leave_done, leave_dead,
									leave_for_another };
	struct test_queue *t = *state;
	int64_t start_ms = clock_mono_ms();

	for (int i = 0; i < N_ROUNDS; i++) {
		int64_t held = test_put(t->q, "one:a", "first");
		struct waiting w = { .t = t, .ctx = mem_ctx(NULL) };
		pthread_t thread;
		struct err e;

		assert_non_null(test_lease(t, t->q));
		test_put(t->q, "one:a", "next");
		assert_int_equal(pthread_create(&thread, NULL, wait_for_job, &w), 0);
		assert_null(test_lease_until(t, t->q, clock_deadline_ms(20))); /* it begins */
		assert_ok(ways[i % 3](t->q, held, &e), e);
		pthread_join(thread, NULL);
		assert_non_null(w.job);
		assert_ok(queue_done(t->q, w.job->id, &e), e);
		talloc_free(w.ctx);
	}
	/* As above: a look a second would do it too, but slowly. */
	assert_true(clock_mono_ms() - start_ms < N_ROUNDS * 500);
	test_check_lanes(t);
}

static void test_wake_ends_all_waits(void **state)
{
	struct test_queue *t = *state;
	struct waiting w[N_WAITING];
	pthread_t threads[N_WAITING];
	int64_t start = clock_mono_ms();

	start_waiting(t, w, threads);
	queue_wake(t->q);
	for (size_t i = 0; i < N_WAITING; i++) {
		pthread_join(threads[i], NULL);
		assert_true(w[i].ok);
		assert_null(w[i].job);
		talloc_free(w[i].ctx);
	}
	assert_null(test_lease_until(t, t->q, clock_deadline_ms(TEST_LONG_MS)));
	assert_true(clock_mono_ms() - start < TEST_LONG_MS);
}

static void test_waiting_writes_nothing(void **state)
{
	struct test_queue *t = *state;
	struct queue_put later = test_job("one:a", "later");
	int64_t version;
	struct err e;
	sqlite3 *db = NULL;
	sqlite3_stmt *st = NULL;

	later.not_before_ms = clock_now_ms() + 3600 * 1000;
	assert_ok(queue_put(t->q, &later, 1, NULL, &e), e);
	/* data_version tells a connection whether another has committed a change. */
	assert_int_equal(sqlite3_open(t->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA data_version", -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	version = sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	assert_null(test_lease_until(t, t->q, clock_deadline_ms(100)));
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(st, 0), version);
	sqlite3_finalize(st);
	sqlite3_close(db);
}

static void test_job_of_another_process_is_found(void **state)
{
	struct test_queue *t = *state;
	struct waiting w = { .t = t, .ctx = mem_ctx(NULL) };
	struct queue *other;
	pthread_t thread;
	struct err e;

	assert_int_equal(pthread_create(&thread, NULL, wait_for_job, &w), 0);
	assert_ok(test_queue_open(t, &other, &e), e);
	test_put(other, "", "from the other"); /* which cannot wake the waiting thread */
	pthread_join(thread, NULL);
	assert_true(w.ok);
	assert_non_null(w.job);
	talloc_free(w.ctx);
	queue_close(other);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_order),
		CASE(test_modal_workers_take_modals_only),
		CASE(test_put_wakes_at_once),
		CASE(test_room_wakes_at_once),
		CASE(test_put_wakes_all_who_wait),
		CASE(test_wake_ends_all_waits),
		CASE(test_waiting_writes_nothing),
		CASE(test_job_of_another_process_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
