/* Orders of pictures: which answers get one, how an order is kept, what the answers around it say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "bot/picture.h"

static TALLOC_CTX *ctx;

static int set_up(void **state)
{
	(void)state;
	ctx = mem_ctx(NULL);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	talloc_free(ctx);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static void test_wanted(void **state)
{
	static const struct {
		const char *charts;
		enum looker_vis_kind kind;
		bool native, wanted;
	} cases[] = {
		{ "auto", LOOKER_VIS_OTHER, false, true },
		{ "auto", LOOKER_VIS_OTHER, true, false },
		{ "image", LOOKER_VIS_OTHER, false, true },
		{ "native", LOOKER_VIS_OTHER, false, false },
		{ "auto", LOOKER_VIS_TABLE, false, false },
		{ "image", LOOKER_VIS_TABLE, false, false },
		{ "auto", LOOKER_VIS_SINGLE, false, false },
		{ "auto", LOOKER_VIS_RECORD, false, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct looker_vis vis = { .kind = cases[i].kind, .type = "x" };
		struct looker_result some = { .n_rows = 2 }, none = { .n_rows = 0 };
		struct looker_result wrong = { .n_rows = 2, .error = "no such column" };

		assert_int_equal(picture_wanted(cases[i].charts, &some, &vis, cases[i].native),
				 cases[i].wanted);
		assert_false(picture_wanted(cases[i].charts, &none, &vis, cases[i].native));
		assert_false(picture_wanted(cases[i].charts, &wrong, &vis, cases[i].native));
	}
}

static void test_wide_pivot(void **state)
{
	struct looker_vis vis = { .kind = LOOKER_VIS_TABLE, .type = "looker_grid" };
	struct looker_result r = { .n_rows = 2, .n_fields = SLACK_TABLE_COLUMNS_MAX };

	(void)state;
	r.pivoted = true;
	assert_false(picture_wanted("auto", &r, &vis, false));
	r.n_fields_left_out = 1;
	assert_true(picture_wanted("auto", &r, &vis, false));
	assert_false(picture_wanted("native", &r, &vis, false));
	r.pivoted = false;
	assert_false(picture_wanted("auto", &r, &vis, false));
}

/* Looks are metered: over the four minutes that a picture may take there are few. */
static void test_pauses(void **state)
{
	int64_t all_ms = 0;
	int n = 0;

	(void)state;
	assert_int_equal(picture_pause_ms(0), 1000);
	for (; all_ms < 4 * 60 * 1000; n++) {
		assert_in_range(picture_pause_ms(n), 1000, 10000);
		assert_true(picture_pause_ms(n + 1) >= picture_pause_ms(n));
		all_ms += picture_pause_ms(n);
	}
	assert_in_range(n, 10, 30);
}

static struct json_object *body_with(const char *ts, bool private)
{
	struct slack_message *plain = slack_message_new(ctx);
	const struct slack_button csv = { .action_id = "csv", .text = "All rows", .value = "k" };
	struct json_object *body = json_new_object(ctx);

	slack_message_set_text(plain, "Pipeline: 5 rows");
	slack_message_add_section(plain, "*Pipeline* as a table");
	slack_message_add_buttons(plain, &csv, 1);
	const struct picture_wish wish = {
		.looker = "shop.example.com",
		.user_id = "21",
		.what = { LOOKER_RENDER_QUERY, "7", NULL, 1200, 600, false },
		.title = "Pipeline & <co>",
		.words = "a funnel",
		.link = "https://shop.example.com/x/1",
		.footer = "<@U1> asked",
		.plain = plain,
	};
	json_set(body, "picture", json_object_get(picture_order(ctx, &wish)));
	json_set_str(body, "answer_ts", ts);
	json_set_bool(body, "answer_private", private);
	json_set_int(body, "hook_uses", 2);
	return body;
}

static struct picture_task load(const struct json_object *body)
{
	struct picture_task t;
	struct err e;

	if (!picture_load(ctx, body, &t, &e))
		fail_msg("%s", e.text);
	return t;
}

static void test_kept(void **state)
{
	struct picture_task t = load(body_with("1.2", false));

	(void)state;
	assert_string_equal(t.looker, "shop.example.com");
	assert_string_equal(t.user_id, "21");
	assert_int_equal(t.what.kind, LOOKER_RENDER_QUERY);
	assert_string_equal(t.what.id, "7");
	assert_int_equal(t.what.width, 1200);
	assert_string_equal(t.ts, "1.2");
	assert_int_equal(t.hook_uses, 2);
	assert_false(t.private || t.hook);
}

static void test_damaged(void **state)
{
	static const char *const needed[] = { "kind", "id", "width", "height", "plain" };

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		struct json_object *body = body_with("1.2", false);
		struct picture_task t;
		struct err e;

		json_object_object_del(json_object_at(body, "picture"), needed[i]);
		assert_false(picture_load(ctx, body, &t, &e));
	}
}

static const char *blocks(const struct slack_message *m)
{
	return json_text(json_array_at(slack_message_encode(ctx, m, SLACK_FORM_TABLE), "blocks"));
}

static void test_answers(void **state)
{
	struct picture_task t = load(body_with("1.2", false));
	const char *with = blocks(picture_answer(ctx, &t, "F01"));
	const char *without = blocks(picture_answer_without(ctx, &t, "no <browser>"));

	(void)state;
	assert_non_null(strstr(with, "\"slack_file\":{\"id\":\"F01\"}"));
	assert_non_null(strstr(with, "\"alt_text\":\"Pipeline & <co>: a funnel\""));
	assert_non_null(strstr(with, "<@U1> asked"));
	assert_non_null(strstr(with, "All rows"));
	assert_true(strstr(with, "All rows") < strstr(with, "<@U1> asked"));
	assert_null(strstr(with, "as a table"));
	assert_non_null(strstr(blocks(picture_answer_at(ctx, &t, "https://pics.example.com/1")),
			       "\"image_url\":\"https://pics.example.com/1\""));
	assert_non_null(strstr(without, "as a table"));
	assert_non_null(strstr(without, "no &lt;browser&gt;"));
	assert_non_null(strstr(blocks(picture_answer_shared(ctx, &t)), "in the thread"));
	assert_null(strstr(blocks(t.plain), "browser"));
}

static void test_file(void **state)
{
	struct json_object *body = body_with("1.2", false);

	(void)state;
	assert_false(load(body).what.pdf);
	json_set_bool(json_object_at(body, "picture"), "pdf", true);
	struct picture_task t = load(body);
	assert_true(t.what.pdf);
	assert_non_null(strstr(blocks(picture_answer_shared(ctx, &t)), "PDF is in the thread."));
	assert_non_null(strstr(blocks(picture_answer_without(ctx, &t, "x")), "no PDF of this: x"));
	t.unthreaded = true;
	assert_non_null(strstr(blocks(picture_answer_shared(ctx, &t)), "PDF is below."));
	t.aside = true;
	t.asker = "U7";
	assert_non_null(strstr(blocks(picture_answer_shared(ctx, &t)),
			       "PDF is in the direct messages between <@U7> and me."));
}

/* What stands where nobody can change it is not said again. */
static void test_answer_elsewhere(void **state)
{
	struct picture_task hook = load(body_with(NULL, false));
	struct picture_task private = load(body_with(NULL, true));

	(void)state;
	assert_null(strstr(blocks(picture_answer_without(ctx, &hook, "why")), "as a table"));
	assert_non_null(strstr(blocks(picture_answer_without(ctx, &private, "why")), "as a table"));
}

static void test_state(void **state)
{
	const struct picture_state s = { .task = "t1",
					 .file = "F1",
					 .complete = true,
					 .share = true,
					 .aside = "D1",
					 .asked = 1,
					 .polls = 2,
					 .waits = 3,
					 .tries = 4,
					 .why = "why",
					 .url = "https://pics.example.com/1.png",
					 .no_store = "closed" };
	struct json_object *saved = picture_state_save(ctx, &s);
	struct picture_state back = picture_state_load(ctx, saved);

	(void)state;
	assert_string_equal(json_text(picture_state_save(ctx, &back)), json_text(saved));
	back = picture_state_load(ctx, NULL);
	assert_null(back.task);
	assert_int_equal(back.polls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_wanted),
		TEST(test_wide_pivot),
		TEST(test_pauses),
		TEST(test_kept),
		TEST(test_damaged),
		TEST(test_answers),
		TEST(test_answer_elsewhere),
		TEST(test_state),
		TEST(test_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
