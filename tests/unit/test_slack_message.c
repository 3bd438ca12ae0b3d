/* The message model: each form within Slack's limits, nothing lost without a word. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/message.h"
#include "slack/mrkdwn.h"

struct fixture {
	TALLOC_CTX *ctx;
	struct slack_message *m;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));
	f->ctx = mem_ctx(NULL);
	f->m = slack_message_new(f->ctx);
	slack_message_set_text(f->m, "summary");
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;
	talloc_free(f->ctx);
	free(f);
	return 0;
}

static char *repeat(TALLOC_CTX *ctx, const char *s, size_t n)
{
	char *out = mem_strdup(ctx, "");
	for (size_t i = 0; i < n; i++)
		mem_append(&out, s);
	return out;
}

static struct json_object *blocks_of(struct fixture *f, enum slack_form form)
{
	return json_array_at(slack_message_encode(f->ctx, f->m, form), "blocks");
}

static const char *type_at(struct json_object *blocks, size_t i)
{
	return json_str_or(json_item(blocks, i), "type", "");
}

static const char *section_text(struct json_object *blocks, size_t i)
{
	return json_str_or(json_object_at(json_item(blocks, i), "text"), "text", "");
}

/* A table whose cells are "r<row>c<column>", numeric where wanted. */
static struct slack_table table(TALLOC_CTX *ctx, size_t rows, size_t columns, bool numeric,
				const char *filler)
{
	struct slack_column *head = mem_array(ctx, struct slack_column, columns);
	struct slack_cell *cells = mem_array(ctx, struct slack_cell, rows * columns);
	for (size_t c = 0; c < columns; c++) {
		head[c].title = mem_printf(ctx, "Column %zu", c);
		head[c].numeric = numeric && c > 0;
	}
	for (size_t i = 0; i < rows * columns; i++) {
		cells[i].text = mem_printf(ctx, "r%zuc%zu%s", i / columns, i % columns, filler);
		cells[i].number = (double)i;
	}
	return (struct slack_table){ "Caption", head, columns, cells, rows };
}

static void add_table(struct fixture *f, const struct slack_table *t, size_t rows, size_t columns)
{
	size_t got_rows = 99, got_columns = 99;
	slack_message_add_table(f->m, t, &got_rows, &got_columns);
	assert_int_equal(got_rows, rows);
	assert_int_equal(got_columns, columns);
}

static void test_parts(void **state)
{
	struct fixture *f = *state;
	struct slack_field fields[] = { { "Orders", "12" }, { "", "x" } };
	slack_message_add_section(f->m, "*Title*");
	slack_message_add_fields(f->m, fields, 2);
	slack_message_add_divider(f->m);
	slack_message_add_context(f->m, "asked by <@U1>");
	slack_message_add_section(f->m, " \n ");
	struct json_object *o = slack_message_encode(f->ctx, f->m, SLACK_FORM_DATA_TABLE);
	assert_string_equal(
		json_text(o),
		"{\"text\":\"summary\",\"blocks\":["
		"{\"type\":\"section\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"*Title*\","
		"\"verbatim\":true}},"
		"{\"type\":\"section\",\"fields\":[{\"type\":\"mrkdwn\",\"text\":\"*Orders*\\n12\","
		"\"verbatim\":true},{\"type\":\"mrkdwn\",\"text\":\"x\",\"verbatim\":true}]},"
		"{\"type\":\"divider\"},"
		"{\"type\":\"context\",\"elements\":[{\"type\":\"mrkdwn\",\"text\":"
		"\"asked by <@U1>\",\"verbatim\":true}]}]}");
	assert_string_equal(slack_message_text(f->m), "summary");
}

static void test_text_is_always_there(void **state)
{
	struct fixture *f = *state;
	struct slack_message *m = slack_message_new(f->ctx);
	for (int form = 0; form < SLACK_FORMS; form++) {
		struct json_object *o = slack_message_encode(f->ctx, m, (enum slack_form)form);
		assert_true(strlen(json_str_or(o, "text", "")) > 0);
		assert_null(json_get(o, "blocks"));
	}
	slack_message_set_text(m, repeat(f->ctx, "word &amp; ", 2000));
	for (int form = 0; form < SLACK_FORM_TEXT; form++) {
		struct json_object *o = slack_message_encode(f->ctx, m, (enum slack_form)form);
		assert_in_range(text_chars(json_str(o, "text")), 3900, 4000);
	}
}

/* Pieces of a section: short enough, and nothing torn. */
static void check_pieces(struct json_object *blocks, size_t at_least)
{
	assert_true(json_len(blocks) >= at_least);
	for (size_t i = 0; i < json_len(blocks); i++) {
		const char *text = section_text(blocks, i);
		int depth = 0;
		assert_in_range(text_chars(text), 1, 3000);
		for (const char *p = text; *p; p++) {
			depth += *p == '<' ? 1 : *p == '>' ? -1 : 0;
			assert_in_range(depth, 0, 1);
			if (*p == '&')
				assert_true(strncmp(p, "&amp;", 5) == 0);
		}
		assert_int_equal(depth, 0);
		assert_true(text_is_utf8(text, strlen(text)));
	}
}

static void test_sections_are_split(void **state)
{
	struct fixture *f = *state;
	const struct {
		const char *unit;
		size_t n, blocks;
	} cases[] = {
		{ "a line of words\n", 600, 4 },
		{ "word ", 1000, 2 },
		{ "x", 6500, 3 },
		{ "&amp;", 1300, 3 },
		{ "é", 3001, 2 },
		{ "🙂", 1501, 2 },
		{ "<https://x.example/a|label>", 300, 3 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture mine = { f->ctx, slack_message_new(f->ctx) };
		slack_message_add_section(mine.m, repeat(f->ctx, cases[i].unit, cases[i].n));
		check_pieces(blocks_of(&mine, SLACK_FORM_DATA_TABLE), cases[i].blocks);
	}
}

static void test_split_prefers_line_ends(void **state)
{
	struct fixture *f = *state;
	char *text = repeat(f->ctx, "a", 2000);
	mem_append(&text, "\n");
	mem_append(&text, repeat(f->ctx, "b c ", 500));
	slack_message_add_section(f->m, text);
	struct json_object *blocks = blocks_of(f, SLACK_FORM_DATA_TABLE);
	assert_int_equal(json_len(blocks), 2);
	assert_int_equal(strlen(section_text(blocks, 0)), 2000);
	assert_int_equal(section_text(blocks, 1)[0], 'b');
}

static void test_fields_in_groups(void **state)
{
	struct fixture *f = *state;
	struct slack_field fields[23];
	char *long_value = repeat(f->ctx, "0123456789", 250);
	for (size_t i = 0; i < 23; i++)
		fields[i] = (struct slack_field){ "Title", i == 22 ? long_value : "v" };
	slack_message_add_fields(f->m, fields, 23);
	struct json_object *blocks = blocks_of(f, SLACK_FORM_MONOSPACE);
	static const size_t sizes[] = { 10, 10, 3 };
	assert_int_equal(json_len(blocks), 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(json_len(json_array_at(json_item(blocks, i), "fields")), sizes[i]);
	struct json_object *last = json_item(json_array_at(json_item(blocks, 2), "fields"), 2);
	const char *text = json_str(last, "text");
	assert_int_equal(text_chars(text), 2000);
	assert_non_null(strstr(text, "…"));
}

static void test_block_limit(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 50; i++)
		slack_message_add_divider(f->m);
	struct json_object *blocks = blocks_of(f, SLACK_FORM_DATA_TABLE);
	assert_int_equal(json_len(blocks), 50);
	assert_string_equal(type_at(blocks, 49), "divider");
	slack_message_add_divider(f->m);
	slack_message_add_divider(f->m);
	blocks = blocks_of(f, SLACK_FORM_DATA_TABLE);
	assert_int_equal(json_len(blocks), 50);
	assert_string_equal(type_at(blocks, 49), "context");
	assert_non_null(strstr(json_text(json_item(blocks, 49)), "3 parts"));
}

/* msg_blocks_too_long: the sum of the texts counts, too. The footer still comes. */
static void test_sum_of_texts(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 8; i++)
		slack_message_add_section(f->m, repeat(f->ctx, "x", 2900));
	slack_message_add_context(f->m, "footer");
	struct json_object *blocks = blocks_of(f, SLACK_FORM_DATA_TABLE);
	assert_int_equal(json_len(blocks), 6);
	assert_non_null(strstr(json_text(json_item(blocks, 4)), "footer"));
	assert_non_null(strstr(json_text(json_item(blocks, 5)), "4 parts"));
}

static void test_data_table(void **state)
{
	struct fixture *f = *state;
	static const struct slack_column columns[] = { { "Status", false }, { "Orders", true } };
	static const struct slack_cell cells[] = {
		{ "complete", 0, "https://l.example/?f=1&g=2" },
		{ "1,204.50", 1204.5, NULL },
		{ "", 0, "javascript:alert(1)" },
		{ "0.1", 0.1, "https://x" },
	};
	struct slack_table t = { "Orders by status", columns, 2, cells, 2 };
	add_table(f, &t, 2, 2);
	assert_string_equal(
		json_text(blocks_of(f, SLACK_FORM_DATA_TABLE)),
		"[{\"type\":\"data_table\",\"caption\":\"Orders by status\",\"page_size\":2,"
		"\"row_header_column_index\":0,\"rows\":["
		"[{\"type\":\"raw_text\",\"text\":\"Status\"},"
		"{\"type\":\"raw_text\",\"text\":\"Orders\"}],"
		"[{\"type\":\"rich_text\",\"elements\":[{\"type\":\"rich_text_section\","
		"\"elements\":[{\"type\":\"link\",\"url\":\"https://l.example/?f=1&g=2\","
		"\"text\":\"complete\"}]}]},"
		"{\"type\":\"raw_number\",\"value\":1204.5,\"text\":\"1,204.50\"}],"
		"[{\"type\":\"raw_text\",\"text\":\" \"},"
		"{\"type\":\"raw_number\",\"value\":0.1,\"text\":\"0.1\"}]]}]");
}

static void test_table_limits(void **state)
{
	struct fixture *f = *state;
	static const struct {
		size_t rows, columns;
		size_t filler; /* characters beside the five or so of each cell */
		size_t rows_kept, columns_kept;
	} cases[] = {
		{ 1, 1, 0, 1, 1 },	{ 500, 3, 0, 200, 3 }, { 5, 30, 0, 5, 20 },
		{ 0, 3, 0, 0, 0 },	{ 200, 2, 95, 95, 2 }, /* about 200 characters a row */
		{ 3, 20, 5000, 1, 20 }, /* cells are cut so that one row fits */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture mine = { f->ctx, slack_message_new(f->ctx) };
		struct slack_table t = table(f->ctx, cases[i].rows, cases[i].columns, false,
					     repeat(f->ctx, "x", cases[i].filler));
		size_t rows = 0, columns = 0, chars = 0;
		slack_message_add_table(mine.m, &t, &rows, &columns);
		assert_int_equal(rows, cases[i].rows_kept);
		assert_int_equal(columns, cases[i].columns_kept);
		struct json_object *all = json_array_at(
			json_item(blocks_of(&mine, SLACK_FORM_DATA_TABLE), 0), "rows");
		assert_int_equal(json_len(all), rows ? rows + 1 : 0);
		for (size_t r = 0; r < json_len(all); r++)
			for (size_t c = 0; c < columns; c++)
				chars += text_chars(
					json_str(json_item(json_item(all, r), c), "text"));
		assert_true(chars <= 19000);
	}
}

static void test_page_size(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 60, 2, true, "");
	add_table(f, &t, 60, 2);
	struct json_object *block = json_item(blocks_of(f, SLACK_FORM_DATA_TABLE), 0);
	assert_int_equal(json_int_or(block, "page_size", 0), 25);
}

/* A number that JSON cannot hold makes its column text, in every cell. */
static void test_infinite_number(void **state)
{
	struct fixture *f = *state;
	static const struct slack_column columns[] = { { "N", true } };
	const struct slack_cell cells[] = { { "1", 1, NULL }, { "∞", INFINITY, NULL } };
	struct slack_table t = { NULL, columns, 1, cells, 2 };
	add_table(f, &t, 2, 1);
	const char *text = json_text(blocks_of(f, SLACK_FORM_DATA_TABLE));
	assert_null(strstr(text, "raw_number"));
	assert_non_null(strstr(text, "\"caption\":\"Table\""));
}

static void test_second_table_is_refused(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 1, 1, false, "");
	add_table(f, &t, 1, 1);
	add_table(f, &t, 0, 0);
	assert_int_equal(json_len(blocks_of(f, SLACK_FORM_DATA_TABLE)), 1);
}

static void test_monospace(void **state)
{
	struct fixture *f = *state;
	static const struct slack_column columns[] = { { "Name", false }, { "N", true } };
	static const struct slack_cell cells[] = {
		{ "日本 <b>", 0, NULL },
		{ "5", 5, NULL },
		{ "`x`", 0, "https://x" },
		{ "1,204", 1204, NULL },
	};
	struct slack_table t = { "Orders", columns, 2, cells, 2 };
	add_table(f, &t, 2, 2);
	struct json_object *blocks = blocks_of(f, SLACK_FORM_MONOSPACE);
	assert_int_equal(json_len(blocks), 1);
	assert_string_equal(section_text(blocks, 0), "```\n"
						     "Name          N\n"
						     "--------  -----\n"
						     "日本 &lt;b&gt;      5\n"
						     "'x'       1,204\n"
						     "```");
}

static void test_monospace_limits(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 200, 20, true, " & long filler");
	add_table(f, &t, 48, 20);
	slack_message_add_context(f->m, "footer");
	struct json_object *blocks = blocks_of(f, SLACK_FORM_MONOSPACE);
	size_t sum = 0, n = json_len(blocks);
	for (size_t i = 0; i + 1 < n; i++) {
		const char *text = section_text(blocks, i);
		assert_true(text_chars(text) <= 3000);
		assert_true(strncmp(text, "```\n", 4) == 0);
		assert_string_equal(text + strlen(text) - 4, "\n```");
		sum += text_chars(text);
	}
	assert_true(sum <= 11000);
	const char *last = section_text(blocks, n - 2);
	assert_non_null(strstr(last, "more column"));
	assert_non_null(strstr(json_text(json_item(blocks, n - 1)), "footer"));
}

static void test_rows_that_do_not_fit_are_counted(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 200, 3, true, repeat(f->ctx, "y", 20));
	add_table(f, &t, 200, 3);
	static const enum slack_form forms[] = { SLACK_FORM_MONOSPACE, SLACK_FORM_TEXT };
	for (size_t i = 0; i < 2; i++) {
		struct json_object *o = slack_message_encode(f->ctx, f->m, forms[i]);
		const char *text = json_text(o);
		size_t rows = 0, left = 0;
		for (const char *p = text; (p = strstr(p, "c0yyy")); p++)
			rows++;
		const char *note = strstr(text, "… ");
		assert_non_null(note);
		assert_int_equal(sscanf(note, "… %zu more rows", &left), 1);
		assert_int_equal(rows + left, 200);
		assert_true(rows > 50);
	}
}

static void test_plain(void **state)
{
	struct fixture *f = *state;
	struct slack_field fields[] = { { "Orders", "12" }, { "Sum", "5" } };
	struct slack_table t = table(f->ctx, 1, 2, true, "");
	slack_message_add_section(f->m, "*Title*");
	slack_message_add_fields(f->m, fields, 2);
	add_table(f, &t, 1, 2);
	slack_message_add_divider(f->m);
	slack_message_add_context(f->m, "footer");
	struct json_object *o = slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT);
	assert_null(json_get(o, "blocks"));
	assert_string_equal(json_str(o, "text"), "summary\n*Title*\n*Orders*: 12\n*Sum*: 5\n"
						 "```\nColumn 0  Column 1\n--------  --------\n"
						 "r0c0          r0c1\n```\n\nfooter");
}

static void test_plain_limit(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 200, 6, true, "");
	slack_message_add_section(f->m, repeat(f->ctx, "a line of words\n", 400));
	add_table(f, &t, 200, 6);
	slack_message_add_context(f->m, "footer");
	const char *text = json_str(slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT), "text");
	assert_in_range(text_chars(text), 11000, 12000);
	assert_non_null(strstr(text, "more rows\n```\nfooter"));
	slack_message_add_section(f->m, repeat(f->ctx, "more words\n", 1000));
	text = json_str(slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT), "text");
	assert_in_range(text_chars(text), 11000, 12000);
	assert_non_null(strstr(text, "the rest did not fit"));
}

static void test_save_and_load(void **state)
{
	struct fixture *f = *state;
	struct slack_field fields[] = { { "Orders", "*12*" } };
	struct slack_table t = table(f->ctx, 3, 2, true, " <&>");
	((struct slack_cell *)(uintptr_t)t.cells)[0].link = "https://x.example/";
	slack_message_add_section(f->m, "*Title*");
	slack_message_add_fields(f->m, fields, 1);
	add_table(f, &t, 3, 2);
	slack_message_add_divider(f->m);
	slack_message_add_context(f->m, "footer");
	const char *saved = json_text(slack_message_save(f->ctx, f->m));
	struct json_object *parsed = NULL;
	struct slack_message *back = NULL;
	struct err e;
	assert_true(json_parse(f->ctx, saved, strlen(saved), &parsed, &e));
	assert_true(slack_message_load(f->ctx, parsed, &back, &e));
	for (int form = 0; form < SLACK_FORMS; form++) {
		struct json_object *a = slack_message_encode(f->ctx, f->m, (enum slack_form)form);
		struct json_object *b = slack_message_encode(f->ctx, back, (enum slack_form)form);
		assert_string_equal(json_text(a), json_text(b));
	}
}

/* Two columns, one cell. */
#define TORN_TABLE                                                                                 \
	"{\"text\":\"x\",\"parts\":[{\"kind\":\"table\",\"table\":"                                \
	"{\"columns\":[[\"a\",false],[\"b\",false]],\"cells\":[[\"x\",null,null]]}}]}"

static void test_damaged_saves(void **state)
{
	static const char *const cases[] = {
		"{}",
		"[]",
		"{\"text\":\"x\"}",
		"{\"parts\":[]}",
		"{\"text\":\"x\",\"parts\":[{\"kind\":\"rocket\"}]}",
		"{\"text\":\"x\",\"parts\":[null]}",
		"{\"text\":\"x\",\"parts\":[{\"kind\":\"table\"}]}",
		TORN_TABLE,
	};
	struct fixture *f = *state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json_object *o = NULL;
		struct slack_message *m = NULL;
		struct err e = { 0 };
		assert_true(json_parse(f->ctx, cases[i], strlen(cases[i]), &o, &e));
		if (slack_message_load(f->ctx, o, &m, &e))
			fail_msg("taken: %s", cases[i]);
		assert_int_equal(e.kind, ERR_BAD_INPUT);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parts),
		TEST(test_text_is_always_there),
		TEST(test_sections_are_split),
		TEST(test_split_prefers_line_ends),
		TEST(test_fields_in_groups),
		TEST(test_block_limit),
		TEST(test_sum_of_texts),
		TEST(test_data_table),
		TEST(test_table_limits),
		TEST(test_page_size),
		TEST(test_infinite_number),
		TEST(test_second_table_is_refused),
		TEST(test_monospace),
		TEST(test_monospace_limits),
		TEST(test_rows_that_do_not_fit_are_counted),
		TEST(test_plain),
		TEST(test_plain_limit),
		TEST(test_save_and_load),
		TEST(test_damaged_saves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
