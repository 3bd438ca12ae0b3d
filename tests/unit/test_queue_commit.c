/* The writer: group commit, the order of commit and answer, failures, other schemas, the log. */
#include "test_queue.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/stat.h>

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Commits in the write-ahead log, as SQLite's file format tells: frames of the log's current salt
 * whose second word (the database's size after the commit) is not 0. */
static int count_commits(struct test_queue *t)
{
	unsigned char header[32], frame[24];
	FILE *f = fopen(mem_printf(t->ctx, "%s-wal", t->db), "re");
	int n = 0;

	assert_non_null(f);
	assert_int_equal(fread(header, 1, sizeof(header), f), sizeof(header));
	while (fread(frame, 1, sizeof(frame), f) == sizeof(frame)) {
		if (memcmp(frame + 8, header + 16, 8) != 0)
			break;
		n += big_endian(frame + 4) != 0;
		fseek(f, (long)big_endian(header + 8), SEEK_CUR);
	}
	fclose(f);
	return n;
}

#define N_THREADS 16
#define N_PUTS 12

struct putter {
	struct test_queue *t;
	const char *body, *key;
	int n_puts;
	atomic_int *n_started, *n_returned;
	bool ok;
};

static void *put_many(void *arg)
{
	struct putter *p = arg;
	struct queue_put job = test_job("two:a", p->body);
	struct err e;

	job.keys[0] = p->key;
	atomic_fetch_add(p->n_started, 1);
	for (int i = 0; i < p->n_puts; i++) {
		p->ok = queue_put(p->t->q, &job, 1, NULL, &e);
		atomic_fetch_add(p->n_returned, 1);
		if (!p->ok)
			break;
	}
	return NULL;
}

struct crowd {
	atomic_int n_started, n_returned;
	struct putter putters[N_THREADS];
	pthread_t threads[N_THREADS];
};

static void crowd_start(struct crowd *c, struct test_queue *t, int n_puts)
{
	for (size_t i = 0; i < N_THREADS; i++) {
		c->putters[i] = (struct putter){ .t = t,
						 .body = "body",
						 .key = c->putters[i].key,
						 .n_puts = n_puts,
						 .n_started = &c->n_started,
						 .n_returned = &c->n_returned };
		assert_int_equal(pthread_create(&c->threads[i], NULL, put_many, &c->putters[i]), 0);
	}
}

static void crowd_join(struct crowd *c)
{
	for (size_t i = 0; i < N_THREADS; i++) {
		pthread_join(c->threads[i], NULL);
		assert_true(c->putters[i].ok);
	}
}

static void test_no_answer_before_the_commit(void **state)
{
	struct test_queue *t = *state;
	struct crowd c = { 0 };
	sqlite3 *db = NULL;
	int before = count_commits(t);

	/* Another process writes: nobody may be told that his job is stored. */
	assert_int_equal(sqlite3_open(t->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	crowd_start(&c, t, 1);
	while (atomic_load(&c.n_started) < N_THREADS)
		assert_null(test_lease_until(t, t->q, clock_deadline_ms(5)));
	assert_null(test_lease_until(t, t->q, clock_deadline_ms(50)));
	assert_int_equal(atomic_load(&c.n_returned), 0);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	crowd_join(&c);
	assert_int_equal(atomic_load(&c.n_returned), N_THREADS);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), N_THREADS);

	/* What waited together was committed together. */
	assert_in_range(count_commits(t) - before, 1, N_THREADS / 2);
}

static void test_sixteen_threads_put(void **state)
{
	struct test_queue *t = *state;
	struct crowd c = { 0 };

	crowd_start(&c, t, N_PUTS);
	crowd_join(&c);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), N_THREADS * N_PUTS);
	assert_true(count_commits(t) < N_THREADS * N_PUTS);
	test_check_lanes(t);
}

/* From now on this key cannot be stored: a failure after the operation's first change. */
static void make_bad(struct test_queue *t, const char *key)
{
	test_number(t, mem_printf(t->ctx,
				  "CREATE TRIGGER bad BEFORE INSERT ON keys WHEN new.key = '%s'"
				  " BEGIN SELECT RAISE(ABORT, 'a bad key'); END",
				  key));
}

static void test_put_is_all_or_nothing(void **state)
{
	struct test_queue *t = *state;
	struct queue_put jobs[3] = { test_job("two:a", "1"), test_job("two:a", "bad"),
				     test_job("two:b", "3") };
	int64_t ids[3] = { 7, 7, 7 };
	struct err e;

	make_bad(t, "bad");
	jobs[1].keys[0] = "bad";
	assert_false(queue_put(t->q, jobs, 3, ids, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_non_null(strstr(e.text, "a bad key"));
	assert_int_equal(ids[0], 7); /* outputs only on success */
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 0);
	assert_int_equal(test_number(t, "SELECT count(*) FROM lanes"), 0);
	assert_ok(queue_put(t->q, jobs, 1, ids, &e), e);
	test_check_lanes(t);
}

static void test_failure_harms_no_neighbour(void **state)
{
	struct test_queue *t = *state;
	struct crowd c = { 0 };
	atomic_int n_started = 0, n_returned = 0;
	struct putter bad = { .t = t,
			      .body = "bad",
			      .key = "bad",
			      .n_puts = 1,
			      .n_started = &n_started,
			      .n_returned = &n_returned };
	pthread_t thread;

	make_bad(t, "bad");
	assert_int_equal(pthread_create(&thread, NULL, put_many, &bad), 0);
	crowd_start(&c, t, 4);
	crowd_join(&c);
	pthread_join(thread, NULL);
	assert_false(bad.ok);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), N_THREADS * 4);
	test_check_lanes(t);
}

static void test_only_the_holder_changes_a_job(void **state)
{
	struct test_queue *t = *state;
	int64_t id = test_put(t->q, "two:a", "x");
	struct err e;

	assert_false(queue_retry_at(t->q, 4711, 0, "not leased", &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_non_null(strstr(e.text, "4711"));
	assert_false(queue_progress(t->q, id, "x", "one:b", NULL, &e));
	assert_false(queue_dead(t->q, id, "x", &e));
	assert_int_equal(test_number(t, "SELECT count(*) FROM progress"), 0);
	test_check_lanes(t);
}

static void test_deliveries_are_refused_above_the_limit(void **state)
{
	struct test_queue *t = *state;
	struct queue_options options = { .url = mem_printf(t->ctx, "sqlite:%s", t->db),
					 .state_dir = t->dir,
					 .max_bytes = 4096 };
	struct queue_put jobs[2] = { test_job("", "command"), test_job("", "delivery") };
	int64_t before_ms = clock_now_ms();
	struct queue *q;
	struct err e;

	jobs[1].priority = QUEUE_PRIORITY_DELIVERY;
	assert_ok(queue_open(t->ctx, &options, &q, &e), e);
	assert_false(queue_put(q, jobs, 2, NULL, &e));
	assert_int_equal(e.kind, ERR_RATE_LIMITED);
	assert_true(e.not_before_ms > before_ms);
	assert_non_null(strstr(e.text, "LOOKERBOT_STATE_MAX"));
	assert_ok(queue_put(q, jobs, 1, NULL, &e), e);
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), 1);
	queue_close(q);
}

static void test_newer_schema_is_refused(void **state)
{
	struct test_queue *t = *state;
	struct queue_put job = test_job("", "x");
	struct queue *other;
	struct err e;
	int version = (int)test_number(t, "PRAGMA user_version");

	test_number(t, "PRAGMA user_version = 99");
	assert_false(queue_put(t->q, &job, 1, NULL, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_non_null(strstr(e.text, t->db));
	assert_non_null(strstr(e.text, "upgrade"));
	assert_false(test_queue_open(t, &other, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	test_number(t, mem_printf(t->ctx, "PRAGMA user_version = %d", version));
	assert_ok(queue_put(t->q, &job, 1, NULL, &e), e);
}

/* A put that fails while it shares the transaction of fifteen others. */
static void test_failure_in_a_full_group(void **state)
{
	struct test_queue *t = *state;
	struct crowd c = { 0 };
	sqlite3 *db = NULL;

	make_bad(t, "bad");
	/* While another process writes, all come together. */
	assert_int_equal(sqlite3_open(t->db, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	c.putters[N_THREADS / 2].key = "bad";
	crowd_start(&c, t, 1);
	while (atomic_load(&c.n_started) < N_THREADS)
		assert_null(test_lease_until(t, t->q, clock_deadline_ms(5)));
	assert_null(test_lease_until(t, t->q, clock_deadline_ms(50)));
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	for (size_t i = 0; i < N_THREADS; i++) {
		pthread_join(c.threads[i], NULL);
		assert_int_equal(c.putters[i].ok, i != N_THREADS / 2);
	}
	assert_int_equal(test_number(t, "SELECT count(*) FROM jobs"), N_THREADS - 1);
	test_check_lanes(t);
}

static void test_log_is_moved_and_cut(void **state)
{
	struct test_queue *t = *state;
	struct queue_put job = test_job("", "");
	char *wal = mem_printf(t->ctx, "%s-wal", t->db);
	struct stat st;
	struct err e;

	job.body_len = 1024 * 1024;
	job.body = mem_array(t->ctx, char, job.body_len);
	for (int i = 0; i < 40; i++)
		assert_ok(queue_put(t->q, &job, 1, NULL, &e), e);
	/* 40 MiB went through a log that starts anew whenever the checkpoint thread kept up. */
	assert_int_equal(stat(t->db, &st), 0);
	assert_true(st.st_size > 4 * 1024 * 1024);
	queue_close(t->q);
	t->q = NULL;
	assert_int_not_equal(stat(wal, &st), 0);
	assert_int_equal(stat(t->db, &st), 0);
	assert_true(st.st_size > 40 * 1024 * 1024);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup, test_queue_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_no_answer_before_the_commit),
		CASE(test_sixteen_threads_put),
		CASE(test_put_is_all_or_nothing),
		CASE(test_failure_harms_no_neighbour),
		CASE(test_failure_in_a_full_group),
		CASE(test_only_the_holder_changes_a_job),
		CASE(test_deliveries_are_refused_above_the_limit),
		CASE(test_newer_schema_is_refused),
		CASE(test_log_is_moved_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
