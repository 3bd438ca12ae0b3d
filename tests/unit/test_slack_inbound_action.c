/* Interactive payloads: a press in each shape that Slack has for it, and all that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/form.h"
#include "slack/inbound.h"
#include "test_slack_fixture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool read_action(TALLOC_CTX *ctx, const char *text, struct slack_inbound **ret,
			struct err *e)
{
	struct json_object *o = NULL;

	assert_true(json_parse(ctx, text, strlen(text), &o, e));
	return slack_inbound_from_action(ctx, o, ret, e);
}

static struct slack_inbound *action(TALLOC_CTX *ctx, const char *text)
{
	struct slack_inbound *in = NULL, *again = NULL;
	struct err e = { 0 };

	if (!read_action(ctx, text, &in, &e))
		fail_msg("%s: %s", e.text, text);
	assert_true(slack_inbound_load(ctx, slack_inbound_save(ctx, in), &again, &e));
	assert_string_equal(json_text(slack_inbound_save(ctx, again)),
			    json_text(slack_inbound_save(ctx, in)));
	return in;
}

/* The example of the facts: what block_actions looks like, in pieces that tests leave out. */
#define USER "\"user\":{\"id\":\"U1\",\"username\":\"ada\",\"team_id\":\"T2\"},"
#define TEAM "\"team\":{\"id\":\"T1\",\"domain\":\"acme\"},"
#define BOX                                                                                        \
	"\"container\":{\"type\":\"message\",\"message_ts\":\"5.1\",\"channel_id\":\"C1\","        \
	"\"is_ephemeral\":false},"
#define CHANNEL "\"channel\":{\"id\":\"C1\",\"name\":\"sales\"},"
#define HOOK "\"response_url\":\"https://hooks.slack.com/actions/T1/1/x\","
#define TRIGGER "\"trigger_id\":\"1.2.abc\","
#define BUTTON                                                                                     \
	"{\"type\":\"button\",\"action_id\":\"again\",\"block_id\":\"b1\",\"value\":\"q:7\","      \
	"\"action_ts\":\"6.1\"}"
#define ACTIONS "\"actions\":[" BUTTON "]"
#define BLOCK_ACTIONS "{\"type\":\"block_actions\",\"token\":\"xyz\","

static void test_block_actions(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = action(
		ctx, BLOCK_ACTIONS USER TEAM BOX CHANNEL TRIGGER HOOK
		"\"message\":{\"ts\":\"5.1\",\"thread_ts\":\"4.1\",\"text\":\"x\"}," ACTIONS "}");
	(void)state;

	assert_int_equal(in->kind, SLACK_INBOUND_PRESS);
	assert_string_equal(in->action_id, "again");
	assert_string_equal(in->value, "q:7");
	assert_string_equal(in->action_ts, "6.1");
	assert_string_equal(in->ts, "5.1");
	assert_string_equal(in->thread_ts, "4.1");
	assert_string_equal(in->channel_id, "C1");
	assert_string_equal(in->user_id, "U1");
	assert_string_equal(in->team_id, "T1");
	assert_string_equal(in->trigger_id, "1.2.abc");
	assert_string_equal(in->response_url, "https://hooks.slack.com/actions/T1/1/x");
	assert_string_equal(in->text, "");
	assert_false(in->ephemeral);
	talloc_free(ctx);
}

static void test_variants(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in;
	(void)state;

	/* of an organisation; no message, no channel beside the container's */
	in = action(ctx, BLOCK_ACTIONS USER "\"team\":null," BOX ACTIONS "}");
	assert_string_equal(in->team_id, "T2");
	assert_string_equal(in->channel_id, "C1");
	assert_null(in->thread_ts);
	in = action(ctx, BLOCK_ACTIONS USER TEAM
		    "\"container\":{\"message_ts\":\"5.1\",\"channel_id\":\"C1\",\"is_ephemeral\":"
		    "true,\"thread_ts\":\"4.1\"}," ACTIONS "}");
	assert_true(in->ephemeral);
	assert_string_equal(in->thread_ts, "4.1");
	/* the thread's first message is outside of it */
	in = action(ctx, BLOCK_ACTIONS USER TEAM BOX
		    "\"message\":{\"ts\":\"5.1\",\"thread_ts\":\"5.1\"}," ACTIONS "}");
	assert_null(in->thread_ts);
	/* a select; a link button without a value; the first of two */
	in = action(
		ctx, BLOCK_ACTIONS USER TEAM BOX
		"\"actions\":[{\"action_id\":\"pick\",\"selected_option\":{\"value\":\"v\"}}]}");
	assert_string_equal(in->value, "v");
	in = action(ctx, BLOCK_ACTIONS USER TEAM BOX
		    "\"actions\":[null,{\"action_id\":\"open\",\"url\":\"https://x\"}," BUTTON
		    "]}");
	assert_string_equal(in->action_id, "open");
	assert_null(in->value);
	assert_null(in->trigger_id);
	talloc_free(ctx);
}

static void test_legacy(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in;
	struct form *form = NULL;
	struct err e = { 0 };
	char *body = fixture(ctx, "interactive-message-bolt.form");
	(void)state;

	assert_true(form_parse(ctx, body, strlen(body), &form, &e));
	in = action(ctx, form_get(form, "payload"));
	assert_int_equal(in->kind, SLACK_INBOUND_PRESS);
	assert_string_equal(in->action_id, "channel_list");
	assert_string_equal(in->value, "C111");
	assert_string_equal(in->action_ts, "1520966872.245369");
	assert_string_equal(in->ts, "1520965348.000538");
	assert_string_equal(in->channel_id, "C222");
	assert_string_equal(in->user_id, "U111");
	assert_string_equal(in->team_id, "T111");
	assert_false(in->ephemeral);
	in = action(ctx,
		    "{\"type\":\"interactive_message\",\"actions\":[{\"name\":\"run\",\"value\":"
		    "\"7\"}]," USER TEAM CHANNEL "\"message_ts\":\"5.1\"}");
	assert_string_equal(in->action_id, "run");
	assert_string_equal(in->value, "7");
	assert_true(in->ephemeral);
	assert_null(in->action_ts);
	talloc_free(ctx);
}

static void test_nothing(void **state)
{
	static const char *const files[] = { "action-global-shortcut.json",
					     "action-message-shortcut.json",
					     "action-view-closed.json" };
	static const char *const types[] = { "shortcut", "message_action", "view_closed" };
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in;
	(void)state;

	for (size_t i = 0; i < COUNT(files); i++) {
		in = action(ctx, fixture(ctx, files[i]));
		assert_int_equal(in->kind, SLACK_INBOUND_NOTHING);
		assert_string_equal(in->why, mem_printf(ctx, "payload %s", types[i]));
	}
	in = action(ctx, "{\"type\":\"block_suggestion\"}");
	assert_string_equal(in->why, "payload block_suggestion outside of modals");
	in = action(ctx, BLOCK_ACTIONS USER TEAM
		    "\"container\":{\"type\":\"view\",\"view_id\":\"V1\"}," ACTIONS "}");
	assert_int_equal(in->kind, SLACK_INBOUND_NOTHING);
	assert_string_equal(in->why, "pressed outside of messages");
	talloc_free(ctx);
}

static char *repeat(TALLOC_CTX *ctx, char c, size_t n)
{
	char *all = mem_strdup(ctx, "");

	while (n-- > 0)
		mem_append_n(&all, &c, 1);
	return all;
}

static void test_refused(void **state)
{
	static const struct {
		const char *text, *named;
	} cases[] = {
		{ "{}", "type" },
		{ "[]", "type" },
		{ "null", "type" },
		{ "{\"type\":1}", "type" },
		{ BLOCK_ACTIONS TEAM BOX ACTIONS "}", "user_id" },
		{ BLOCK_ACTIONS USER TEAM ACTIONS "}", "channel_id" },
		{ BLOCK_ACTIONS "\"user\":{\"id\":\"U1\"}," BOX ACTIONS "}", "team_id" },
		{ BLOCK_ACTIONS USER TEAM BOX "\"actions\":[]}", "action_id" },
		{ BLOCK_ACTIONS USER TEAM BOX "\"actions\":{\"action_id\":\"x\"}}", "action_id" },
		{ BLOCK_ACTIONS USER TEAM BOX "\"actions\":[\"x\"]}", "action_id" },
		{ BLOCK_ACTIONS TEAM BOX "\"user\":{\"id\":\"U 1\"}," ACTIONS "}", "user_id" },
		{ BLOCK_ACTIONS USER TEAM BOX "\"trigger_id\":\"a\\nb\"," ACTIONS "}",
		  "trigger_id" },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = NULL;
	struct err e = { 0 };
	(void)state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		if (read_action(ctx, cases[i].text, &in, &e))
			fail_msg("taken: %s", cases[i].text);
		assert_int_equal(e.kind, ERR_BAD_INPUT);
		if (!strstr(e.text, cases[i].named))
			fail_msg("%s: %s", e.text, cases[i].text);
	}
	for (size_t len = 2000; len <= 2001; len++) {
		const char *text =
			mem_printf(ctx,
				   BLOCK_ACTIONS USER TEAM BOX
				   "\"actions\":[{\"action_id\":\"a\",\"value\":\"%s\"}]}",
				   repeat(ctx, 'v', len));
		assert_int_equal(read_action(ctx, text, &in, &e), len == 2000);
	}
	assert_string_equal(e.text, "value is longer than 2000 characters");
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_block_actions), cmocka_unit_test(test_variants),
		cmocka_unit_test(test_legacy),	      cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
