/* The opening of a WebSocket: what is asked, which answers are taken, and what each failure means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_ws_fixture.h"

#define RIGHT_KEY "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"

/* Paths that always get the same bytes; all but those with `stay` end the connection after them. */
static const struct {
	const char *path;
	const char *answer;
	bool stay;
} fixed[] = {
	{ "/bad-key", SWITCHING "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n" },
	{ "/no-key", SWITCHING "\r\n" },
	{ "/409", "HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n" },
	{ "/429", "HTTP/1.1 429 Slow\r\nretry-after: 7\r\nContent-Length: 0\r\n\r\n" },
	{ "/429-plain", "HTTP/1.1 429 Slow\r\n\r\n" },
	{ "/500", "HTTP/1.1 500 Oh\r\n\r\n<h1>Oh</h1>" },
	{ "/503", "HTTP/1.0 503\r\n\r\n" },
	{ "/404", "HTTP/1.1 404 No\r\n\r\n" },
	{ "/200", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" },
	{ "/302", "HTTP/1.1 302 Go\r\nLocation: /echo\r\n\r\n" },
	{ "/garbage", "what is this?\n", true },
	{ "/status", "HTTP/1.1 1xx\r\n\r\n" },
	{ "/nothing", "" },
	{ "/cut", "HTTP/1.1 101 Switching Prot" },
	{ "/silent", "", true },
};

static void say_huge(struct server_conn *c)
{
	server_say(c, SWITCHING);
	for (int i = 0; i < 300; i++)
		server_say(c, "X-Padding: 01234567890123456789012345678901234567890123456789\r\n");
	hold(c);
}

/* A byte now and then, for as long as the client listens. */
static void drip(struct server_conn *c)
{
	struct pollfd fd = { .fd = c->fd, .events = POLLIN };
	server_say(c, "HTTP/1.1 101 Sw\r\nX: ");
	do
		server_say(c, "x");
	while (poll(&fd, 1, 20) == 0);
}

static bool serve(struct server_conn *c, const char *path, int nth)
{
	(void)nth;
	char *end = strchr(path, '?');
	if (end)
		*end = '\0';
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		if (strcmp(fixed[i].path, path) != 0)
			continue;
		server_say(c, fixed[i].answer);
		if (fixed[i].stay)
			hold(c);
		return false;
	}
	if (strcmp(path, "/huge") == 0)
		say_huge(c);
	else if (strcmp(path, "/drip") == 0)
		drip(c);
	else if (strcmp(path, "/behind") == 0)
		say_switching(c,
			      "\x81\x05"
			      "first\x81\x06"
			      "second",
			      15);
	else
		say_switching(c, "", 0);
	hold(c);
	return false;
}

static void expect_failure(struct fixture *f, const char *path, enum err_kind kind,
			   const char *text)
{
	assert_false(open_ws(f, path));
	if (f->e.kind != kind || !strstr(f->e.text, text))
		print_error("%s: %s: %s\n", path, err_kind_name(f->e.kind), f->e.text);
	assert_int_equal(f->e.kind, kind);
	assert_non_null(strstr(f->e.text, text));
	assert_non_null(strstr(f->e.text, "127.0.0.1"));
	assert_null(strstr(f->e.text, SECRET));
}

static void test_answers(void **state)
{
	static const struct {
		const char *path;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ "/bad-key", ERR_BAD_REPLY, "key" },
		{ "/no-key", ERR_BAD_REPLY, "key" },
		{ "/409", ERR_TEMPORARY, "HTTP 409" },
		{ "/500", ERR_TEMPORARY, "HTTP 500" },
		{ "/503", ERR_TEMPORARY, "HTTP 503" },
		{ "/404", ERR_BAD_REPLY, "HTTP 404" },
		{ "/200", ERR_BAD_REPLY, "HTTP 200" },
		{ "/302", ERR_BAD_REPLY, "HTTP 302" },
		{ "/garbage", ERR_BAD_REPLY, "not HTTP" },
		{ "/status", ERR_BAD_REPLY, "not HTTP" },
		{ "/huge", ERR_BAD_REPLY, "headers are larger than 16384" },
		{ "/nothing", ERR_TEMPORARY, "broke before the answer" },
		{ "/cut", ERR_TEMPORARY, "broke before the answer" },
	};
	struct fixture *f = fixture_new(serve);
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		expect_failure(f, cases[i].path, cases[i].kind, cases[i].text);
		assert_int_equal(f->e.not_before_ms, 0);
	}
	fixture_free(f);
}

static void test_rate_limit(void **state)
{
	struct fixture *f = fixture_new(serve);
	int64_t before_ms = clock_now_ms();
	(void)state;
	expect_failure(f, "/429", ERR_TEMPORARY, "HTTP 429");
	assert_in_range(f->e.not_before_ms, before_ms + 7000, clock_now_ms() + 7000);
	expect_failure(f, "/429-plain", ERR_TEMPORARY, "HTTP 429");
	assert_int_equal(f->e.not_before_ms, 0);
	fixture_free(f);
}

/* Whatever comes slowly, the deadline holds. */
static void test_deadline(void **state)
{
	static const char *const paths[] = { "/silent", "/drip" };
	struct fixture *f = fixture_new(serve);
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t start_ms = clock_mono_ms();
		assert_false(open_within(f, paths[i], 300));
		assert_int_equal(f->e.kind, ERR_TEMPORARY);
		assert_non_null(strstr(f->e.text, "in time"));
		assert_in_range(clock_mono_ms() - start_ms, 300, 10000);
	}
	int asked = server_requests(f->s);
	assert_false(open_within(f, "/silent", 0));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_int_equal(server_requests(f->s), asked);
	fixture_free(f);
}

static void test_request(void **state)
{
	struct fixture *f = fixture_new(serve);
	(void)state;
	assert_true(open_ws(f, "/some/path"));
	const char *rq = f->s->last; /* the server only waits now */
	const char *line = "GET /some/path?ticket=" SECRET " HTTP/1.1\r\n";
	assert_int_equal(strncmp(rq, line, strlen(line)), 0);
	const char *host = mem_printf(f->ctx, "\r\nHost: 127.0.0.1:%d\r\n", f->s->port);
	assert_non_null(strstr(rq, host));
	assert_non_null(strstr(rq, "\r\nUpgrade: websocket\r\n"));
	assert_non_null(strstr(rq, "\r\nConnection: Upgrade\r\n"));
	assert_non_null(strstr(rq, "\r\nSec-WebSocket-Version: 13\r\n"));
	assert_non_null(strstr(rq, "\r\nUser-Agent: lookerbot/"));
	char *key = mem_strndup(f->ctx, strstr(rq, "Key: ") + 5, 26);
	assert_string_equal(key + 22, "==\r\n");
	assert_true(open_ws(f, "/again"));
	assert_int_equal(strncmp(strstr(f->s->last, "Key: ") + 5, key, 24) == 0, false);
	fixture_free(f);
}

static void test_bytes_behind(void **state)
{
	struct fixture *f = fixture_new(serve);
	(void)state;
	assert_true(open_ws(f, "/behind"));
	assert_true(ws_next(f->ws, clock_deadline_ms(20000), &f->m, &f->e));
	assert_int_equal(f->m.event, WS_TEXT);
	assert_string_equal(f->m.text, "first");
	assert_true(ws_next(f->ws, clock_deadline_ms(20000), &f->m, &f->e));
	assert_string_equal(f->m.text, "second");
	fixture_free(f);
}

static void test_addresses(void **state)
{
	static const char *const bad[] = { "http://127.0.0.1/", "https://127.0.0.1/", "127.0.0.1",
					   ("ws://user:" SECRET "@127.0.0.1/"),
					   ("ws://127.0.0.1:1/a b?" SECRET) };
	struct fixture *f = fixture_new(serve);
	struct ws *ws = NULL;
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_false(ws_open(f->ctx, bad[i], clock_deadline_ms(20000), &ws, &f->e));
		assert_int_equal(f->e.kind, ERR_BAD_INPUT);
		assert_null(strstr(f->e.text, SECRET));
	}
	assert_false(
		ws_open(f->ctx, "ws://127.0.0.1:1/?" SECRET, clock_deadline_ms(20000), &ws, &f->e));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_null(strstr(f->e.text, SECRET));
	/* libcurl's parser lets this through. */
	char *url = mem_printf(f->ctx, "ws://127.0.0.1:%d/caf\xc3\xa9?" SECRET, f->s->port);
	assert_false(ws_open(f->ctx, url, clock_deadline_ms(20000), &ws, &f->e));
	assert_int_equal(f->e.kind, ERR_BAD_INPUT);
	assert_null(strstr(f->e.text, SECRET));
	/* TLS to somebody who speaks none. */
	url = mem_printf(f->ctx, "wss://127.0.0.1:%d/?" SECRET, f->s->port);
	assert_false(ws_open(f->ctx, url, clock_deadline_ms(500), &ws, &f->e));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	assert_null(ws);
	fixture_free(f);
}

/* The example of RFC 6455, 1.3, and answers that differ from it in one thing. */
static void test_check(void **state)
{
#define HEAD "HTTP/1.1 101 Go\r\n"
#define ANSWER HEAD "Upgrade: websocket\r\nConnection: Upgrade\r\n" RIGHT_KEY
	static const struct {
		const char *block;
		bool ok;
	} cases[] = {
		{ ANSWER "\r\n", true },
		{ "HTTP/1.1 101\r\nupgrade:WebSocket\r\nCONNECTION: keep-alive, "
		  "upgrade\r\n" RIGHT_KEY "\r\n",
		  true },
		{ ANSWER "Server: x\r\n\r\n", true },
		{ HEAD "Connection: Upgrade\r\n" RIGHT_KEY "\r\n", false },
		{ HEAD "Upgrade: websocket\r\n" RIGHT_KEY "\r\n", false },
		{ HEAD "Upgrade: h2c\r\nConnection: Upgrade\r\n" RIGHT_KEY "\r\n", false },
		{ HEAD "Upgrade: websocket\r\nConnection: xupgrade\r\n" RIGHT_KEY "\r\n", false },
		{ ANSWER "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n", false },
		{ ANSWER "Sec-WebSocket-Protocol: chat\r\n\r\n", false },
		{ "HTTP/2 101 \r\n\r\n", false },
		{ "HTTP/1.1 1011\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" RIGHT_KEY "\r\n",
		  false },
		{ "\r\n\r\n", false },
	};
	struct err e;
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *block = cases[i].block;
		size_t len = strlen(block);
		assert_int_equal(ws_handshake_end(block, len), len);
		assert_int_equal(ws_handshake_end(block, len - 1), 0);
		bool ok = ws_handshake_check("slack.test", "dGhlIHNhbXBsZSBub25jZQ==", block, len,
					     &e);
		if (ok != cases[i].ok)
			print_error("%s\n", block);
		assert_int_equal(ok, cases[i].ok);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),	     cmocka_unit_test(test_rate_limit),
		cmocka_unit_test(test_deadline),     cmocka_unit_test(test_request),
		cmocka_unit_test(test_bytes_behind), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_check),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
