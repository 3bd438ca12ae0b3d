/* Slash commands as Slack sends them, through a job's body, and what their text means. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "slack/inbound.h"
#include "test_slack_fixture.h"

static bool read_form(TALLOC_CTX *ctx, const char *body, struct slack_inbound **ret, struct err *e)
{
	struct form *form = NULL;
	return form_parse(ctx, body, strlen(body), &form, e) &&
	       slack_inbound_from_form(ctx, form, ret, e);
}

static void test_samples(void **state)
{
	static const struct {
		const char *file, *command, *text, *user, *response_url;
	} cases[] = {
		{ "slash-command-bolt.form", "/hello-world", "Hi", "W111",
		  "https://hooks.slack.com/commands/T111/111/xxxxx" },
		{ "slash-command-empty-text.form", "/hello", "", "W111",
		  "https://hooks.slack.com/commands/T111/111/xxx" },
		{ "slash-command-signed.form", "/webhook-collect", "", "U2CERLKJA",
		  "https://hooks.slack.com/commands/T1DC2JH3J/397700885554/"
		  "96rGlfmibIGlgcZRskXaIFfN" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct slack_inbound *in = NULL;
		struct err e;
		assert_true(read_form(ctx, fixture(ctx, cases[i].file), &in, &e));
		assert_int_equal(in->kind, SLACK_INBOUND_SLASH);
		assert_string_equal(in->command, cases[i].command);
		assert_string_equal(in->text, cases[i].text);
		assert_string_equal(in->user_id, cases[i].user);
		assert_string_equal(in->response_url, cases[i].response_url);
		assert_non_null(in->trigger_id);
		assert_null(in->thread_ts);
		talloc_free(ctx);
	}
}

/* Socket Mode brings the form as an object. */
static void test_from_slash(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = NULL;
	struct json_object *o = NULL;
	struct err e = { 0 };
	char *text = fixture(ctx, "socket-slash-commands.json");
	(void)state;
	assert_true(json_parse(ctx, text, strlen(text), &o, &e));
	assert_true(slack_inbound_from_slash(ctx, json_object_at(o, "payload"), &in, &e));
	assert_int_equal(in->kind, SLACK_INBOUND_SLASH);
	assert_string_equal(in->command, "/hello-socket-mode");
	assert_string_equal(in->text, "");
	assert_string_equal(in->channel_id, "C111");
	assert_string_equal(in->trigger_id, "111.222.xxx");
	assert_string_equal(in->response_url, "https://hooks.slack.com/commands/T111/111/xxx");
	assert_false(slack_inbound_from_slash(ctx, o, &in, &e)); /* the envelope is none */
	assert_string_equal(e.text, "command is missing");
	assert_false(slack_inbound_from_slash(ctx, NULL, &in, &e));
	talloc_free(ctx);
}

static void test_typed(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	const struct slack_inbound slash = { .command = "/looker" }, dm = { .command = "" },
				   none = { 0 };
	(void)state;
	assert_string_equal(slack_inbound_typed(ctx, &slash, "sales EMEA"), "/looker sales EMEA");
	assert_string_equal(slack_inbound_typed(ctx, &slash, ""), "/looker");
	assert_string_equal(slack_inbound_typed(ctx, &dm, "sales"), "sales");
	assert_string_equal(slack_inbound_typed(ctx, &none, "sales"), "sales");
	talloc_free(ctx);
}

static void test_missing_fields(void **state)
{
	static const struct {
		const char *body, *named;
	} cases[] = {
		{ "channel_id=C1&user_id=U1&team_id=T1", "command" },
		{ "command=%2Flooker&user_id=U1&team_id=T1", "channel_id" },
		{ "command=%2Flooker&channel_id=C1&team_id=T1", "user_id" },
		{ "command=%2Flooker&channel_id=C1&user_id=U1", "team_id" },
		{ "command=%2Flooker&channel_id=&user_id=U1&team_id=T1", "channel_id" },
		{ "", "command" },
		/* keys and lanes are made of these */
		{ "command=%2Fl&channel_id=C+1&user_id=U1&team_id=T1", "channel_id" },
		{ "command=%2Fl&channel_id=C1&user_id=U%3A1&team_id=T1", "user_id" },
		{ "command=%2Fl&channel_id=C1&user_id=U1&team_id=T1&trigger_id=a+b", "trigger_id" },
		{ "command=%2Fl&channel_id=C1&user_id=U1&team_id=T1&thread_ts=now", "thread_ts" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct slack_inbound *in = NULL;
		struct err e = { 0 };
		assert_false(read_form(ctx, cases[i].body, &in, &e));
		assert_int_equal(e.kind, ERR_BAD_INPUT);
		assert_non_null(strstr(e.text, cases[i].named));
		talloc_free(ctx);
	}
}

static void test_limits(void **state)
{
	static const size_t lengths[] = { 255, 256 };
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct slack_inbound *in = NULL;
		struct err e = { 0 };
		char *body = mem_strdup(ctx, "channel_id=C1&user_id=U1&team_id=T1&command=");
		for (size_t k = 0; k < lengths[i]; k++)
			mem_append(&body, "%C3%A9"); /* one character, two bytes */
		assert_int_equal(read_form(ctx, body, &in, &e), i == 0);
		if (i == 1)
			assert_string_equal(e.text, "command is longer than 255 characters");
		talloc_free(ctx);
	}
}

static void test_round_trip(void **state)
{
	static const char body[] =
		"token=SECRET&command=%2Flooker&channel_id=C1&user_id=U1&"
		"team_id=T1&text=a+%26amp%3B+%22b%22&thread_ts=1.2&trigger_id=9.8";
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = NULL, *back = NULL;
	struct json_object *parsed = NULL;
	struct err e;
	(void)state;
	assert_true(read_form(ctx, body, &in, &e));
	const char *text = json_text(slack_inbound_save(ctx, in));
	assert_null(strstr(text, "SECRET"));
	assert_true(json_parse(ctx, text, strlen(text), &parsed, &e));
	assert_true(slack_inbound_load(ctx, parsed, &back, &e));
	assert_string_equal(back->command, "/looker");
	assert_string_equal(back->channel_id, "C1");
	assert_string_equal(back->user_id, "U1");
	assert_string_equal(back->team_id, "T1");
	assert_string_equal(back->text, "a &amp; \"b\"");
	assert_string_equal(back->thread_ts, "1.2");
	assert_string_equal(back->trigger_id, "9.8");
	assert_null(back->response_url);
	talloc_free(ctx);
}

static void test_damaged_bodies(void **state)
{
	static const char *const cases[] = {
		"{}",
		"{\"kind\":\"rocket\",\"command\":\"a\"}",
		"{\"kind\":\"slash\"}",
		"{\"kind\":\"slash\",\"command\":1,\"channel_id\":\"C\",\"user_id\":\"U\"}",
		"[]",
		"null",
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct json_object *o = NULL;
		struct slack_inbound *in = NULL;
		struct err e = { 0 };
		assert_true(json_parse(ctx, cases[i], strlen(cases[i]), &o, &e));
		assert_false(slack_inbound_load(ctx, o, &in, &e));
		assert_int_equal(e.kind, ERR_BAD_INPUT);
		talloc_free(ctx);
	}
}

static void test_clean(void **state)
{
	static const struct {
		const char *text, *meaning;
	} cases[] = {
		{ "", "" },
		{ "  sales   EMEA\t\n now ", "sales EMEA now" },
		{ "Sales\u00a0EMEA\u3000now", "Sales EMEA now" },
		/* entities, once */
		{ "a &lt; b &amp;&amp; c &gt; d", "a < b && c > d" },
		{ "&amp;lt;", "&lt;" },
		{ "&quot; &nbsp;", "&quot; &nbsp;" },
		/* links and mentions */
		{ "<http://x.com|x.com>", "x.com" },
		{ "show <https://looker.example.com/looks/42>",
		  "show https://looker.example.com/looks/42" },
		{ "show <https://l.example.com/x?a=1&amp;b=2>",
		  "show https://l.example.com/x?a=1&b=2" },
		{ "mail <mailto:ada@example.com|ada@example.com>", "mail ada@example.com" },
		{ "<mailto:ada@example.com>", "ada@example.com" },
		{ "orders for <@U0002|bob>", "orders for @bob" },
		{ "<@U0002>", "@U0002" },
		{ "<@W02|>", "@W02" },
		{ "in <#C0003|sales-team> now", "in #sales-team now" },
		{ "<#C0003|>", "#C0003" },
		{ "<!here> <!channel|channel> <!subteam^S1|@team>", "@here @channel @team" },
		{ "<@U1|a &amp; b>", "@a & b" },
		/* what is no markup stays */
		{ "a <b> c", "a <b> c" },
		{ "x<5", "x<5" },
		{ "<@>", "<@>" },
		{ "<", "<" },
		{ "<http://x", "<http://x" },
		{ "<a <http://x|y>", "<a y" },
		/* quotes */
		{ "period=“last 7 days”", "period=\"last 7 days\"" },
		{ "‘a’ O’Brien „b”", "'a' O'Brien \"b\"" },
		{ "a \"two  blanks\"  b", "a \"two  blanks\" b" },
		{ "a 5\"  pipe", "a 5\" pipe" },
		/* bold */
		{ "*sales*", "sales" },
		{ "find *sales by region* now", "find sales by region now" },
		{ "*region*=*EMEA*; *x*", "region=EMEA; x" },
		{ "3 * 4 * 5", "3 * 4 * 5" },
		{ "a*b*c", "a*b*c" },
		{ "**", "**" },
		{ "*", "*" },
		{ "* a*", "* a*" },
		{ "\"*sales*\"", "\"*sales*\"" },
		/* what mrkdwn_add_text put into a value that is pasted back */
		{ "\u200b*\u200bx\u200b*\u200b", "x" },
		{ "a\u2060b\ufeff \u02cbc\u02cb", "ab `c`" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *clean = slack_inbound_clean(NULL, cases[i].text);
		assert_string_equal(clean, cases[i].meaning);
		talloc_free(clean);
	}
}

static void test_hook_ok(void **state)
{
	static const char slack[] = "https://slack.com/api/";
	static const struct {
		const char *hook, *api;
		bool ok;
	} cases[] = {
		{ "https://hooks.slack.com/commands/T1/1/x", slack, true },
		{ "https://hooks.slack-gov.com/commands/T1/1/x", slack, true },
		{ "https://HOOKS.slack.com:443/commands/T1/1/x", NULL, true },
		{ "http://hooks.slack.com/commands/T1/1/x", slack, false },
		{ "https://hooks.slack.com:8443/commands", slack, false },
		{ "https://hooks.slack.com.evil.example/", slack, false },
		{ "https://hooks.slack.com@evil.example/", slack, false },
		{ "https://evil.example/hooks.slack.com", slack, false },
		{ "https://evil.hooks.slack.com/", slack, false },
		{ "https://slack.com/x", slack, true }, /* the API's own origin */
		{ "http://127.0.0.1:8080/hook", "http://127.0.0.1:8080/api/", true },
		{ "http://127.0.0.1:8081/hook", "http://127.0.0.1:8080/api/", false },
		{ "http://slack.internal/hook", "http://slack.internal/api/", false },
		{ "https://slack.internal/hook", "https://slack.internal/api/", true },
		{ "http://127.0.0.1/", slack, false },
		{ "", slack, false },
		{ NULL, slack, false },
		{ "https://other.example/", "not an address", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(slack_inbound_hook_ok(cases[i].hook, cases[i].api), cases[i].ok);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),	       cmocka_unit_test(test_missing_fields),
		cmocka_unit_test(test_limits),	       cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_damaged_bodies), cmocka_unit_test(test_clean),
		cmocka_unit_test(test_hook_ok),	       cmocka_unit_test(test_from_slash),
		cmocka_unit_test(test_typed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
