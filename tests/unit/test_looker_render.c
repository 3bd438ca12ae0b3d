/* Render tasks: what is asked, what the states mean, and what is no picture. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "looker/render.h"

#include "looker/picture.h"
#include "looker_fake.h"
#include "net/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define API "/api/4.0/render_tasks/"

static const struct looker_fake_path paths[] = {
	{ "POST", API "queries/7/png?width=1200&height=600", 200, NULL,
	  "{\"id\":\"t1\",\"status\":\"enqueued_for_query\"}", 0 },
	{ "POST", API "dashboard_elements/m%3A%3Ad%3A%3A1/png?width=10&height=20", 200, NULL,
	  "{\"id\":9}", 0 },
	{ "POST", API "dashboards/5/png?", 200, NULL, "{\"id\":\"t5\"}", 0 },
	{ "POST", API "looks/1/png?", 200, NULL, "{\"status\":\"enqueued_for_query\"}", 0 },
	{ "GET", API "waits/results", 202, NULL, "", 0 },
	{ "GET", API "empty/results", 200, "image/png", "", 0 },
	{ "GET", API "words/results", 200, "text/plain", "The renderer is off, no picture at all.",
	  0 },
	{ "GET", API "waits", 200, NULL, "{\"id\":\"waits\",\"status\":\"enqueued_for_render\"}",
	  0 },
	{ "GET", API "new", 200, NULL, "{\"id\":\"new\",\"status\":\"warming_up\"}", 0 },
	{ "GET", API "done", 200, NULL, "{\"id\":\"done\",\"status\":\"success\"}", 0 },
	{ "GET", API "fails", 200, NULL,
	  "{\"id\":\"fails\",\"status\":\"failure\",\"status_detail\":\"no browser\"}", 0 },
};

static struct looker_fake fake;

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.paths = paths;
	fake.n_paths = COUNT(paths);
	looker_fake_start(&fake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	looker_fake_stop(&fake);
	return 0;
}

static const char *start(enum looker_render_kind kind, const char *id, const char *filters)
{
	const struct looker_render what = { kind, id, filters, 1200, 600, false };
	const char *task = NULL;
	struct err e;

	if (!looker_render_start(fake.ctx, fake.lk, looker_fake_deadline(), &what, &task, &e))
		fail_msg("%s", e.text);
	return task;
}

static void test_start(void **state)
{
	const struct looker_render tile = { LOOKER_RENDER_ELEMENT, "m::d::1", NULL, 10, 20, false };
	const struct looker_render odd = { LOOKER_RENDER_LOOK, "1", NULL, 10, 20, false };
	const struct looker_render gone = { LOOKER_RENDER_QUERY, "8", NULL, 10, 20, false };
	const char *task = NULL;
	struct err e;

	(void)state;
	assert_string_equal(start(LOOKER_RENDER_QUERY, "7", NULL), "t1");
	assert_string_equal(fake.last_body, "");
	assert_string_equal(start(LOOKER_RENDER_DASHBOARD, "5", "Region=EMEA&Period="), "t5");
	assert_string_equal(fake.last_body, "{\"dashboard_filters\":\"Region=EMEA&Period=\","
					    "\"dashboard_style\":\"tiled\"}");
	assert_true(
		looker_render_start(fake.ctx, fake.lk, looker_fake_deadline(), &tile, &task, &e));
	assert_string_equal(task, "9");
	assert_false(
		looker_render_start(fake.ctx, fake.lk, looker_fake_deadline(), &odd, &task, &e));
	assert_int_equal(e.kind, ERR_BAD_REPLY);
	assert_false(
		looker_render_start(fake.ctx, fake.lk, looker_fake_deadline(), &gone, &task, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
}

static void test_look(void **state)
{
	static const struct {
		const char *task;
		enum looker_render_state state;
		const char *words;
	} cases[] = {
		{ "waits", LOOKER_RENDER_UNDER_WAY, "enqueued_for_render" },
		{ "new", LOOKER_RENDER_UNDER_WAY, "warming_up" },
		{ "done", LOOKER_RENDER_DRAWN, "success" },
		{ "fails", LOOKER_RENDER_FAILED, "no browser" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum looker_render_state got;
		const char *words;
		struct err e;

		assert_true(looker_render_look(fake.ctx, fake.lk, looker_fake_deadline(),
					       cases[i].task, &got, &words, &e));
		assert_int_equal(got, cases[i].state);
		assert_string_equal(words, cases[i].words);
	}
}

static void test_fetch(void **state)
{
	static const struct {
		const char *task;
		enum err_kind kind;
		const char *text;
	} cases[] = {
		{ "empty", ERR_BAD_REPLY, "it is empty" },
		{ "words", ERR_BAD_REPLY, "it is no picture" },
		{ "gone", ERR_NOT_FOUND, "not found" },
	};
	struct looker_picture p;
	struct err e;

	(void)state;
	assert_true(
		looker_render_fetch(fake.ctx, fake.lk, looker_fake_deadline(), "waits", &p, &e));
	assert_null(p.png);
	assert_int_equal(p.wait_ms, -1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_false(looker_render_fetch(fake.ctx, fake.lk, looker_fake_deadline(),
						 cases[i].task, &p, &e));
		assert_int_equal(e.kind, cases[i].kind);
		assert_non_null(strstr(e.text, cases[i].text));
	}
}

/* 16 x 16 pixels of gray: all white, and all but the last. */
#define HEAD "\211PNG\r\n\032\n\0\0\0\rIHDR\0\0\0\020\0\0\0\020\010\0\0\0\0\072\230\240\275\0\0\0"
#define END "\0\0\0\0IEND\256\102\140\202"
#define WHITE "\017IDAT\170\332\143\370\217\006\030\106\266\0\0\200\371\377\001\221\353\040\032"
#define DOT "\020IDAT\170\332\143\370\217\006\030\106\264\0\003\0\177\372\376\002\351\165\217\304"

static void test_fault(void **state)
{
	static const char dot[] = HEAD DOT END;
	static const char white[] = HEAD WHITE END;
	static const char jpeg[] = "\xff\xd8\xff\xe0..............................................";
	const size_t n = sizeof(dot) - 1;
	char broken[sizeof(dot)];

	(void)state;
	assert_null(looker_picture_fault(dot, n));
	assert_string_equal(looker_picture_fault(white, sizeof(white) - 1), "it is blank");
	assert_string_equal(looker_picture_fault(dot, n - 1), "it is cut off");
	assert_string_equal(looker_picture_fault(jpeg, sizeof(jpeg) - 1), "it is no picture");
	assert_string_equal(looker_picture_fault("", 0), "it is empty");
	for (size_t len = 0; len < n; len++)
		assert_non_null(looker_picture_fault(dot, len));

	memcpy(broken, dot, sizeof(dot));
	broken[45] ^= 1; /* in the compressed rows */
	assert_string_equal(looker_picture_fault(broken, n), "it is damaged");
	memcpy(broken, dot, sizeof(dot));
	broken[19] = 1; /* wide */
	assert_string_equal(looker_picture_fault(broken, n), "it is blank");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_look, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fetch, set_up, tear_down),
		cmocka_unit_test(test_fault),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
