/* Bodies that do not come with the lease: as much of one as is wanted, and the rest to a file. */
#include "test_bot.h"

#include "bot/job_run.h"

#define HEAD "{\"a\":1}\n"

static char *body_of(struct fixture *f, size_t len)
{
	char *body = mem_array(f->ctx, char, len);

	for (size_t i = 0; i < len; i++)
		body[i] = (char)((i * 7 + i / 251) % 256);
	for (char *at; (at = memchr(body, '\n', len));)
		*at = '\0';
	memcpy(body, HEAD, strlen(HEAD));
	return body;
}

/* Leases a job with that body. */
static struct job_run run_of(struct fixture *f, const char *body, size_t len)
{
	struct queue_put put = test_job("", "");

	put.body = body;
	put.body_len = len;
	assert_ok(queue_put(f->bot.queue, &put, 1, NULL, &f->e), f->e);
	return (struct job_run){ .ctx = f->ctx, .bot = &f->bot, .job = test_lease(f->t, f->t->q) };
}

static void check(struct fixture *f, size_t len, bool leased)
{
	const char *body = body_of(f, len), *got;
	struct job_run run = run_of(f, body, len);
	struct spool *file;
	size_t got_len;

	assert_int_equal(run.job->body_len, len);
	assert_int_equal(run.job->body != NULL, leased);
	assert_ok(job_body(&run, JOB_BODY_ALL, &got, &got_len, &f->e), f->e);
	assert_int_equal(got_len, len);
	assert_memory_equal(got, body, len);
	assert_ok(job_body(&run, '\n', &got, &got_len, &f->e), f->e);
	assert_memory_equal(got, body, strlen(HEAD));
	assert_true(leased || got_len <= QUEUE_PART_BYTES);

	static const size_t froms[] = { 8, QUEUE_PART_BYTES, QUEUE_PART_BYTES + 1 };
	for (size_t i = 0; i < sizeof(froms) / sizeof(froms[0]); i++) {
		const size_t rest = len - froms[i];
		char *read_back = mem_array(f->ctx, char, rest);

		assert_ok(spool_open(f->ctx, f->t->dir, rest, &file, &f->e), f->e);
		assert_ok(job_body_copy(&run, froms[i], file, &f->e), f->e);
		assert_int_equal(file->bytes, rest);
		assert_int_equal(pread(file->fd, read_back, rest, 0), rest);
		assert_memory_equal(read_back, body + froms[i], rest);
		talloc_free(file);
	}
	assert_ok(queue_done(f->bot.queue, run.job->id, &f->e), f->e);
}

static void test_sizes(void **state)
{
	struct fixture *f = *state;

	check(f, QUEUE_BODY_LEASED_MAX_BYTES, true);
	check(f, QUEUE_BODY_LEASED_MAX_BYTES + 1, false);
	check(f, QUEUE_BODY_LEASED_MAX_BYTES + QUEUE_PART_BYTES, false);
	check(f, (size_t)3 * QUEUE_BODY_LEASED_MAX_BYTES + 12345, false);
}

static void test_a_part_is_lost(void **state)
{
	const size_t len = QUEUE_BODY_LEASED_MAX_BYTES + 1;
	struct fixture *f = *state;
	struct job_run run = run_of(f, body_of(f, len), len);
	const char *got;
	size_t got_len;

	test_number(f->t, "DELETE FROM parts WHERE id % 4096 = 3");
	assert_false(job_body(&run, JOB_BODY_ALL, &got, &got_len, &f->e));
	assert_int_equal(f->e.kind, ERR_INTERNAL);
	assert_non_null(strstr(f->e.text, "has lost its body"));
	assert_ok(job_body(&run, '\n', &got, &got_len, &f->e), f->e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sizes),
		TEST(test_a_part_is_lost),
	};

	return run_group(tests, sizeof(tests) / sizeof(tests[0]));
}
