/* Bodies that are not kept in memory: answers that go to a sink piece by piece, and files that are
 * sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>

#include "test_http_fixture.h"

#define LARGE_BYTES (3 * 1024 * 1024)

/* gzip of "hello hello hello". */
static const char gzip_small[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00"
	"\x80\x88\xf9\xe5\x11\x00\x00\x00";

static void say_large(struct server_conn *c, size_t said, size_t sent)
{
	static const char piece[1024] = { 'x' };
	char head[128];

	snprintf(head, sizeof(head), OK_LEN "%zu\r\n\r\n", said);
	server_say(c, head);
	for (size_t n = 0; n < sent; n += sizeof(piece))
		server_write(c, piece, sizeof(piece));
}

static bool serve(struct server_conn *c, const char *path, int nth)
{
	char byte;

	if (strcmp(path, "/large") == 0) {
		say_large(c, LARGE_BYTES, LARGE_BYTES);
	} else if (strcmp(path, "/cut") == 0) {
		say_large(c, LARGE_BYTES, 1024 * 1024);
		return false;
	} else if (strcmp(path, "/stuck") == 0) {
		say_large(c, LARGE_BYTES, 1024);
		while (server_read(c, &byte, 1) > 0)
			;
		return false;
	} else if (strcmp(path, "/gzip") == 0) {
		server_say(c, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 28\r\n"
			      "\r\n");
		server_write(c, gzip_small, sizeof(gzip_small) - 1);
	} else if (strcmp(path, "/refused") == 0) {
		server_say(c, "HTTP/1.1 400 No\r\nContent-Length: 9\r\n\r\nno such x");
	} else if (strcmp(path, "/long-refusal") == 0) {
		server_say(c, "HTTP/1.1 400 No\r\nContent-Length: 100000\r\n\r\n");
		for (int i = 0; i < 100; i++)
			say_large(c, 0, 1024);
		return false;
	} else if (strcmp(path, "/limited") == 0 && nth == 1) {
		server_say(c, "HTTP/1.1 429 No\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nwait");
	} else {
		server_say(c, OK_LEN "4\r\n\r\nfine");
	}
	return true;
}

static int set_up(void **state)
{
	*state = fixture_new(serve, NULL);
	return 0;
}

static int tear_down(void **state)
{
	fixture_free(*state);
	return 0;
}

/* What came, and after how many bytes no more is wanted. */
struct taken {
	size_t bytes, max, largest;
	char first[64];
};

static bool take(void *user, const char *data, size_t len)
{
	struct taken *t = user;

	if (t->bytes < sizeof(t->first))
		memcpy(t->first + t->bytes, data,
		       len < sizeof(t->first) - t->bytes ? len : sizeof(t->first) - t->bytes);
	t->bytes += len;
	t->largest = len > t->largest ? len : t->largest;
	return t->bytes <= t->max;
}

static bool fetch(struct fixture *f, const char *path, struct taken *t, size_t max_bytes)
{
	struct http_request rq = request(f, "GET", path);

	rq.sink = take;
	rq.sink_user = t;
	rq.max_bytes = max_bytes;
	return send_it(f, &rq);
}

static void test_sink(void **state)
{
	struct fixture *f = *state;
	struct taken t = { .max = SIZE_MAX };

	assert_true(fetch(f, "/large", &t, LARGE_BYTES));
	assert_int_equal(t.bytes, LARGE_BYTES);
	assert_in_range(t.largest, 1, 64 * 1024);
	assert_int_equal(f->rs->body_len, 0);
	assert_int_equal(f->rs->status, 200);
	t = (struct taken){ .max = SIZE_MAX };
	assert_true(fetch(f, "/gzip", &t, 17));
	assert_string_equal(t.first, "hello hello hello");
}

static void test_only_what_is_asked_for(void **state)
{
	struct fixture *f = *state;
	struct taken t = { .max = SIZE_MAX };

	assert_true(fetch(f, "/refused", &t, LARGE_BYTES));
	assert_int_equal(f->rs->status, 400);
	assert_string_equal(f->rs->body, "no such x");
	assert_true(fetch(f, "/limited", &t, LARGE_BYTES)); /* and again, by itself */
	assert_int_equal(t.bytes, 4);
	assert_memory_equal(t.first, "fine", 4);
	assert_false(fetch(f, "/long-refusal", &t, LARGE_BYTES));
	assert_int_equal(f->e.kind, ERR_BAD_REPLY);
	assert_int_equal(t.bytes, 4);
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct taken t = { .max = SIZE_MAX };

	assert_false(fetch(f, "/large", &t, LARGE_BYTES - 1));
	assert_int_equal(f->e.kind, ERR_BAD_REPLY);
	assert_in_range(t.bytes, LARGE_BYTES - 64 * 1024, LARGE_BYTES - 1);
	t = (struct taken){ .max = 1000 };
	assert_false(fetch(f, "/large", &t, LARGE_BYTES));
	assert_int_equal(f->e.kind, ERR_INTERNAL);
	assert_in_range(t.bytes, 1001, 128 * 1024);
	t = (struct taken){ .max = SIZE_MAX };
	assert_false(fetch(f, "/cut", &t, LARGE_BYTES));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
}

static void test_deadline(void **state)
{
	struct fixture *f = *state;
	struct taken t = { .max = SIZE_MAX };
	struct http_request rq = request(f, "GET", "/stuck");

	rq.sink = take;
	rq.sink_user = &t;
	rq.max_bytes = LARGE_BYTES;
	rq.deadline_ms = clock_deadline_ms(300);
	assert_false(send_it(f, &rq));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	assert_int_equal(t.bytes, 1024);
}

static int file_of(const char *text)
{
	char path[] = "/tmp/lookerbot-test-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	unlink(path);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	return fd;
}

static bool upload(struct fixture *f, int fd, size_t len)
{
	struct http_file file = { .fd = fd, .len = len };
	struct http_request rq = request(f, "POST", "/upload");

	rq.file = &file;
	return send_it(f, &rq);
}

static void test_file(void **state)
{
	struct fixture *f = *state;
	char *text = mem_array(f->ctx, char, 100001);
	int fd;

	memset(text, 'y', 100000);
	fd = file_of(text);
	for (int i = 0; i < 2; i++) { /* from its beginning each time */
		assert_true(upload(f, fd, 100000));
		assert_non_null(strstr(f->s->last, "Content-Length: 100000\r\n"));
		assert_string_equal(strstr(f->s->last, "\r\n\r\n") + 4, text);
	}
	close(fd);
}

static void test_file_that_is_not_what_was_said(void **state)
{
	struct fixture *f = *state;
	int fd = file_of("short");

	assert_false(upload(f, fd, 100));
	assert_int_equal(f->e.kind, ERR_INTERNAL);
	close(fd);
	assert_false(upload(f, fd, 5));
	assert_int_equal(f->e.kind, ERR_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_sink),   TEST(test_only_what_is_asked_for),
		TEST(test_limits), TEST(test_deadline),
		TEST(test_file),   TEST(test_file_that_is_not_what_was_said),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
