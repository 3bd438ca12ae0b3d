/* The writer: group commit, the order of commit and answer, full disks, other schemas, the log. */
#include "test_queue.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
	const char *body;
	int n_puts;
	atomic_int *n_started, *n_returned;
	bool ok;
};

static void *put_many(void *arg)
{
	struct putter *p = arg;
	struct queue_put job = test_job("two:a", p->body);
	struct err e;

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

/* From now on a part with these bytes cannot be stored: a failure in the middle of an operation. */
static void make_bad(struct test_queue *t, const char *body)
{
	test_number(t, mem_printf(t->ctx,
				  "CREATE TRIGGER bad BEFORE INSERT ON parts"
				  " WHEN new.bytes = CAST('%s' AS BLOB)"
				  " BEGIN SELECT RAISE(ABORT, 'a bad part'); END",
				  body));
}

static void test_put_is_all_or_nothing(void **state)
{
	struct test_queue *t = *state;
	struct queue_put jobs[3] = { test_job("two:a", "1"), test_job("two:a", "bad"),
				     test_job("two:b", "3") };
	int64_t ids[3] = { 7, 7, 7 };
	struct err e;

	make_bad(t, "bad");
	assert_false(queue_put(t->q, jobs, 3, ids, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_non_null(strstr(e.text, "a bad part"));
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

	test_number(t, "PRAGMA user_version = 99");
	assert_false(queue_put(t->q, &job, 1, NULL, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	assert_non_null(strstr(e.text, t->db));
	assert_non_null(strstr(e.text, "upgrade"));
	assert_false(test_queue_open(t, &other, &e));
	assert_int_equal(e.kind, ERR_INTERNAL);
	test_number(t, "PRAGMA user_version = 1");
	assert_ok(queue_put(t->q, &job, 1, NULL, &e), e);
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

static bool put_big(struct queue *q, struct err *e)
{
	static char body[100 * 1024];
	struct queue_put job = test_job("", "");

	job.body = body;
	job.body_len = sizeof(body);
	return queue_put(q, &job, 1, NULL, e);
}

/* Fills the disk by puts until one fails, checks what it says. */
static void fill_up(struct test_queue *t, struct queue *q)
{
	struct err e;
	int n = 0;

	while (put_big(q, &e))
		CHILD_CHECK(++n < 1000);
	CHILD_CHECK(n > 0);
	CHILD_CHECK(e.kind == ERR_TEMPORARY);
	CHILD_CHECK(strstr(e.text, "is full") != NULL && strstr(e.text, t->db) != NULL);
	CHILD_CHECK(!put_big(q, &e)); /* and stays so */
	CHILD_CHECK(e.kind == ERR_TEMPORARY);
}

static void drain(struct test_queue *t, struct queue *q)
{
	struct queue_want want = { .max_priority = QUEUE_PRIORITY_DELIVERY };
	struct queue_job *job;
	struct err e;

	do {
		CHILD_CHECK(queue_lease(q, t->ctx, &want, clock_deadline_ms(1500), &job, &e));
		if (job)
			CHILD_CHECK(queue_done(q, job->id, &e));
		talloc_free(job);
	} while (job);
}

static void set_file_limit(rlim_t bytes)
{
	struct rlimit limit = { .rlim_max = RLIM_INFINITY };

	CHILD_CHECK(getrlimit(RLIMIT_FSIZE, &limit) == 0);
	limit.rlim_cur = bytes;
	CHILD_CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

/* A child process, since its limits and mounts shall not be ours. */
static int run_child(void (*run)(struct test_queue *t), struct test_queue *t)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		run(t);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void full_by_file_limit(struct test_queue *t)
{
	struct queue *q;
	struct err e;

	signal(SIGXFSZ, SIG_IGN);
	CHILD_CHECK(test_queue_open(t, &q, &e));
	set_file_limit((rlim_t)1024 * 1024);
	fill_up(t, q);
	set_file_limit(RLIM_INFINITY);
	CHILD_CHECK(put_big(q, &e)); /* by itself */
	drain(t, q);
	queue_close(q);
}

static void test_full_disk_by_file_limit(void **state)
{
	assert_int_equal(run_child(full_by_file_limit, *state), 0);
}

#define EXIT_REFUSED 77

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Mounts of our own; when we are not root, as the root of a user namespace. */
static bool own_namespaces(void)
{
	char *map = mem_printf(NULL, "0 %u 1", (unsigned)getuid());
	bool ok = unshare(CLONE_NEWNS) == 0 || (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 &&
						write_text("/proc/self/uid_map", map));

	talloc_free(map);
	return ok && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void full_tmpfs(struct test_queue *t)
{
	char *ballast = mem_printf(t->ctx, "%s/ballast", t->dir);
	struct queue *q;
	struct err e;
	int fd;

	if (!own_namespaces() || mount("none", t->dir, "tmpfs", 0, "size=4m,mode=700") != 0)
		_exit(EXIT_REFUSED);
	fd = open(ballast, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	CHILD_CHECK(fd >= 0 && posix_fallocate(fd, 0, (off_t)3 * 1024 * 1024) == 0);
	close(fd);
	CHILD_CHECK(test_queue_open(t, &q, &e));
	fill_up(t, q);
	CHILD_CHECK(unlink(ballast) == 0);
	CHILD_CHECK(put_big(q, &e)); /* by itself */
	drain(t, q);
	queue_close(q);
}

static void test_full_disk_on_a_small_tmpfs(void **state)
{
	int status = run_child(full_tmpfs, *state);

	if (status == EXIT_REFUSED) {
		print_message("skipped: test_full_disk_on_a_small_tmpfs (unshare refused)\n");
		skip();
	}
	assert_int_equal(status, 0);
}

/* As teardown, but for tests whose child made the files. */
static int teardown_child(void **state)
{
	struct test_queue *t = *state;

	mkdir(mem_printf(t, "%s/owners", t->dir), 0700);
	return test_queue_teardown(state);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup, test_queue_teardown)
#define CHILD_CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup_dir, teardown_child)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHILD_CASE(test_full_disk_by_file_limit),
		CHILD_CASE(test_full_disk_on_a_small_tmpfs),
		CASE(test_no_answer_before_the_commit),
		CASE(test_sixteen_threads_put),
		CASE(test_put_is_all_or_nothing),
		CASE(test_failure_harms_no_neighbour),
		CASE(test_only_the_holder_changes_a_job),
		CASE(test_deliveries_are_refused_above_the_limit),
		CASE(test_newer_schema_is_refused),
		CASE(test_log_is_moved_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
