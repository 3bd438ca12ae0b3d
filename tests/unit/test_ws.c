/* WebSocket frames against a server that plays scripts: what comes in, what goes out, how it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_ws_fixture.h"

#define LARGE_BYTES 100000
#define MANY 3000
#define DIALOGUE_BYTES (3 * 1024 * 1024)

static int closed_with; /* of the client's close frame; read it after fixture_free */

static void script_fragments(struct server_conn *c)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *pong = NULL;
	size_t len = 0;
	say_frame(c, 1, "fr\xc3", 3); /* within a character */
	say_frame(c, FIN | 9, "Ping from applink-7", 19);
	say_frame(c, 0, "", 0);
	say_frame(c, FIN | 0, "\xa4gments", 7);
	int first = read_frame(ctx, c, &pong, &len);
	say_text(c, first == (FIN | 10) ? pong : "no pong");
	talloc_free(ctx);
	hold(c);
}

/* What it gets, text for text; a pong for a ping, a close for a close. */
static void script_echo(struct server_conn *c)
{
	for (;;) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		char *data = NULL;
		size_t len = 0;
		int first = read_frame(ctx, c, &data, &len);
		if (first == (FIN | 1) || first == (FIN | 8))
			say_frame(c, first, data, len);
		else if (first == (FIN | 9))
			say_frame(c, FIN | 10, data, len);
		talloc_free(ctx);
		if (first < 0 || first == (FIN | 8))
			return;
	}
}

static void script_close(struct server_conn *c)
{
	say_text(c, "last");
	say_frame(c, FIN | 8, "\x03\xe8going\xe2\x82\xac", 10);
	closed_with = read_close(c);
}

static void script_close_empty(struct server_conn *c)
{
	say_frame(c, FIN | 8, "", 0);
	closed_with = read_close(c);
}

/* Says more after the client's close frame before it answers. */
static void script_late(struct server_conn *c)
{
	closed_with = read_close(c);
	say_text(c, "late");
	say_frame(c, FIN | 9, "p", 1);
	say_frame(c, FIN | 8, "\x03\xe9", 2);
	hold(c);
}

static void script_deaf(struct server_conn *c)
{
	closed_with = read_close(c);
	hold(c);
}

static void script_large(struct server_conn *c)
{
	char *text = malloc(LARGE_BYTES);
	memset(text, 'x', LARGE_BYTES);
	say_frame(c, FIN | 1, text, LARGE_BYTES);
	free(text);
	hold(c);
}

static void script_many(struct server_conn *c)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *all = mem_strdup(ctx, "");
	for (int i = 0; i < MANY; i++)
		mem_appendf(&all, "\x81\x05%05d", i);
	server_write(c, all, (size_t)MANY * 7);
	talloc_free(ctx);
	hold(c);
}

/* Neither reads before it has said all. */
static void script_dialogue(struct server_conn *c)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *text = mem_array(ctx, char, DIALOGUE_BYTES), *data = NULL;
	size_t len = 0;
	memset(text, 'x', DIALOGUE_BYTES);
	for (int i = 0; i < 3; i++)
		say_frame(c, FIN | 1, text, DIALOGUE_BYTES);
	read_frame(ctx, c, &data, &len);
	say_text(c, mem_printf(ctx, "%zu", len));
	talloc_free(ctx);
	hold(c);
}

static const struct script scripts[] = {
	{ "/fragments", script_fragments },
	{ "/echo", script_echo },
	{ "/close", script_close },
	{ "/close-empty", script_close_empty },
	{ "/late", script_late },
	{ "/deaf", script_deaf },
	{ "/silent", hold },
	{ "/large", script_large },
	{ "/many", script_many },
	{ "/dialogue", script_dialogue },
};

static bool serve(struct server_conn *c, const char *path, int nth)
{
	(void)nth;
	play(c, path, scripts, sizeof(scripts) / sizeof(scripts[0]));
	return false;
}

static void say(struct fixture *f, const char *text, size_t len)
{
	assert_true(ws_send(f->ws, text, len, clock_deadline_ms(20000), &f->e));
}

static void test_fragments(void **state)
{
	struct fixture *f = fixture_open(serve, "/fragments");
	(void)state;
	expect_text(f, "fr\xc3\xa4gments");
	expect_text(f, "Ping from applink-7");
	fixture_free(f);
}

static void test_echo(void **state)
{
	static const size_t sizes[] = { 0, 1, 125, 126, 65535, 65536, LARGE_BYTES };
	struct fixture *f = fixture_open(serve, "/echo");
	char *text = mem_array(f->ctx, char, LARGE_BYTES + 1);
	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(text, 'a' + (int)i, LARGE_BYTES);
		say(f, text, sizes[i]);
		expect_event(f, WS_TEXT);
		assert_int_equal(f->m.len, sizes[i]);
		assert_memory_equal(f->m.text, text, sizes[i]);
	}
	say(f, "a\0b", 3);
	assert_true(next_within(f, 20000));
	assert_int_equal(f->m.len, 3);
	assert_memory_equal(f->m.text, "a\0b", 4);
	fixture_free(f);
}

static void test_ping(void **state)
{
	struct fixture *f = fixture_open(serve, "/echo");
	int64_t before_ms = ws_heard_ms(f->ws);
	(void)state;
	assert_true(next_within(f, 20)); /* so that the time is another */
	assert_int_equal(f->m.event, WS_NOTHING);
	assert_true(ws_ping(f->ws, clock_deadline_ms(20000), &f->e));
	say(f, "after", 5);
	expect_event(f, WS_PONG);
	expect_text(f, "after");
	assert_true(ws_heard_ms(f->ws) > before_ms);
	fixture_free(f);
}

static void test_large(void **state)
{
	struct fixture *f = fixture_open(serve, "/large");
	(void)state;
	expect_event(f, WS_TEXT);
	assert_int_equal(f->m.len, LARGE_BYTES);
	assert_int_equal(strspn(f->m.text, "x"), LARGE_BYTES);
	fixture_free(f);
}

static void test_many(void **state)
{
	struct fixture *f = fixture_open(serve, "/many");
	(void)state;
	for (int i = 0; i < MANY; i++) {
		char want[16];
		snprintf(want, sizeof(want), "%05d", i);
		expect_text(f, want);
	}
	fixture_free(f);
}

static void test_closed_by_them(void **state)
{
	struct fixture *f = fixture_open(serve, "/close");
	(void)state;
	expect_text(f, "last");
	expect_event(f, WS_CLOSED);
	assert_int_equal(f->m.code, 1000);
	assert_string_equal(f->m.text, "going\xe2\x82\xac");
	assert_true(ws_close(f->ws, clock_deadline_ms(20000), &f->e)); /* done already */
	expect_dead(f, ERR_TEMPORARY, "closed");
	fixture_free(f);
	assert_int_equal(closed_with, 1000);

	f = fixture_open(serve, "/close-empty");
	expect_event(f, WS_CLOSED);
	assert_int_equal(f->m.code, 1005);
	assert_string_equal(f->m.text, "");
	fixture_free(f);
	assert_int_equal(closed_with, 1005);
}

static void test_closed_by_us(void **state)
{
	struct fixture *f = fixture_open(serve, "/late");
	(void)state;
	assert_true(ws_close(f->ws, clock_deadline_ms(20000), &f->e));
	assert_true(ws_close(f->ws, clock_deadline_ms(20000), &f->e));
	assert_false(ws_send(f->ws, "x", 1, clock_deadline_ms(20000), &f->e));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	expect_text(f, "late");
	expect_event(f, WS_CLOSED);
	assert_int_equal(f->m.code, 1001);
	expect_dead(f, ERR_TEMPORARY, "closed");
	fixture_free(f);
	assert_int_equal(closed_with, 1000);

	f = fixture_open(serve, "/deaf");
	assert_true(ws_close(f->ws, clock_deadline_ms(20000), &f->e));
	assert_true(next_within(f, 50));
	assert_int_equal(f->m.event, WS_NOTHING);
	fixture_free(f);
	assert_int_equal(closed_with, 1000);
}

/* A connection over which nothing comes looks alive: only ws_heard_ms tells. */
static void test_silence(void **state)
{
	struct fixture *f = fixture_open(serve, "/silent");
	int64_t opened_ms = ws_heard_ms(f->ws), until_ms = clock_deadline_ms(100);
	(void)state;
	assert_in_range(opened_ms, clock_mono_ms() - 20000, clock_mono_ms());
	assert_true(ws_next(f->ws, until_ms, &f->m, &f->e));
	assert_int_equal(f->m.event, WS_NOTHING);
	assert_true(clock_mono_ms() >= until_ms);
	assert_int_equal(ws_heard_ms(f->ws), opened_ms);
	fixture_free(f);
}

static void *wake(void *ws)
{
	ws_wake(ws);
	return NULL;
}

static void test_wake(void **state)
{
	struct fixture *f = fixture_open(serve, "/silent");
	int64_t start_ms = clock_mono_ms();
	pthread_t thread;
	(void)state;
	ws_wake(f->ws);
	ws_wake(f->ws);
	expect_event(f, WS_NOTHING); /* the next wait */
	pthread_create(&thread, NULL, wake, f->ws);
	expect_event(f, WS_NOTHING);
	assert_in_range(clock_mono_ms() - start_ms, 0, 15000);
	pthread_join(thread, NULL);
	int64_t until_ms = clock_deadline_ms(50);
	assert_true(ws_next(f->ws, until_ms, &f->m, &f->e)); /* woken only once */
	assert_true(clock_mono_ms() >= until_ms);
	fixture_free(f);
}

static void test_dialogue(void **state)
{
	struct fixture *f = fixture_open(serve, "/dialogue");
	size_t len = FRAME_MAX_BYTES;
	char *text = mem_array(f->ctx, char, len);
	(void)state;
	memset(text, 'y', len);
	say(f, text, len);
	for (int i = 0; i < 3; i++) {
		expect_event(f, WS_TEXT);
		assert_int_equal(f->m.len, DIALOGUE_BYTES);
	}
	expect_text(f, "16777216");
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fragments),    cmocka_unit_test(test_echo),
		cmocka_unit_test(test_ping),	     cmocka_unit_test(test_large),
		cmocka_unit_test(test_many),	     cmocka_unit_test(test_closed_by_them),
		cmocka_unit_test(test_closed_by_us), cmocka_unit_test(test_silence),
		cmocka_unit_test(test_wake),	     cmocka_unit_test(test_dialogue),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
