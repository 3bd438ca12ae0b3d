/* A picture in a message: a block where there are blocks, a link elsewhere, kept and read back. */
#include "test_slack_message.h"

static const struct slack_image funnel = { "F01", "Pipeline: a <funnel>",
					   "https://looker.example.com/x/1" };

static void test_encoded(void **state)
{
	struct fixture *f = *state;

	slack_message_add_section(f->m, "*Pipeline*");
	slack_message_add_image(f->m, &funnel);
	for (int form = 0; form < SLACK_FORM_TEXT; form++)
		assert_string_equal(json_text(json_item(blocks_of(f, (enum slack_form)form), 1)),
				    "{\"type\":\"image\",\"slack_file\":{\"id\":\"F01\"},"
				    "\"alt_text\":\"Pipeline: a <funnel>\"}");
	struct json_object *plain = slack_message_encode(f->ctx, f->m, SLACK_FORM_TEXT);
	assert_string_equal(json_text(plain),
			    "{\"text\":\"*Pipeline*\\n<https://looker.example.com/x/1|"
			    "Pipeline: a &lt;funnel&gt;>\"}");
	assert_int_equal(slack_message_simpler(f->m, SLACK_FORM_DATA_TABLE), SLACK_FORM_TEXT);
}

static void test_elsewhere(void **state)
{
	struct fixture *f = *state;
	const struct slack_image image = { NULL, "Pipeline", NULL,
					   "https://pics.example.com/1.png" };
	struct slack_message *back;
	struct err e;

	slack_message_add_image(f->m, &image);
	assert_true(slack_message_has_image(f->m));
	assert_true(slack_message_load(f->ctx, slack_message_save(f->ctx, f->m), &back, &e));
	assert_string_equal(
		json_text(json_item(
			json_array_at(slack_message_encode(f->ctx, back, SLACK_FORM_TABLE),
				      "blocks"),
			0)),
		"{\"type\":\"image\",\"image_url\":\"https://pics.example.com/1.png\","
		"\"alt_text\":\"Pipeline\"}");
}

static void test_limits(void **state)
{
	struct fixture *f = *state;
	const struct slack_image none = { "", "x", NULL };
	const struct slack_image bare = { "F02", " \n", NULL };
	const struct slack_image large = { "F03", repeat(f->ctx, "🙂é", 2000), NULL };

	slack_message_add_image(f->m, &none);
	assert_false(slack_message_has_image(f->m));
	slack_message_add_image(f->m, &bare);
	slack_message_add_image(f->m, &large);
	assert_true(slack_message_has_image(f->m));
	struct json_object *blocks = blocks_of(f, SLACK_FORM_DATA_TABLE);
	assert_int_equal(json_len(blocks), 2);
	assert_string_equal(json_str(json_item(blocks, 0), "alt_text"), "Picture");
	assert_in_range(text_chars(json_str(json_item(blocks, 1), "alt_text")), 100, 2000);
}

static void test_kept(void **state)
{
	struct fixture *f = *state;
	const struct slack_button b = { .action_id = "csv", .text = "All rows", .value = "k" };
	struct slack_message *back, *other = slack_message_new(f->ctx);
	struct err e;

	slack_message_add_image(f->m, &funnel);
	slack_message_add_buttons(f->m, &b, 1);
	struct json_object *saved = slack_message_save(f->ctx, f->m);
	assert_true(slack_message_load(f->ctx, saved, &back, &e));
	assert_string_equal(json_text(slack_message_save(f->ctx, back)), json_text(saved));
	slack_message_set_text(other, "summary");
	slack_message_copy_buttons(other, f->m);
	blocks_of(f, SLACK_FORM_TABLE);
	assert_false(slack_message_has_image(other));
	assert_int_equal(json_len(json_array_at(
				 slack_message_encode(f->ctx, other, SLACK_FORM_TABLE), "blocks")),
			 1);
	struct json_object *part = json_item(json_array_at(saved, "parts"), 0);
	json_object_object_del(json_object_at(part, "image"), "file_id");
	assert_false(slack_message_load(f->ctx, saved, &back, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_encoded),
		TEST(test_elsewhere),
		TEST(test_limits),
		TEST(test_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
