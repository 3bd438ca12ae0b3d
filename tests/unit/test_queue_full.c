/* A full disk: refused in words, nothing half stored, and well again by itself. */
#include "test_queue.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

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
static bool own_namespaces(TALLOC_CTX *ctx)
{
	char *uid_map = mem_printf(ctx, "0 %u 1", (unsigned)getuid());
	char *gid_map = mem_printf(ctx, "0 %u 1", (unsigned)getgid());

	if (unshare(CLONE_NEWNS) != 0 && (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 ||
					  !write_text("/proc/self/uid_map", uid_map) ||
					  !write_text("/proc/self/setgroups", "deny") ||
					  !write_text("/proc/self/gid_map", gid_map)))
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void full_tmpfs(struct test_queue *t)
{
	char *ballast = mem_printf(t->ctx, "%s/ballast", t->dir);
	struct queue *q;
	struct err e;
	int fd;

	if (!own_namespaces(t->ctx) || mount("none", t->dir, "tmpfs", 0, "size=4m,mode=700") != 0)
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

#define CHILD_CASE(name) cmocka_unit_test_setup_teardown(name, test_queue_setup_dir, teardown_child)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CHILD_CASE(test_full_disk_by_file_limit),
		CHILD_CASE(test_full_disk_on_a_small_tmpfs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
