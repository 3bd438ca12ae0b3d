/* Tables in a message: Slack's block, and the aligned text that takes its place. */
#include <math.h>

#include "test_slack_message.h"

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

/* The older block: numbers as text to the right, long text wrapped. */
static void test_table(void **state)
{
	struct fixture *f = *state;
	static const struct slack_column columns[] = { { "Status", false }, { "Orders", true } };
	static const struct slack_cell cells[] = {
		{ "complete", 0, "https://l.example/?f=1" },
		{ "1,204.50", 1204.5, NULL },
	};
	struct slack_table t = { "Orders by status", columns, 2, cells, 1 };
	add_table(f, &t, 1, 2);
	assert_string_equal(
		json_text(blocks_of(f, SLACK_FORM_TABLE)),
		"[{\"type\":\"table\",\"column_settings\":[{\"is_wrapped\":true},{\"align\":"
		"\"right\"}],"
		"\"rows\":[[{\"type\":\"raw_text\",\"text\":\"Status\"},"
		"{\"type\":\"raw_text\",\"text\":\"Orders\"}],"
		"[{\"type\":\"rich_text\",\"elements\":[{\"type\":\"rich_text_section\","
		"\"elements\":"
		"[{\"type\":\"link\",\"url\":\"https://l.example/?f=1\",\"text\":\"complete\"}]}]},"
		"{\"type\":\"raw_text\",\"text\":\"1,204.50\"}]]}]");
}

static void test_table_says_what_it_cuts(void **state)
{
	struct fixture *f = *state;
	static const struct {
		size_t rows, columns, filler, kept;
	} cases[] = {
		{ 99, 2, 0, 99 },   { 100, 2, 0, 99 },	{ 200, 20, 0, 86 },
		{ 200, 2, 95, 47 }, { 3, 20, 5000, 1 }, { 1, 1, 500, 1 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct fixture mine = { f->ctx, slack_message_new(f->ctx) };
		struct slack_table t = table(f->ctx, cases[i].rows, cases[i].columns, false,
					     repeat(f->ctx, "x", cases[i].filler));
		size_t rows = 0, columns = 0, chars = 0;
		slack_message_add_table(mine.m, &t, &rows, &columns);
		struct json_object *blocks = blocks_of(&mine, SLACK_FORM_TABLE);
		struct json_object *all = json_array_at(json_item(blocks, 0), "rows");
		assert_int_equal(json_len(all), cases[i].kept + 1);
		for (size_t r = 0; r < json_len(all); r++)
			for (size_t c = 0; c < columns; c++)
				chars += text_chars(
					json_str(json_item(json_item(all, r), c), "text"));
		assert_true(chars <= 9500);
		const char *said =
			mem_printf(f->ctx, "First %zu of %zu rows.", cases[i].kept, rows);
		assert_int_equal(strstr(json_text(blocks), said) != NULL, cases[i].kept < rows);
	}
}

static void test_simpler(void **state)
{
	struct fixture *f = *state;
	struct slack_table t = table(f->ctx, 1, 1, false, "");
	assert_int_equal(slack_message_simpler(f->m, SLACK_FORM_DATA_TABLE), SLACK_FORMS);
	slack_message_add_section(f->m, "text");
	assert_int_equal(slack_message_simpler(f->m, SLACK_FORM_DATA_TABLE), SLACK_FORM_TEXT);
	add_table(f, &t, 1, 1);
	for (int form = SLACK_FORM_DATA_TABLE; form < SLACK_FORMS; form++)
		assert_int_equal(slack_message_simpler(f->m, (enum slack_form)form), form + 1);
	/* A table looks the same where charts are allowed. */
	assert_int_equal(slack_message_look(f->m, SLACK_FORM_CHART), SLACK_FORM_DATA_TABLE);
	assert_int_equal(slack_message_simpler(f->m, SLACK_FORM_CHART), SLACK_FORM_TABLE);
}

/* Rows whose order means something are never sortable; some of them are bold. */
static void test_fixed_table(void **state)
{
	struct fixture *f = *state;
	static const bool strong[] = { false, true };
	struct slack_table t = table(f->ctx, 2, 1, false, "");
	t.fixed = true;
	t.strong = strong;
	add_table(f, &t, 2, 1);
	for (int form = 0; form <= SLACK_FORM_TABLE; form++)
		assert_string_equal(
			json_text(blocks_of(f, (enum slack_form)form)),
			"[{\"type\":\"table\",\"column_settings\":[{\"is_wrapped\":true}],\"rows\":"
			"["
			"[{\"type\":\"raw_text\",\"text\":\"Column 0\"}],"
			"[{\"type\":\"raw_text\",\"text\":\"r0c0\"}],"
			"[{\"type\":\"rich_text\",\"elements\":[{\"type\":\"rich_text_section\","
			"\"elements\":[{\"type\":\"text\",\"text\":\"r1c0\",\"style\":{\"bold\":"
			"true}}]}]}]"
			"]}]");
	assert_int_equal(slack_message_look(f->m, SLACK_FORM_CHART), SLACK_FORM_TABLE);
	assert_int_equal(slack_message_simpler(f->m, SLACK_FORM_CHART), SLACK_FORM_MONOSPACE);
	assert_int_equal(slack_message_simpler(f->m, SLACK_FORM_TABLE), SLACK_FORM_MONOSPACE);
	t = table(f->ctx, 150, 1, false, "");
	t.fixed = true;
	f->m = slack_message_new(f->ctx);
	add_table(f, &t, 99, 1);
}

/* A value written from right to left stands apart, one that turns others around does not. */
static void test_monospace_directions(void **state)
{
	struct fixture *f = *state;
	static const struct slack_column columns[] = { { "A", false },
						       { "B", false },
						       { "N", true } };
	static const struct slack_cell cells[] = {
		{ "שלום", 0, NULL },
		{ "\u202ex\u202cy", 0, NULL },
		{ "12", 12, NULL },
		{ "abcdef", 0, NULL },
		{ "👩‍👩‍👧‍👦e\u0301🇩🇪", 0, NULL },
		{ "3", 3, NULL },
	};
	struct slack_table t = { "T", columns, 3, cells, 2 };
	add_table(f, &t, 2, 3);
	assert_string_equal(section_text(blocks_of(f, SLACK_FORM_MONOSPACE), 0),
			    "```\n"
			    "A       B       N\n"
			    "------  -----  --\n" TEXT_ISOLATE "שלום" TEXT_ISOLATE_END
			    "    xy     12\n"
			    "abcdef  👩‍👩‍👧‍👦e\u0301🇩🇪   3\n"
			    "```");
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

/* Combining accents take no column, but a section holds 3,000 characters of any kind. */
static void test_monospace_accents(void **state)
{
	struct fixture *f = *state;
	char *accents = mem_printf(f->ctx, "x%s", repeat(f->ctx, "\u0301", 450));
	struct slack_table t = table(f->ctx, 2, 8, false, accents);
	add_table(f, &t, 2, 8);
	struct json_object *blocks = blocks_of(f, SLACK_FORM_MONOSPACE);
	for (size_t i = 0; i < json_len(blocks); i++)
		assert_true(text_chars(section_text(blocks, i)) <= 3000);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_data_table),
		TEST(test_table),
		TEST(test_table_says_what_it_cuts),
		TEST(test_simpler),
		TEST(test_fixed_table),
		TEST(test_monospace_directions),
		TEST(test_table_limits),
		TEST(test_page_size),
		TEST(test_infinite_number),
		TEST(test_second_table_is_refused),
		TEST(test_monospace),
		TEST(test_monospace_limits),
		TEST(test_monospace_accents),
		TEST(test_rows_that_do_not_fit_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
