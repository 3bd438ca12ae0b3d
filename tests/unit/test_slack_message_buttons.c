/* Buttons of a message: within Slack's limits, in every form with blocks, kept and read back. */
#include "test_slack_message.h"

static struct json_object *row(struct fixture *f, size_t i)
{
	struct json_object *blocks = blocks_of(f, SLACK_FORM_DATA_TABLE);

	assert_string_equal(json_str_or(json_item(blocks, i), "type", ""), "actions");
	return json_item(blocks, i);
}

static void test_encoded(void **state)
{
	struct fixture *f = *state;
	const struct slack_button buttons[] = {
		{ .action_id = "share", .text = "Share here", .value = "0a1b", .primary = true },
		{ .action_id = "open",
		  .text = "Open <Looker> & co",
		  .url = "https://x.example/a b" },
	};

	slack_message_add_section(f->m, "answer");
	slack_message_add_buttons(f->m, buttons, 2);
	struct json_object *block = row(f, 1);
	assert_string_equal(
		json_text(json_array_at(block, "elements")),
		"[{\"type\":\"button\",\"text\":{\"type\":\"plain_text\",\"text\":\"Share here\"},"
		"\"action_id\":\"share\",\"value\":\"0a1b\",\"style\":\"primary\"},"
		"{\"type\":\"button\",\"text\":{\"type\":\"plain_text\",\"text\":"
		"\"Open <Looker> & co\"},\"action_id\":\"open\","
		"\"url\":\"https://x.example/a%20b\"}]");
	for (int form = 0; form < SLACK_FORM_TEXT; form++)
		assert_int_equal(json_len(blocks_of(f, (enum slack_form)form)), 2);
	struct json_object *plain = slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT);
	assert_string_equal(json_text(plain), "{\"text\":\"answer\"}");
	assert_int_equal(slack_message_simpler(f->m, SLACK_FORM_DATA_TABLE), SLACK_FORM_TEXT);
}

static void test_alone(void **state)
{
	struct fixture *f = *state;

	slack_message_add_buttons(
		f->m, &(struct slack_button){ .action_id = "a", .text = "A", .value = "1" }, 1);
	row(f, 0);
	struct json_object *plain = slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT);
	assert_string_equal(json_text(plain), "{\"text\":\"summary\"}");
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct slack_button many[40];

	for (size_t i = 0; i < 40; i++)
		many[i] = (struct slack_button){ .action_id = mem_printf(f->ctx, "a%zu", i),
						 .text = repeat(f->ctx, "🙂é", 60),
						 .value = repeat(f->ctx, "v", 2000) };
	many[1].value = repeat(f->ctx, "v", 2001); /* cut it would be another one */
	many[2].url = "javascript:alert(1)";
	many[3].url = mem_printf(f->ctx, "https://x.example/%s", repeat(f->ctx, "y", 3000));
	many[4].action_id = "";
	many[5].action_id = repeat(f->ctx, "a", 256);
	many[6].text = " \n";
	slack_message_add_buttons(f->m, many, 40);
	struct json_object *elements = json_array_at(row(f, 0), "elements");
	assert_int_equal(json_len(elements), SLACK_BUTTONS_MAX);
	assert_string_equal(json_str(json_item(elements, 0), "action_id"), "a0");
	assert_string_equal(json_str(json_item(elements, 1), "action_id"), "a6");
	for (size_t i = 0; i < json_len(elements); i++) {
		const char *text = json_str(json_object_at(json_item(elements, i), "text"), "text");
		assert_in_range(text_chars(text), 1, 75);
		assert_true(text_is_utf8(text, strlen(text)));
	}
	slack_message_add_buttons(f->m, many, 0);
	slack_message_add_buttons(f->m, &many[1], 5);
	assert_int_equal(json_len(blocks_of(f, SLACK_FORM_DATA_TABLE)), 1);
}

static const char *id(struct fixture *f, size_t i)
{
	return json_str(row(f, i), "block_id");
}

/* Slack asks for another block_id when the block has changed, and for different ones in a message.
 */
static void test_block_id(void **state)
{
	struct fixture *f = *state;
	struct slack_button a = { .action_id = "share", .text = "Share", .value = "1" }, b = a;

	b.value = "2";
	slack_message_add_buttons(f->m, &a, 1);
	slack_message_add_buttons(f->m, &a, 1);
	assert_string_not_equal(id(f, 0), id(f, 1));
	const char *before = mem_strdup(f->ctx, id(f, 0));
	assert_string_equal(id(f, 0), before);
	f->m = slack_message_new(f->ctx);
	slack_message_add_buttons(f->m, &b, 1);
	assert_string_not_equal(id(f, 0), before);
	f->m = slack_message_new(f->ctx);
	slack_message_add_buttons(f->m, &a, 1);
	assert_string_equal(id(f, 0), before);
}

static void test_save_and_load(void **state)
{
	struct fixture *f = *state;
	const struct slack_button buttons[] = {
		{ .action_id = "share", .text = "Share here", .value = "0a1b", .primary = true },
		{ .action_id = "open", .text = "Open", .url = "https://x.example/?a=b&c=%20" },
	};
	struct slack_message *back = NULL;
	struct json_object *parsed = NULL;
	struct err e;

	slack_message_add_section(f->m, "answer");
	slack_message_add_buttons(f->m, buttons, 2);
	const char *saved = json_text(slack_message_save(f->ctx, f->m));
	assert_true(json_parse(f->ctx, saved, strlen(saved), &parsed, &e));
	assert_true(slack_message_load(f->ctx, parsed, &back, &e));
	for (int form = 0; form < SLACK_FORMS; form++) {
		struct json_object *a = slack_message_encode(f->ctx, f->m, (enum slack_form)form);
		struct json_object *b = slack_message_encode(f->ctx, back, (enum slack_form)form);
		assert_string_equal(json_text(a), json_text(b));
	}
	/* A row that is damaged is left out: the answer is worth more. */
	const char *damaged =
		"{\"text\":\"x\",\"parts\":[{\"kind\":\"buttons\",\"buttons\":[null,7]},"
		"{\"kind\":\"buttons\"}]}";
	assert_true(json_parse(f->ctx, damaged, strlen(damaged), &parsed, &e));
	assert_true(slack_message_load(f->ctx, parsed, &back, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_encoded),  TEST(test_alone),	       TEST(test_limits),
		TEST(test_block_id), TEST(test_save_and_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
