/* What comes from a modal: a submission, a change of one field, what is typed into a long list. */
#include "test_slack_inbound.h"

#define KEY "0123456789abcdef0123456789abcdef"
#define WHO                                                                                        \
	"\"token\":\"SECRET\",\"user\":{\"id\":\"U1\",\"team_id\":\"T2\"},\"team\":{\"id\":"       \
	"\"T1\"},\"trigger_id\":\"1.2.abc\","
#define VIEW(values)                                                                               \
	"\"view\":{\"id\":\"V1\",\"type\":\"modal\",\"hash\":\"1.h\",\"private_metadata\":\"" KEY  \
	"\",\"state\":{\"values\":" values "}}"
#define SUBMIT(values) "{\"type\":\"view_submission\"," WHO VIEW(values) "}"

static struct slack_inbound *action(TALLOC_CTX *ctx, const char *text)
{
	struct slack_inbound *in = NULL;
	struct err e = { 0 };

	if (!slack_inbound_from_action(ctx, parse(ctx, text), &in, &e))
		fail_msg("%s: %s", e.text, text);
	return checked(ctx, in);
}

static void test_submission(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = action(
		ctx, SUBMIT("{\"a\":{\"x\":{\"type\":\"plain_text_input\",\"value\":\"<a> "
			    "\\u0007b\"}},"
			    "\"b\":{\"x\":{\"selected_option\":{\"value\":\"7\"}}},"
			    "\"c\":{\"x\":{\"type\":\"plain_text_input\",\"value\":null}},"
			    "\"d\":{\"x\":{\"selected_option\":null}},\"e\":[1],\"f\":{\"x\":5}}"));
	(void)state;

	assert_int_equal(in->kind, SLACK_INBOUND_SUBMIT);
	assert_string_equal(in->view_id, "V1");
	assert_string_equal(in->view_hash, "1.h");
	assert_string_equal(in->value, KEY);
	assert_string_equal(in->user_id, "U1");
	assert_string_equal(in->team_id, "T1");
	assert_string_equal(in->trigger_id, "1.2.abc");
	assert_null(in->channel_id);
	assert_string_equal(json_text(in->fields), "{\"a\":\"<a>  b\",\"b\":\"7\"}");
	in = action(ctx, SUBMIT("{}"));
	assert_string_equal(json_text(in->fields), "{}");
	in = action(ctx, fixture(ctx, "action-view-submission-connect.json"));
	assert_int_equal(in->kind, SLACK_INBOUND_SUBMIT);
	assert_string_equal(json_text(in->fields), "{\"zniAM\":\"Hi there!\"}");
	assert_null(in->value);
	talloc_free(ctx);
}

/* A field may be as long as Slack allows; one more is kept, for intake to tell. */
static void test_submission_is_limited(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *values = mem_strdup(ctx, "{");
	(void)state;

	for (int i = 0; i < SLACK_FIELDS_MAX + 20; i++) {
		mem_appendf(&values, "%s\"f%d\":{\"x\":{\"value\":\"", i > 0 ? "," : "", i);
		for (int k = 0; k < (i == 0 ? SLACK_FIELD_MAX_CHARS + 100 : 2); k++)
			mem_append(&values, "ä");
		mem_append(&values, "\"}}");
	}
	mem_append(&values, "}");
	struct slack_inbound *in =
		action(ctx, mem_printf(ctx,
				       "{\"type\":\"view_submission\"," WHO
				       "\"view\":{\"id\":\"V1\",\"type\":\"modal\",\"state\":{"
				       "\"values\":%s}}}",
				       values));
	assert_int_equal(json_object_object_length(in->fields), SLACK_FIELDS_MAX);
	assert_int_equal(text_chars(json_str(in->fields, "f0")), SLACK_FIELD_MAX_CHARS + 1);
	assert_string_equal(json_str(in->fields, "f1"), "ää");
	talloc_free(ctx);
}

static void test_change(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = action(
		ctx, "{\"type\":\"block_actions\"," WHO
		     "\"container\":{\"type\":\"view\",\"view_id\":\"V1\"},\"actions\":[{"
		     "\"action_id\":\"f1-k\",\"action_ts\":\"6.1\",\"selected_option\":{\"value\":"
		     "\"3\"}}]," VIEW("{\"f1-k\":{\"f1-k\":{\"selected_option\":{\"value\":\"3\"}}"
				      "}}") "}");
	(void)state;

	assert_int_equal(in->kind, SLACK_INBOUND_PRESS);
	assert_string_equal(in->view_id, "V1");
	assert_string_equal(in->value, KEY);
	assert_string_equal(in->action_id, "f1-k");
	assert_string_equal(in->action_ts, "6.1");
	assert_string_equal(json_text(in->fields), "{\"f1-k\":\"3\"}");
	in = action(ctx, "{\"type\":\"block_actions\"," WHO
			 "\"view\":{\"id\":\"V1\",\"type\":\"home\"},\"actions\":[{\"action_id\":"
			 "\"a\"}]}");
	assert_int_equal(in->kind, SLACK_INBOUND_NOTHING);
	talloc_free(ctx);
}

static void test_typed(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in =
		action(ctx, "{\"type\":\"block_suggestion\"," WHO
			    "\"action_id\":\"f2-k\",\"value\":\"Em\"," VIEW("{}") "}");
	(void)state;

	assert_int_equal(in->kind, SLACK_INBOUND_OPTIONS);
	assert_string_equal(in->action_id, "f2-k");
	assert_string_equal(in->text, "Em");
	assert_string_equal(in->value, KEY);
	talloc_free(ctx);
}

static void test_refused(void **state)
{
	static const char *const bad[] = {
		"{\"type\":\"view_submission\"," WHO "\"view\":{\"type\":\"modal\"}}",
		"{\"type\":\"view_submission\",\"view\":{\"id\":\"V1\",\"type\":\"modal\"}}",
		"{\"type\":\"view_submission\"," WHO
		"\"view\":{\"id\":\"V/1\",\"type\":\"modal\"}}",
		"{\"type\":\"block_suggestion\"," WHO VIEW("{}") "}",
		"{\"type\":\"block_actions\"," WHO VIEW("{}") "}",
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in;
	struct err e;
	(void)state;

	for (size_t i = 0; i < COUNT(bad); i++) {
		e.kind = ERR_NONE;
		assert_false(slack_inbound_from_action(ctx, parse(ctx, bad[i]), &in, &e));
		assert_int_equal(e.kind, ERR_BAD_INPUT);
	}
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_submission), cmocka_unit_test(test_submission_is_limited),
		cmocka_unit_test(test_change),	   cmocka_unit_test(test_typed),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
