/* The message model: parts within Slack's limits, nothing lost without a word, kept and read back.
 */
#include "test_slack_message.h"

static const char *type_at(struct json_object *blocks, size_t i)
{
	return json_str_or(json_item(blocks, i), "type", "");
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

/* A cut stands between two characters as people see them; endless accents are no reason to wait. */
static void test_split_keeps_characters_whole(void **state)
{
	struct fixture *f = *state;
	static const char family[] = "👩‍👩‍👧‍👦";
	slack_message_add_section(f->m, repeat(f->ctx, family, 1000));
	struct json_object *blocks = blocks_of(f, SLACK_FORM_DATA_TABLE);
	assert_true(json_len(blocks) > 1);
	for (size_t i = 0; i < json_len(blocks); i++) {
		const char *text = section_text(blocks, i);
		assert_true(strncmp(text, family, strlen(family)) == 0 ||
			    i + 1 == json_len(blocks));
		assert_true(strlen(text) % strlen(family) == 0 || i + 1 == json_len(blocks));
	}
	struct fixture mine = { f->ctx, slack_message_new(f->ctx) };
	slack_message_add_section(mine.m, repeat(f->ctx, "\u0301", 40000));
	assert_in_range(json_len(blocks_of(&mine, SLACK_FORM_DATA_TABLE)), 1, 50);
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

static void test_plain(void **state)
{
	struct fixture *f = *state;
	struct slack_field fields[] = { { "Orders", "12" }, { "Sum", "5" } };
	struct slack_table t = table(f->ctx, 1, 2, true, "");
	assert_string_equal(json_str(slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT), "text"),
			    "summary");
	slack_message_add_section(f->m, "*Title*");
	slack_message_add_fields(f->m, fields, 2);
	add_table(f, &t, 1, 2);
	slack_message_add_divider(f->m);
	slack_message_add_context(f->m, "footer");
	struct json_object *o = slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT);
	assert_null(json_get(o, "blocks"));
	assert_string_equal(json_str(o, "text"), "*Title*\n*Orders*: 12\n*Sum*: 5\n"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_parts),
		TEST(test_text_is_always_there),
		TEST(test_sections_are_split),
		TEST(test_split_prefers_line_ends),
		TEST(test_split_keeps_characters_whole),
		TEST(test_fields_in_groups),
		TEST(test_block_limit),
		TEST(test_sum_of_texts),
		TEST(test_plain),
		TEST(test_plain_limit),
		TEST(test_save_and_load),
		TEST(test_damaged_saves),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
