/* Charts in a message: Slack's block, its limits, and the table that stands in for it. */
#include <math.h>

#include "test_slack_message.h"

#define MAX 30

static const char *const months[] = { "Jan", "Feb" };
static const double values[MAX] = { 1.5, 2,  3,	 4,  5,	 6,  7,	 8,  9,	 10, 11, 12, 13, 14, 15,
				    16,	 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30 };

static struct slack_chart chart_of(TALLOC_CTX *ctx, enum slack_chart_kind kind, size_t points,
				   size_t n_series)
{
	const char **labels = mem_array(ctx, const char *, points);
	struct slack_series *series = mem_array(ctx, struct slack_series, n_series);

	for (size_t i = 0; i < points; i++)
		labels[i] = mem_printf(ctx, "point %zu", i);
	for (size_t s = 0; s < n_series; s++)
		series[s] = (struct slack_series){ mem_printf(ctx, "series %zu", s), values };
	return (struct slack_chart){ .kind = kind,
				     .title = "Title",
				     .labels = labels,
				     .n_points = points,
				     .series = series,
				     .n_series = n_series };
}

static const char *first_type(struct fixture *f, enum slack_form form)
{
	return json_str(json_item(blocks_of(f, form), 0), "type");
}

static void test_encoded(void **state)
{
	struct fixture *f = *state;
	static const struct slack_series series[] = { { "EU", values }, { "US", values + 1 } };
	struct slack_chart c = { .kind = SLACK_CHART_LINE,
				 .title = "Revenue",
				 .x_label = "Month",
				 .y_label = "k€",
				 .note = "_a note_",
				 .labels = months,
				 .n_points = 2,
				 .series = series,
				 .n_series = 2 };
	struct slack_table t = table(f->ctx, 2, 3, true, "");
	assert_true(slack_message_add_chart(f->m, &c, &t));
	assert_string_equal(
		json_text(blocks_of(f, SLACK_FORM_CHART)),
		"[{\"type\":\"data_visualization\",\"title\":\"Revenue\",\"chart\":{\"type\":"
		"\"line\",\"series\":[{\"name\":\"EU\",\"data\":[{\"label\":\"Jan\",\"value\":1.5},"
		"{\"label\":\"Feb\",\"value\":2}]},{\"name\":\"US\",\"data\":[{\"label\":\"Jan\","
		"\"value\":2},{\"label\":\"Feb\",\"value\":3}]}],\"axis_config\":{\"categories\":"
		"[\"Jan\",\"Feb\"],\"x_label\":\"Month\",\"y_label\":\"k€\"}}},{\"type\":"
		"\"context\","
		"\"elements\":[{\"type\":\"mrkdwn\",\"text\":\"_a note_\",\"verbatim\":true}]}]");
	assert_string_equal(first_type(f, SLACK_FORM_DATA_TABLE), "data_table");
	assert_int_equal(json_len(blocks_of(f, SLACK_FORM_DATA_TABLE)), 1);
	assert_string_equal(first_type(f, SLACK_FORM_TABLE), "table");
	assert_non_null(strstr(section_text(blocks_of(f, SLACK_FORM_MONOSPACE), 0), "Column 2"));
	assert_non_null(
		strstr(json_text(slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT)), "Column 2"));
	for (int form = 0; form < SLACK_FORMS; form++)
		assert_int_equal(slack_message_simpler(f->m, (enum slack_form)form), form + 1);
	assert_true(slack_message_has_table(f->m));
}

static void test_pie(void **state)
{
	struct fixture *f = *state;
	struct slack_chart c = chart_of(f->ctx, SLACK_CHART_PIE, 2, 1);
	assert_true(slack_message_add_chart(f->m, &c, NULL));
	assert_string_equal(json_text(blocks_of(f, SLACK_FORM_CHART)),
			    "[{\"type\":\"data_visualization\",\"title\":\"Title\",\"chart\":{"
			    "\"type\":\"pie\",\"segments\":[{\"label\":\"point 0\",\"value\":1.5},"
			    "{\"label\":\"point 1\",\"value\":2}]}}]");
	/* Its data are in an earlier chart's table. */
	assert_int_equal(json_len(blocks_of(f, SLACK_FORM_DATA_TABLE)), 0);
}

static void test_what_fits(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum slack_chart_kind kind;
		size_t points, series;
		bool fits;
	} cases[] = {
		{ SLACK_CHART_BAR, 20, 12, true },  { SLACK_CHART_BAR, 21, 1, false },
		{ SLACK_CHART_AREA, 1, 13, false }, { SLACK_CHART_LINE, 0, 1, false },
		{ SLACK_CHART_LINE, 1, 0, false },  { SLACK_CHART_PIE, 12, 1, true },
		{ SLACK_CHART_PIE, 13, 1, false },  { SLACK_CHART_PIE, 2, 2, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slack_chart c =
			chart_of(f->ctx, cases[i].kind, cases[i].points, cases[i].series);
		struct slack_message *m = slack_message_new(f->ctx);
		assert_int_equal(slack_chart_fits(&c), cases[i].fits);
		assert_int_equal(slack_message_add_chart(m, &c, NULL), cases[i].fits);
	}
	for (int i = 0; i < 3; i++) {
		struct slack_chart c = chart_of(f->ctx, SLACK_CHART_BAR, 1, 1);
		assert_int_equal(slack_message_add_chart(f->m, &c, NULL), i < 2);
	}
}

static void test_values(void **state)
{
	struct fixture *f = *state;
	static const struct {
		double value;
		bool bar, pie;
	} cases[] = {
		{ 0, true, false },
		{ -1, true, false },
		{ 1e300, true, true },
		{ (double)INFINITY, false, false },
		{ (double)NAN, false, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct slack_series s = { "s", &cases[i].value };
		struct slack_chart c = chart_of(f->ctx, SLACK_CHART_BAR, 1, 1);
		c.series = &s;
		assert_int_equal(slack_chart_fits(&c), cases[i].bar);
		c.kind = SLACK_CHART_PIE;
		assert_int_equal(slack_chart_fits(&c), cases[i].pie);
	}
}

/* Shortened, clean, and all different. */
static void test_labels(void **state)
{
	struct fixture *f = *state;
	static const char *const given[] = {
		"Orders of the northern shop",
		"Orders of the northern ship",
		"Orders of the north",
		"same",
		"same",
		"same (2)",
		"",
		"two\nlines",
		"turned\u202e around",
		"👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦",
		"a label that is too long 7",
		NULL,
	};
	static const char *const expected[] = {
		"Orders of…thern shop",
		"Orders of…thern ship",
		"Orders of the north",
		"same",
		"same (2)",
		"same (2) (2)",
		" ",
		"two lines",
		"turned around",
		"👩‍👩‍👧‍👦…",
		"a label that is too…",
		"  (2)",
	};
	struct slack_chart c = chart_of(f->ctx, SLACK_CHART_BAR, 12, 1);
	c.labels = given;
	c.title = repeat(f->ctx, "é", 60);
	assert_true(slack_message_add_chart(f->m, &c, NULL));
	struct json_object *block = json_item(blocks_of(f, SLACK_FORM_CHART), 0);
	struct json_object *axes = json_object_at(json_object_at(block, "chart"), "axis_config");
	for (size_t i = 0; i < 12; i++)
		assert_string_equal(
			json_object_get_string(json_item(json_array_at(axes, "categories"), i)),
			expected[i]);
	assert_int_equal(text_chars(json_str(block, "title")), 50);
	assert_null(json_str(axes, "x_label"));
}

static void test_save_and_load(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 20, 3, true, "");
	struct slack_chart c = chart_of(f->ctx, SLACK_CHART_AREA, 20, 2);
	struct slack_message *back;
	struct err e;
	t.fixed = true;
	c.note = "note";
	c.y_label = "pieces";
	assert_true(slack_message_add_chart(f->m, &c, &t));
	assert_true(slack_message_add_chart(f->m, &c, NULL));
	assert_true(slack_message_load(f->ctx, slack_message_save(f->ctx, f->m), &back, &e));
	for (int form = 0; form < SLACK_FORMS; form++) {
		struct json_object *a = slack_message_encode(f->ctx, f->m, (enum slack_form)form);
		struct json_object *b = slack_message_encode(f->ctx, back, (enum slack_form)form);
		assert_string_equal(json_text(a), json_text(b));
	}
}

static void test_damaged_saves(void **state)
{
	struct fixture *f = *state;
	static const char *const charts[] = {
		"{}",
		"{\"kind\":\"bar\"}",
		"{\"kind\":\"cake\",\"labels\":[\"a\"],\"series\":[{\"name\":\"s\",\"values\":[1]}]"
		"}",
		"{\"kind\":\"bar\",\"labels\":[\"a\"],\"series\":[{\"name\":\"s\",\"values\":[1,2]}"
		"]}",
		"{\"kind\":\"pie\",\"labels\":[\"a\"],\"series\":[{\"name\":\"s\",\"values\":[-1]}]"
		"}",
		"{\"kind\":\"bar\",\"labels\":[\"a\"],\"series\":[7]}",
	};
	for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]); i++) {
		char *text = mem_printf(
			f->ctx, "{\"text\":\"t\",\"parts\":[{\"kind\":\"chart\",\"chart\":%s}]}",
			charts[i]);
		struct slack_message *back;
		struct json_object *o;
		struct err e;
		assert_true(json_parse(f->ctx, text, strlen(text), &o, &e));
		assert_false(slack_message_load(f->ctx, o, &back, &e));
		assert_int_equal(e.kind, ERR_BAD_INPUT);
	}
}

/* Slack takes one table block: what stands beside it becomes text. */
static void test_chart_beside_table(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 2, 2, true, "");
	struct slack_chart c = chart_of(f->ctx, SLACK_CHART_BAR, 2, 1);
	add_table(f, &t, 2, 2);
	assert_true(slack_message_add_chart(f->m, &c, &t));
	assert_string_equal(json_str(json_item(blocks_of(f, SLACK_FORM_CHART), 1), "type"),
			    "data_visualization");
	assert_string_equal(first_type(f, SLACK_FORM_CHART), "data_table");
	assert_string_equal(first_type(f, SLACK_FORM_DATA_TABLE), "data_table");
	assert_non_null(strstr(section_text(blocks_of(f, SLACK_FORM_DATA_TABLE), 1), "```"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_encoded),	  TEST(test_pie),
		TEST(test_what_fits),	  TEST(test_values),
		TEST(test_labels),	  TEST(test_save_and_load),
		TEST(test_damaged_saves), TEST(test_chart_beside_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
