/* The HTTP client on the same connection again, and on the same request again: what is reused, what
 * is repeated, and what never is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_http_fixture.h"

static void say_429(struct server_conn *c, const char *retry_after)
{
	char head[128];
	snprintf(head, sizeof(head),
		 "HTTP/1.1 429 Slow down\r\nRetry-After: %s\r\nContent-Length: 0\r\n\r\n",
		 retry_after);
	server_say(c, head);
}

static void say_date_429(struct server_conn *c)
{
	char date[64];
	struct tm tm;
	time_t then = (time_t)(clock_now_ms() / 1000) + 1;
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&then, &tm));
	say_429(c, date);
}

static bool serve(struct server_conn *c, const char *path, int nth)
{
	if (strcmp(path, "/die-second") == 0 && nth == 2) {
		server_reset(c);
		return false;
	}
	if (strcmp(path, "/429-once") == 0 && nth == 1)
		say_429(c, "0");
	else if (strcmp(path, "/429-date") == 0 && nth == 1)
		say_date_429(c);
	else if (strcmp(path, "/429-always") == 0)
		say_429(c, "0");
	else if (strcmp(path, "/429-long") == 0)
		say_429(c, "100");
	else
		server_say(c, OK_LEN "4\r\n\r\nfine");
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

/* A kept-alive connection dies under the second request. */
static void test_post_is_never_repeated(void **state)
{
	struct fixture *f = *state;
	assert_true(post(f, "/fine", "one"));
	assert_false(post(f, "/die-second", "two"));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	/* A repeated second one would have come before the third. */
	assert_true(post(f, "/fine", "three"));
	assert_int_equal(server_requests(f->s), 3);
}

static void test_empty_post_is_never_repeated(void **state)
{
	struct fixture *f = *state;
	assert_true(post(f, "/fine", "one"));
	assert_false(post(f, "/die-second", ""));
	assert_int_equal(f->e.kind, ERR_UNKNOWN);
	assert_int_equal(server_requests(f->s), 2);
}

static void test_get_is_repeated(void **state)
{
	struct fixture *f = *state;
	assert_true(get(f, "/fine"));
	assert_true(get(f, "/die-second"));
	assert_int_equal(server_requests(f->s), 3);
}

static void test_429(void **state)
{
	static const struct {
		const char *path;
		int status, requests;
	} cases[] = {
		{ "/429-once", 200, 2 },
		{ "/429-date", 200, 2 },
		{ "/429-always", 429, 4 },
		{ "/429-long", 429, 1 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		set_up(state);
		struct fixture *f = *state;
		assert_true(post(f, cases[i].path, "body"));
		assert_int_equal(f->rs->status, cases[i].status);
		assert_int_equal(server_requests(f->s), cases[i].requests);
		assert_non_null(strstr(f->s->last, "\r\n\r\nbody"));
		if (strcmp(cases[i].path, "/429-long") == 0)
			assert_int_equal(f->rs->retry_after_ms, 100000);
		tear_down(state);
	}
}

static void *many(void *arg)
{
	struct fixture mine = { .ctx = mem_ctx(NULL), .s = arg };
	size_t good = 0;
	for (int i = 0; i < 20; i++)
		good += get(&mine, "/fine") && strcmp(mine.rs->body, "fine") == 0;
	talloc_free(mine.ctx);
	return (void *)good;
}

static void test_threads_have_connections_of_their_own(void **state)
{
	struct fixture *f = *state;
	pthread_t threads[8];
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, many, f->s), 0);
	for (size_t i = 0; i < 8; i++) {
		void *good = NULL;
		pthread_join(threads[i], &good);
		assert_int_equal((size_t)good, 20);
	}
	assert_int_equal(server_connections(f->s), 8);
	assert_int_equal(server_requests(f->s), 160);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_post_is_never_repeated),
		TEST(test_empty_post_is_never_repeated),
		TEST(test_get_is_repeated),
		cmocka_unit_test(test_429),
		TEST(test_threads_have_connections_of_their_own),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
