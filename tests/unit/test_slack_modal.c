/* Forms as Slack gets them, and what comes back from one. */
#include "test_slack_api.h"

#include "base/text.h"
#include "slack/modal.h"

#define KEY "0123456789abcdef0123456789abcdef"

static struct slack_option *make_options(TALLOC_CTX *ctx, size_t n, const char *fmt)
{
	struct slack_option *options = mem_array(ctx, struct slack_option, n);

	for (size_t i = 0; i < n; i++)
		options[i].value = mem_printf(ctx, "%s %zu", fmt, i);
	return options;
}

static struct json_object *block(struct json_object *view, size_t i)
{
	return json_item(json_array_at(view, "blocks"), i);
}

static void test_fields(void **state)
{
	struct fixture *f = *state;
	const struct slack_option two[] = { { "a,b", NULL }, { "c", "See" } };
	const struct slack_modal_field fields[] = {
		{ .type = SLACK_FIELD_TEXT,
		  .name = "n",
		  .label = "Name",
		  .hint = "a text",
		  .value = "EMEA",
		  .required = true,
		  .max_chars = 50 },
		{ .type = SLACK_FIELD_SELECT,
		  .name = "s",
		  .label = "Choice",
		  .value = "c",
		  .options = two,
		  .n_options = 2,
		  .interactive = true,
		  .error = "not <that>" },
		{ .type = SLACK_FIELD_MESSAGE, .label = "*words*" },
		{ .type = SLACK_FIELD_LINK, .label = "Log in", .url = "https://x.example/a" },
		{ .type = SLACK_FIELD_LINK, .label = "Bad", .url = "javascript:alert(1)" },
		{ .type = SLACK_FIELD_SELECT, .name = "none", .label = "Empty list" },
	};
	const struct slack_modal modal = {
		.title = "A title of more than twenty-four characters",
		.submit = "Run",
		.metadata = KEY,
		.intro = "*intro*",
		.fields = fields,
		.n = 6,
	};
	struct json_object *view = slack_modal_encode(f->ctx, &modal);

	assert_string_equal(json_str(view, "type"), "modal");
	assert_string_equal(json_str(view, "private_metadata"), KEY);
	assert_int_equal(text_chars(json_str(json_object_at(view, "title"), "text")), 24);
	assert_string_equal(json_str(json_object_at(view, "close"), "text"), "Cancel");
	assert_int_equal(json_len(json_array_at(view, "blocks")), 8);
	struct json_object *element = json_object_at(block(view, 1), "element");
	assert_string_equal(json_str(block(view, 1), "block_id"), "f0-0123456789ab");
	assert_string_equal(json_str(element, "action_id"), "f0-0123456789ab");
	assert_string_equal(json_str(element, "initial_value"), "EMEA");
	assert_int_equal(json_int_or(element, "max_length", 0), 50);
	assert_false(json_bool_or(block(view, 1), "optional", true));
	assert_string_equal(json_str(json_object_at(block(view, 2), "text"), "text"),
			    ":warning: not &lt;that&gt;");
	element = json_object_at(block(view, 3), "element");
	assert_string_equal(json_str(element, "type"), "static_select");
	assert_string_equal(json_str(json_object_at(element, "initial_option"), "value"), "1");
	assert_true(json_bool_or(block(view, 3), "dispatch_action", false));
	assert_string_equal(json_str(json_object_at(block(view, 4), "text"), "text"), "*words*");
	assert_string_equal(json_str(block(view, 5), "type"), "actions");
	assert_string_equal(json_str(block(view, 6), "type"), "section");
	assert_string_equal(json_str(json_object_at(block(view, 7), "element"), "type"),
			    "plain_text_input");
}

/* Percent-encoded it is longer than Slack takes; without a button its label is still no mrkdwn. */
static void test_long_link(void **state)
{
	struct fixture *f = *state;
	struct slack_modal_field link = { .type = SLACK_FIELD_LINK, .label = "<!here>" };
	const struct slack_modal modal = { .title = "T", .fields = &link, .n = 1 };
	char *url = mem_strdup(f->ctx, "https://x.example/");
	struct json_object *view;

	for (int i = 0; i < 1500; i++)
		mem_append(&url, "[");
	link.url = url;
	view = slack_modal_encode(f->ctx, &modal);
	assert_string_equal(json_str(block(view, 0), "type"), "section");
	assert_string_equal(json_str(json_object_at(block(view, 0), "text"), "text"),
			    "&lt;!here&gt;");
}

static void test_long_list(void **state)
{
	struct fixture *f = *state;
	const struct slack_modal_field field = {
		.type = SLACK_FIELD_SELECT,
		.name = "s",
		.label = "City",
		.value = "City 4999",
		.options = make_options(f->ctx, 5000, "City"),
		.n_options = 5000,
	};
	const struct slack_modal modal = {
		.title = "T", .submit = "Run", .metadata = KEY, .fields = &field, .n = 1
	};
	struct json_object *element =
		json_object_at(block(slack_modal_encode(f->ctx, &modal), 0), "element");
	struct json_object *o;
	struct err e;

	assert_string_equal(json_str(element, "type"), "external_select");
	assert_int_equal(json_int_or(element, "min_query_length", 9), 0);
	assert_string_equal(json_str(json_object_at(element, "initial_option"), "value"), "4999");
	assert_null(json_get(element, "options"));

	static const struct {
		const char *typed;
		size_t n;
		const char *first;
	} cases[] = { { "", 100, "0" },
		      { "cITY 49", 100, "49" },
		      { " city 4999 ", 1, "4999" },
		      { "Oslo", 0, NULL },
		      { "499", 15, "499" } };
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = slack_modal_answer_options(f->ctx, &field, cases[i].typed);

		assert_true(json_parse(f->ctx, text, strlen(text), &o, &e));
		struct json_object *list = json_array_at(o, "options");
		assert_int_equal(json_len(list), cases[i].n);
		if (cases[i].first)
			assert_string_equal(json_str(json_item(list, 0), "value"), cases[i].first);
	}
	assert_string_equal(slack_modal_answer_options(f->ctx, NULL, "x"), "{\"options\":[]}");
}

/* Whatever a list holds, a view and an answer stay below Slack's limits. */
static void test_limits(void **state)
{
	struct fixture *f = *state;
	struct slack_modal_field fields[150];
	char *wide = mem_strdup(f->ctx, "");

	for (int i = 0; i < 90; i++)
		mem_append(&wide, "😀");
	for (size_t i = 0; i < 150; i++)
		fields[i] = (struct slack_modal_field){
			.type = SLACK_FIELD_SELECT,
			.name = "x",
			.label = wide,
			.hint = wide,
			.options = make_options(f->ctx, 100, wide),
			.n_options = 100,
			.error = i % 2 ? "wrong" : NULL,
		};
	struct slack_modal modal = {
		.title = "T", .submit = "Run", .metadata = KEY, .fields = fields, .n = 150
	};
	size_t n = slack_modal_fitting(&modal);
	struct json_object *view = slack_modal_encode(f->ctx, &modal);

	assert_int_equal(n, 67);
	assert_in_range(json_len(json_array_at(view, "blocks")), n, SLACK_MODAL_BLOCKS_MAX);
	assert_in_range(strlen(json_text(view)), 1000, 250 * 1000);
	assert_in_range(strlen(slack_modal_answer_options(f->ctx, &fields[0], "")), 1000,
			SLACK_MODAL_ANSWER_MAX_BYTES + 100);
}

/* Slack takes no long answer: the first errors are enough to keep the form open. */
static void test_many_errors(void **state)
{
	struct fixture *f = *state;
	struct json_object *errors = json_new_object(f->ctx), *answer;
	const char *long_text = mem_printf(f->ctx, "%0*d", 900, 0), *text;
	struct err e;

	for (size_t i = 0; i < 100; i++)
		json_set_str(errors, slack_modal_block_id(f->ctx, KEY, i), long_text);
	text = slack_modal_answer_errors(f->ctx, errors);
	assert_in_range(strlen(text), 10000, SLACK_MODAL_ANSWER_MAX_BYTES + 100);
	assert_true(json_parse(f->ctx, text, strlen(text), &answer, &e));
	assert_non_null(json_str(json_object_at(answer, "errors"), "f0-0123456789ab"));
}

static void test_values(void **state)
{
	const struct slack_option two[] = { { "a,b", NULL }, { "c", "See" } };
	const struct slack_modal_field text = { .type = SLACK_FIELD_TEXTAREA };
	const struct slack_modal_field list = { .type = SLACK_FIELD_SELECT,
						.options = two,
						.n_options = 2 };
	const struct slack_modal_field words = { .type = SLACK_FIELD_MESSAGE };
	(void)state;

	assert_string_equal(slack_modal_value(&text, "x"), "x");
	assert_null(slack_modal_value(&text, ""));
	assert_null(slack_modal_value(&text, NULL));
	assert_string_equal(slack_modal_value(&list, "0"), "a,b");
	assert_string_equal(slack_modal_value(&list, "1"), "c");
	assert_null(slack_modal_value(&list, "2"));
	assert_null(slack_modal_value(&list, "-1"));
	assert_null(slack_modal_value(&list, "a,b"));
	assert_null(slack_modal_value(&words, "x"));

	assert_int_equal(slack_modal_field_of(KEY, 5, "f3-0123456789ab"), 3);
	assert_int_equal(slack_modal_field_of(KEY, 3, "f3-0123456789ab"), -1);
	assert_int_equal(slack_modal_field_of(KEY, 5, "f3-ffffffffffff"), -1);
	assert_int_equal(slack_modal_field_of(KEY, 5, "f03-0123456789ab"), -1);
	assert_int_equal(slack_modal_field_of(KEY, 5, "link-3"), -1);
	assert_int_equal(slack_modal_field_of(KEY, 5, ""), -1);
}

static void test_calls(void **state)
{
	struct fixture *f = *state;
	const struct slack_modal modal = { .title = "T", .intro = "Loading…" };
	const char *view_id = NULL;
	struct err e;

	answer(f, http(f->ctx, JSON_200, "{\"ok\":true,\"view\":{\"id\":\"V7\"}}"), NULL);
	assert_true(slack_modal_open(f->ctx, f->api, clock_deadline_ms(5000), "1.2.a", &modal,
				     &view_id, &e));
	assert_string_equal(view_id, "V7");
	assert_string_equal(form_get(sent_form(f), "trigger_id"), "1.2.a");
	answer(f, http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"expired_trigger_id\"}"), NULL);
	assert_false(slack_modal_open(f->ctx, f->api, clock_deadline_ms(5000), "1.2.a", &modal,
				      &view_id, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	answer(f, http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"hash_conflict\"}"), NULL);
	assert_false(slack_modal_update(f->ctx, f->api, clock_deadline_ms(5000), "V7", "1.h",
					&modal, &e));
	assert_int_equal(e.kind, ERR_FORBIDDEN);
	assert_string_equal(form_get(sent_form(f), "hash"), "1.h");
	answer(f, http(f->ctx, JSON_200, "{\"ok\":false,\"error\":\"not_found\"}"), NULL);
	assert_false(slack_modal_update(f->ctx, f->api, clock_deadline_ms(5000), "V7", NULL, &modal,
					&e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_null(form_get(sent_form(f), "hash"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_fields), TEST(test_long_link),   TEST(test_long_list), TEST(test_limits),
		TEST(test_values), TEST(test_many_errors), TEST(test_calls),
	};

	http_start();
	int failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
