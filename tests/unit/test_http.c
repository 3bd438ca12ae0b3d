/* The HTTP client against a server in this process: what comes back, and what each failure means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_http_fixture.h"

/* gzip of "hello hello hello". */
static const char gzip_small[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00"
	"\x80\x88\xf9\xe5\x11\x00\x00\x00";
/* gzip of 150,000 zero bytes. */
static const char gzip_bomb[] =
	"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xed\xc1\x31\x01\x00\x00\x00\xc2\xa0\xf5"
	"\x4f\x6d\x0b\x2f\xa0\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x78\x18\xdd\x85\x78\x98\xf0\x49\x02\x00";

static void say_gzip(struct server_conn *c, const char *data, size_t len)
{
	char head[128];
	snprintf(head, sizeof(head), OK_LEN "%zu\r\nContent-Encoding: gzip\r\n\r\n", len);
	server_say(c, head);
	server_write(c, data, len);
}

/* Until the client goes away. */
static void hold(struct server_conn *c)
{
	char byte;
	while (server_read(c, &byte, 1) > 0)
		;
}

static void say_large_headers(struct server_conn *c)
{
	server_say(c, "HTTP/1.1 200 OK\r\n");
	for (int i = 0; i < 1100; i++)
		server_say(c, "X-Padding: 01234567890123456789012345678901234567890123456789\r\n");
	server_say(c, "Content-Length: 0\r\n\r\n");
}

/* Paths that always get the same bytes; those with `close` end the connection after them. */
static const struct {
	const char *path;
	const char *answer;
	bool close;
} fixed[] = {
	{ "/ok",
	  OK_LEN "5\r\nX-Thing:  a b \r\nContent-Type: Text/HTML; charset=utf-8\r\n\r\nhello" },
	{ "/empty", "HTTP/1.1 204 No\r\n\r\n" },
	{ "/chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
		      "3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n" },
	{ "/not-found", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno" },
	{ "name.invalid:443", "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n" }, /* CONNECT */
	{ "/redirect", "HTTP/1.1 302 Go\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n" },
	{ "/continue", "HTTP/1.1 100 Continue\r\nX-Early: 1\r\n\r\n" OK_LEN "2\r\n\r\nok" },
	{ "/large-chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
			    "10\r\n0123456789abcdef\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n" },
	{ "/truncated", OK_LEN "100\r\n\r\nhello", true },
	{ "/garbage", "what is this?\n", true },
	{ "/nothing", "", true },
	{ "/html", "HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 60\r\n\r\n"
		   "<html><h1>Bad Gateway</h1><script>x()</script>nginx &amp; co.</html>" },
};

static bool serve_special(struct server_conn *c, const char *path)
{
	if (strcmp(path, "/slow") == 0) {
		server_say(c, OK_LEN "100\r\n\r\nhello");
		hold(c);
		return false;
	}
	if (strncmp(path, "/silent", 7) == 0) {
		hold(c);
		return false;
	}
	if (strcmp(path, "/headers") == 0)
		say_large_headers(c);
	else if (strcmp(path, "/gzip") == 0)
		say_gzip(c, gzip_small, sizeof(gzip_small) - 1);
	else if (strcmp(path, "/bomb") == 0)
		say_gzip(c, gzip_bomb, sizeof(gzip_bomb) - 1);
	else
		server_say(c, OK_LEN "4\r\n\r\nfine");
	return true;
}

static bool serve(struct server_conn *c, const char *path, int nth)
{
	(void)nth;
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strncmp(path, fixed[i].path, strcspn(path, "?")) == 0 &&
		    strlen(fixed[i].path) == strcspn(path, "?")) {
			server_say(c, fixed[i].answer);
			return !fixed[i].close;
		}
	}
	return serve_special(c, path);
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

static void test_answers(void **state)
{
	static const struct {
		const char *path;
		int status;
		const char *body;
	} cases[] = {
		{ "/ok", 200, "hello" },
		{ "/empty", 204, "" },
		{ "/chunked", 200, "hello" },
		{ "/not-found", 404, "no" },
		{ "/redirect", 302, "" },
		{ "/continue", 200, "ok" },
		{ "/gzip", 200, "hello hello hello" },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_true(get(f, cases[i].path));
		assert_int_equal(f->rs->status, cases[i].status);
		assert_string_equal(f->rs->body, cases[i].body);
		assert_int_equal(f->rs->body_len, strlen(cases[i].body));
	}
	assert_int_equal(server_connections(f->s), 1); /* kept alive all the way */
	assert_null(http_header_get(f->rs, "X-Early"));
}

static void test_headers(void **state)
{
	struct fixture *f = *state;
	assert_true(get(f, "/ok"));
	assert_string_equal(f->rs->content_type, "text/html");
	assert_string_equal(http_header_get(f->rs, "x-thing"), "a b");
	assert_null(http_header_get(f->rs, "x-other"));
	assert_int_equal(f->rs->retry_after_ms, -1);
}

static void test_what_is_sent(void **state)
{
	struct fixture *f = *state;
	struct http_header headers[] = { { "X-One", "1" }, { "X-Empty", "" } };
	struct http_request rq = request(f, "PATCH", "/fine?a=b");
	rq.headers = headers;
	rq.n_headers = 2;
	rq.body = "{}";
	rq.body_len = 2;
	assert_true(send_it(f, &rq));
	assert_non_null(strstr(f->s->last, "PATCH /fine?a=b HTTP/1.1\r\n"));
	assert_non_null(strstr(f->s->last, "X-One: 1\r\n"));
	assert_non_null(strstr(f->s->last, "X-Empty:\r\n"));
	assert_non_null(strstr(f->s->last, "Content-Length: 2\r\n"));
	assert_non_null(strstr(f->s->last, "User-Agent: lookerbot/"));
	assert_null(strstr(f->s->last, "Expect:"));
	assert_non_null(strstr(f->s->last, "\r\n\r\n{}"));
	assert_true(post(f, "/fine", ""));
	assert_non_null(strstr(f->s->last, "Content-Length: 0\r\n"));
}

static void test_failures(void **state)
{
	static const struct {
		const char *method, *path;
		enum err_kind kind;
	} cases[] = {
		{ "GET", "/truncated?" SECRET, ERR_UNKNOWN },
		{ "POST", "/truncated?" SECRET, ERR_UNKNOWN },
		{ "POST", "/nothing?" SECRET, ERR_UNKNOWN },
		{ "GET", "/garbage?" SECRET, ERR_BAD_REPLY },
		{ "GET", "/headers", ERR_BAD_REPLY },
		{ "G ET", "/ok", ERR_BAD_INPUT },
		{ "GET /x HTTP/1.1\r\nX: ", "/ok", ERR_BAD_INPUT },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request rq = request(f, cases[i].method, cases[i].path);
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, cases[i].kind);
		assert_non_null(strstr(f->e.text, "127.0.0.1: "));
		assert_null(strstr(f->e.text, SECRET));
	}
}

static void test_refused_input(void **state)
{
	struct fixture *f = *state;
	static const char *const urls[] = {
		"ftp://127.0.0.1/", "file:///etc/passwd",    "127.0.0.1/ok",
		"ws://127.0.0.1/",  "http://u:p@127.0.0.1/", "",
		"http://"
	};
	static const struct http_header bad[] = {
		{ "X", "a\r\nY: b" }, { "X", "a\nb" }, { "X\r\nY", "a" },
		{ "X:", "a" },	      { "", "a" },
	};
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct http_request rq = request(f, "GET", "/ok");
		rq.url = urls[i];
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, ERR_BAD_INPUT);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct http_request rq = request(f, "GET", "/ok");
		rq.headers = &bad[i];
		rq.n_headers = 1;
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, ERR_BAD_INPUT);
	}
	assert_int_equal(server_requests(f->s), 0);
}

static void test_nothing_was_sent(void **state)
{
	struct fixture *f = *state;
	struct http_request late = request(f, "POST", "/ok");
	late.deadline_ms = clock_mono_ms() - 1;
	assert_false(send_it(f, &late));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_int_equal(server_requests(f->s), 0);

	struct server *gone = server_start(serve, NULL);
	int port = gone->port;
	server_stop(gone);
	struct http_request rq = request(f, "POST", "/ok");
	rq.url = mem_printf(f->ctx, "http://127.0.0.1:%d/" SECRET, port);
	assert_false(send_it(f, &rq));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_string_equal(f->e.text, "127.0.0.1: it takes no connection");

	rq.url = "http://no-such-host.invalid/" SECRET;
	rq.deadline_ms = clock_deadline_ms(3000);
	assert_false(send_it(f, &rq));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_null(strstr(f->e.text, SECRET));
}

static void test_deadline(void **state)
{
	static const char *const paths[] = { "/slow", "/silent" };
	struct fixture *f = *state;
	for (size_t i = 0; i < 2; i++) {
		struct http_request rq = request(f, "GET", paths[i]);
		int64_t start_ms = clock_mono_ms();
		rq.deadline_ms = clock_deadline_ms(200);
		assert_false(send_it(f, &rq));
		assert_int_equal(f->e.kind, ERR_UNKNOWN);
		assert_in_range(clock_mono_ms() - start_ms, 150, 5000);
	}
}

static void test_too_large(void **state)
{
	static const struct {
		const char *path;
		size_t max_bytes;
		bool fits;
	} cases[] = {
		{ "/ok", 5, true },
		{ "/ok", 4, false },
		{ "/large-chunked", 32, true },
		{ "/large-chunked", 31, false },
		{ "/bomb", 150000, true },
		{ "/bomb", 149999, false },
		{ "/gzip", 16, false },
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct http_request rq = request(f, "GET", cases[i].path);
		rq.max_bytes = cases[i].max_bytes;
		assert_int_equal(send_it(f, &rq), cases[i].fits);
		if (!cases[i].fits)
			assert_int_equal(f->e.kind, ERR_BAD_REPLY);
	}
}

static void test_loopback_is_not_proxied(void **state)
{
	struct fixture *f = *state;
	setenv("http_proxy", "http://127.0.0.1:1/", 1);
	bool ok = get(f, "/ok");
	unsetenv("http_proxy");
	assert_true(ok);
}

/* A proxy that does not let us through got a CONNECT, but the other side got nothing. */
static void test_proxy_that_refuses(void **state)
{
	struct fixture *f = *state;
	struct http_request rq = request(f, "POST", "/ok");
	rq.url = "https://name.invalid/" SECRET;
	setenv("https_proxy", mem_printf(f->ctx, "http://127.0.0.1:%d/", f->s->port), 1);
	bool ok = send_it(f, &rq);
	unsetenv("https_proxy");
	assert_false(ok);
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_non_null(strstr(f->s->last, "CONNECT name.invalid:443 "));
	assert_null(strstr(f->e.text, SECRET));
}

static void test_describe(void **state)
{
	struct fixture *f = *state;
	assert_true(get(f, "/html"));
	char *text = http_describe(f->ctx, f->rs);
	assert_non_null(strstr(text, "HTTP 502"));
	assert_non_null(strstr(text, "Bad Gateway"));
	assert_null(strchr(text, '<'));
	assert_true(get(f, "/not-found"));
	assert_string_equal(http_describe(f->ctx, f->rs), "HTTP 404");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_answers),
		TEST(test_headers),
		TEST(test_what_is_sent),
		TEST(test_failures),
		TEST(test_refused_input),
		TEST(test_nothing_was_sent),
		TEST(test_deadline),
		TEST(test_too_large),
		TEST(test_loopback_is_not_proxied),
		TEST(test_proxy_that_refuses),
		TEST(test_describe),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
