/* WebSockets that go wrong: broken frames, what is too much, peers that fall silent or go away. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "test_ws_fixture.h"

#define OVERSIZE_BYTES (5 * 1024 * 1024)
#define FLOOD_BYTES 125
#define FLOOD_MEMORY_MAX_BYTES (1024 * 1024)

static int closed_with; /* of the client's close frame; read it after fixture_free */

static void script_reset(struct server_conn *c)
{
	say_text(c, "last");
	server_reset(c);
}

static void script_eof(struct server_conn *c)
{
	say_text(c, "last");
}

/* Far more pings than it takes pongs of: it takes none. */
static void script_flood(struct server_conn *c)
{
	char data[FLOOD_BYTES] = "";
	unsigned char frame[2 + FLOOD_BYTES];
	size_t head = frame_head(frame, FIN | 9, FLOOD_BYTES);
	memcpy(frame + head, data, FLOOD_BYTES);
	for (int i = 0; i < 500000; i++)
		server_write(c, frame, sizeof(frame));
}

/* Takes nothing, not even from its kernel's buffer. */
static void script_full(struct server_conn *c)
{
	struct pollfd fd = { .fd = c->fd, .events = 0 };
	poll(&fd, 1, 20000); /* until the client has gone */
}

/* A message of too many good fragments. */
static void script_endless(struct server_conn *c)
{
	char piece[65536] = "";
	say_frame(c, 1, piece, sizeof(piece));
	for (int i = 0; i < OVERSIZE_BYTES / 65536; i++)
		say_frame(c, 0, piece, sizeof(piece));
	closed_with = read_close(c);
}

static void script_oversize(struct server_conn *c)
{
	unsigned char head[10];
	server_write(c, head, frame_head(head, FIN | 1, OVERSIZE_BYTES));
	server_say(c, "x");
	closed_with = read_close(c);
}

/* What wslay or we must refuse, as bytes. */
static const struct bad {
	const char *path;
	const char *bytes;
	size_t len;
	int code; /* of the client's close frame */
} bads[] = {
	{ "/rsv1", "\xc1\x01x", 3, 1002 },
	{ "/rsv3", "\x91\x01x", 3, 1002 },
	{ "/opcode", "\x83\x01x", 3, 1002 },
	{ "/control", "\x8b\x01x", 3, 1002 },
	{ "/masked",
	  "\x81\x81"
	  "abcd"
	  "x",
	  7, 1002 },
	{ "/binary", "\x82\x01x", 3, 1003 },
	{ "/utf8", "\x81\x01\xff", 3, 1007 },
	{ "/utf8-cut", "\x81\x02\xe2\x82", 4, 1007 },
	{ "/surrogate", "\x81\x03\xed\xa0\x80", 5, 1007 },
	{ "/within", "\x01\x01x\x81\x01y", 6, 1002 },
	{ "/continued", "\x80\x01x", 3, 1002 },
	{ "/close-code", "\x88\x02\x03\xe7", 4, 1002 },
	{ "/ping-fragment", "\x09\x01x", 3, 1005 },
	{ "/ping-long", "\x89\x7e\x00\x80", 4, 1005 },
	{ "/length", "\x81\x7e\x00\x01x", 5, 1005 },
};

static void play_bad(struct server_conn *c, const struct bad *bad)
{
	say_text(c, "before");
	server_write(c, bad->bytes, bad->len);
	closed_with = read_close(c);
}

static const struct script scripts[] = {
	{ "/reset", script_reset },	{ "/eof", script_eof },
	{ "/flood", script_flood },	{ "/full", script_full },
	{ "/endless", script_endless }, { "/oversize", script_oversize },
};

static bool serve(struct server_conn *c, const char *path, int nth)
{
	size_t len = strcspn(path, "?");
	(void)nth;
	play(c, path, scripts, sizeof(scripts) / sizeof(scripts[0]));
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		if (strlen(bads[i].path) == len && strncmp(bads[i].path, path, len) == 0)
			play_bad(c, &bads[i]);
	return false;
}

static void test_dropped(void **state)
{
	struct fixture *f = fixture_open(serve, "/eof");
	(void)state;
	expect_text(f, "last");
	expect_dead(f, ERR_TEMPORARY, "without a close frame");
	fixture_free(f);
	f = fixture_open(serve, "/reset"); /* which may overtake what was said before */
	while (next_within(f, 20000))
		assert_int_equal(f->m.event, WS_TEXT);
	expect_dead(f, ERR_TEMPORARY, "broke");
	fixture_free(f);
}

static void test_bad_frames(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
		struct fixture *f = fixture_open(serve, bads[i].path);
		expect_text(f, "before");
		expect_dead(f, ERR_BAD_REPLY, "");
		fixture_free(f);
		if (closed_with != bads[i].code)
			print_error("%s\n", bads[i].path);
		assert_int_equal(closed_with, bads[i].code);
	}
}

/* By its head, and by the sum of its fragments. */
static void test_oversize(void **state)
{
	struct fixture *f = fixture_open(serve, "/oversize");
	(void)state;
	expect_dead(f, ERR_BAD_REPLY, "too large");
	fixture_free(f);
	assert_int_equal(closed_with, 1009);

	f = fixture_open(serve,
			 "/endless"); /* it does not listen, so it may not see our close frame */
	expect_dead(f, ERR_BAD_REPLY, "too large");
	assert_true(talloc_total_size(f->ws) < 2 * WS_MESSAGE_MAX_BYTES);
	fixture_free(f);
}

/* Time and memory hold whatever the other side does. */
static void test_flood(void **state)
{
	struct fixture *f = fixture_open(serve, "/flood");
	size_t before = mallinfo2().uordblks;
	(void)state;
	assert_true(next_within(f, 500));
	assert_int_equal(f->m.event, WS_NOTHING);
	/* wslay's too. The sanitizers' malloc counts nothing. */
	assert_true(mallinfo2().uordblks < before + FLOOD_MEMORY_MAX_BYTES);
	fixture_free(f);
}

static void test_full(void **state)
{
	struct fixture *f = fixture_open(serve, "/full");
	char *text = mem_array(f->ctx, char, FRAME_MAX_BYTES);
	(void)state;
	memset(text, 'x', FRAME_MAX_BYTES);
	assert_false(ws_send(f->ws, text, FRAME_MAX_BYTES, clock_deadline_ms(300), &f->e));
	assert_int_equal(f->e.kind, ERR_TEMPORARY);
	expect_dead(f, ERR_TEMPORARY, "took nothing in time");
	fixture_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dropped),	 cmocka_unit_test(test_bad_frames),
		cmocka_unit_test(test_oversize), cmocka_unit_test(test_flood),
		cmocka_unit_test(test_full),
	};
	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
