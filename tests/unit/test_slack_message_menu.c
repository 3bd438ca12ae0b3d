/* A menu in a message: within Slack's limits, in every form with blocks, kept and read back. */
#include "test_slack_message.h"

static const struct slack_button choices[] = {
	{ .text = "Close <now>", .value = "0a1b.0" },
	{ .text = "Assign", .value = "0a1b.1" },
};

static void test_encoded(void **state)
{
	struct fixture *f = *state;

	slack_message_add_section(f->m, "answer");
	slack_message_add_menu(f->m, "modal-actions", "Actions", choices, 2);
	struct json_object *block = json_item(blocks_of(f, SLACK_FORM_DATA_TABLE), 1);
	assert_string_equal(json_str_or(block, "type", ""), "actions");
	assert_string_equal(
		json_text(json_array_at(block, "elements")),
		"[{\"type\":\"static_select\",\"action_id\":\"modal-actions\",\"placeholder\":"
		"{\"type\":\"plain_text\",\"text\":\"Actions\"},\"options\":["
		"{\"text\":{\"type\":\"plain_text\",\"text\":\"Close "
		"<now>\"},\"value\":\"0a1b.0\"},"
		"{\"text\":{\"type\":\"plain_text\",\"text\":\"Assign\"},\"value\":\"0a1b.1\"}]}]");
	for (int form = 0; form < SLACK_FORM_TEXT; form++)
		assert_int_equal(json_len(blocks_of(f, (enum slack_form)form)), 2);
	struct json_object *plain = slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT);
	assert_string_equal(json_text(plain), "{\"text\":\"answer\"}");
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct slack_button many[120];

	for (size_t i = 0; i < 120; i++)
		many[i] = (struct slack_button){ .text = repeat(f->ctx, "🙂é", 60),
						 .value = mem_printf(f->ctx, "v%zu", i) };
	many[1].value = repeat(f->ctx, "v", 151); /* cut it would be another one */
	many[2].value = NULL;
	many[3].value = "";
	many[4].text = NULL;
	slack_message_add_menu(f->m, "m", repeat(f->ctx, "p", 200), many, 120);
	struct json_object *menu = json_item(
		json_array_at(json_item(blocks_of(f, SLACK_FORM_DATA_TABLE), 0), "elements"), 0);
	struct json_object *options = json_array_at(menu, "options");
	assert_int_equal(json_len(options), SLACK_MENU_MAX);
	assert_string_equal(json_str(json_item(options, 0), "value"), "v0");
	assert_string_equal(json_str(json_item(options, 1), "value"), "v4");
	for (size_t i = 0; i < json_len(options); i++) {
		const char *text = json_str(json_object_at(json_item(options, i), "text"), "text");
		assert_in_range(text_chars(text), 1, 75);
	}
	assert_in_range(text_chars(json_str(json_object_at(menu, "placeholder"), "text")), 1, 150);
	slack_message_add_menu(f->m, "", "text", choices, 2);
	slack_message_add_menu(f->m, repeat(f->ctx, "a", 256), "text", choices, 2);
	slack_message_add_menu(f->m, "m2", "text", &many[1], 3);
	slack_message_add_menu(f->m, "m3", "text", choices, 0);
	assert_int_equal(json_len(blocks_of(f, SLACK_FORM_DATA_TABLE)), 1);
}

static void test_kept(void **state)
{
	struct fixture *f = *state;
	struct slack_message *back = NULL, *copy = slack_message_new(f->ctx);
	struct json_object *parsed = NULL;
	struct err e;

	slack_message_add_menu(f->m, "modal-actions", "Actions", choices, 2);
	const char *saved = json_text(slack_message_save(f->ctx, f->m));
	assert_true(json_parse(f->ctx, saved, strlen(saved), &parsed, &e));
	assert_true(slack_message_load(f->ctx, parsed, &back, &e));
	slack_message_copy_buttons(copy, f->m);
	const char *as = mem_strdup(f->ctx, json_text(blocks_of(f, SLACK_FORM_TABLE)));
	assert_non_null(strstr(as, "static_select"));
	f->m = back;
	assert_string_equal(json_text(blocks_of(f, SLACK_FORM_TABLE)), as);
	f->m = copy;
	assert_string_equal(json_text(blocks_of(f, SLACK_FORM_TABLE)), as);
	const char *damaged = "{\"text\":\"x\",\"parts\":[{\"kind\":\"menu\"},{\"kind\":\"menu\","
			      "\"action_id\":\"a\",\"choices\":[null,7,{\"value\":3}]}]}";
	assert_true(json_parse(f->ctx, damaged, strlen(damaged), &parsed, &e));
	assert_true(slack_message_load(f->ctx, parsed, &back, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_encoded),
		TEST(test_limits),
		TEST(test_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
