/* Several processes at one queue: kill -9 in the middle, poison, two that work side by side. */
#include "test_queue.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

/* No thread and no open queue exists in the parent when it forks. */

/* A child that leases one job (a suspect when told so), says so by one byte, and then hangs until
 * the parent kills it. */
static void die_holding_a_job(struct test_queue *t, bool suspects)
{
	int fds[2], status;
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY,
					   .suspects = suspects };
		struct queue_job *job = NULL;
		struct queue *q;
		struct err e;

		CHILD_CHECK(test_queue_open(t, &q, &e));
		CHILD_CHECK(
			queue_lease(q, t->ctx, &want, clock_deadline_ms(TEST_LONG_MS), &job, &e));
		CHILD_CHECK(job != NULL);
		CHILD_CHECK(write(fds[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	close(fds[1]);
	assert_int_equal(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static int64_t recover(struct queue *q)
{
	int64_t suspects = -1;
	struct err e;

	assert_ok(queue_recover(q, &suspects, &e), e);
	return suspects;
}

static void test_killed_process_gives_its_job_back(void **state)
{
	struct test_queue *t = *state;
	struct queue_job *job;
	struct err e;

	assert_ok(test_queue_open(t, &t->q, &e), e);
	test_put(t->q, "one:a", "x");
	queue_close(t->q);
	t->q = NULL;

	die_holding_a_job(t, false);
	assert_ok(test_queue_open(t, &t->q, &e), e);
	assert_null(test_lease(t, t->q)); /* still the dead one's */
	assert_int_equal(recover(t->q), 0);
	test_check_lanes(t);
	job = test_lease(t, t->q);
	assert_non_null(job);
	assert_int_equal(job->deaths, 1);
	assert_int_equal(job->attempts, 2);
	assert_int_equal(recover(t->q), 0); /* we live: ours stays ours */
	assert_ok(queue_done(t->q, job->id, &e), e);
}

static void test_poison(void **state)
{
	struct test_queue *t = *state;
	struct queue_job *job;
	struct err e;

	assert_ok(test_queue_open(t, &t->q, &e), e);
	test_put(t->q, "one:a", "poison");
	for (int64_t deaths = 1; deaths <= QUEUE_MAX_DEATHS; deaths++) {
		bool suspect = deaths >= QUEUE_SUSPECT_DEATHS && deaths < QUEUE_MAX_DEATHS;

		queue_close(t->q);
		die_holding_a_job(t, deaths > QUEUE_SUSPECT_DEATHS);
		t->q = NULL;
		assert_ok(test_queue_open(t, &t->q, &e), e);
		assert_int_equal(recover(t->q), suspect ? 1 : 0);
		test_check_lanes(t);
		if (suspect)
			assert_null(test_lease(t, t->q));
	}
	job = test_lease(t, t->q);
	assert_non_null(job);
	assert_int_equal(job->deaths, QUEUE_MAX_DEATHS);
	assert_int_equal(job->attempts, QUEUE_MAX_DEATHS + 1);
	assert_ok(queue_dead(t->q, job->id, "killed its process", &e), e);
}

static void test_suspects_in_a_closed_lane_are_not_due(void **state)
{
	struct test_queue *t = *state;
	struct err e;

	assert_ok(test_queue_open(t, &t->q, &e), e);
	test_put(t->q, "one:a", "poison");
	queue_close(t->q);
	t->q = NULL;
	for (int i = 0; i < QUEUE_SUSPECT_DEATHS; i++) {
		die_holding_a_job(t, false);
		assert_ok(test_queue_open(t, &t->q, &e), e);
		recover(t->q);
		queue_close(t->q);
		t->q = NULL;
	}
	assert_ok(test_queue_open(t, &t->q, &e), e);
	assert_int_equal(recover(t->q), 1);
	assert_ok(queue_lane_pause(t->q, "one:a", clock_now_ms() + 3600 * 1000, &e), e);
	assert_int_equal(recover(t->q), 0);
}

static void test_two_opens_are_two_owners(void **state)
{
	struct test_queue *t = *state;
	struct queue *other = NULL;
	struct err e;

	assert_ok(test_queue_open(t, &t->q, &e), e);
	assert_ok(test_queue_open(t, &other, &e), e);
	test_put(t->q, "one:a", "x");
	assert_non_null(test_lease(t, other));
	assert_int_equal(recover(t->q), 0);
	assert_null(test_lease(t, t->q));
	queue_close(other);
}

#define N_JOBS 1000
#define N_BATCH 20
#define N_WORKERS 6

struct worker {
	struct queue *q;
	int fd;
};

/* Works until nothing came for a while that is long for this test; writes each job's number. */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };

	for (;;) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct queue_job *job;
		struct err e;
		int32_t number;

		CHILD_CHECK(queue_lease(w->q, ctx, &want, clock_deadline_ms(3000), &job, &e));
		if (!job) {
			talloc_free(ctx);
			return NULL;
		}
		CHILD_CHECK(job->body_len == sizeof(number) && job->attempts == 1);
		memcpy(&number, job->body, sizeof(number));
		CHILD_CHECK(queue_done(w->q, job->id, &e));
		CHILD_CHECK(write(w->fd, &number, sizeof(number)) == sizeof(number));
		talloc_free(ctx);
	}
}

static _Noreturn void put_and_work(struct test_queue *t, int32_t first, int fd)
{
	static const char *const lanes[] = { "", "two:a", "two:b", "free:c" };
	struct worker w = { .fd = fd };
	pthread_t threads[N_WORKERS];
	struct err e;

	CHILD_CHECK(test_queue_open(t, &w.q, &e));
	for (size_t i = 0; i < N_WORKERS; i++)
		CHILD_CHECK(pthread_create(&threads[i], NULL, work, &w) == 0);
	for (int32_t at = 0; at < N_JOBS; at += N_BATCH) {
		struct queue_put jobs[N_BATCH];
		int32_t numbers[N_BATCH];

		for (int32_t i = 0; i < N_BATCH; i++) {
			numbers[i] = first + at + i;
			jobs[i] = test_job(lanes[i % 4], "");
			jobs[i].body = &numbers[i];
			jobs[i].body_len = sizeof(numbers[i]);
		}
		CHILD_CHECK(queue_put(w.q, jobs, N_BATCH, NULL, &e));
	}
	for (size_t i = 0; i < N_WORKERS; i++)
		pthread_join(threads[i], NULL);
	queue_close(w.q);
	_exit(0);
}

static void test_two_processes_lose_and_repeat_nothing(void **state)
{
	struct test_queue *t = *state;
	static int seen[2 * N_JOBS];
	int fds[2], status;
	int32_t number;
	size_t n = 0;
	pid_t pids[2];

	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	for (int i = 0; i < 2; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			put_and_work(t, i * N_JOBS, fds[1]);
	}
	close(fds[1]);
	while (read(fds[0], &number, sizeof(number)) == sizeof(number)) {
		assert_in_range(number, 0, 2 * N_JOBS - 1);
		assert_int_equal(seen[number]++, 0);
		n++;
	}
	close(fds[0]);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	assert_int_equal(n, 2 * N_JOBS);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs WHERE state = 2"), 2 * N_JOBS);
	test_check_lanes(t);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup_dir, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_killed_process_gives_its_job_back),
		CASE(test_poison),
		CASE(test_suspects_in_a_closed_lane_are_not_due),
		CASE(test_two_opens_are_two_owners),
		CASE(test_two_processes_lose_and_repeat_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
