/* Links of events, limits, what is no event at all, and RTM. */
#include "test_slack_inbound.h"

static char *repeat(TALLOC_CTX *ctx, const char *s, size_t n)
{
	char *all = mem_strdup(ctx, "");

	while (n-- > 0)
		mem_append(&all, s);
	return all;
}

static void test_links_of_a_text(void **state)
{
	static const struct {
		const char *text;
		const char *links[4];
	} cases[] = {
		{ "see <https://l.example/looks/1> and <http://l.example/x/2|a label>",
		  { "https://l.example/looks/1", "http://l.example/x/2" } },
		{ "<https://l.example/x?a=1&amp;b=2>", { "https://l.example/x?a=1&amp;b=2" } },
		{ "<HTTPS://l.example/x>", { "HTTPS://l.example/x" } },
		{ "<https://a/><https://a/><https://b/>", { "https://a/", "https://b/" } },
		{ "<https://a/ b> <https://c/>", { "https://c/" } },
		{ "<<https://a/>>", { "https://a/" } },
		{ "<https://a/", { NULL } },
		{ "<https://a/\\n>", { NULL } },
		{ "https://a/ <mailto:a@b|a> <@U1> <#C1|x> <!here> <javascript:x>", { NULL } },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct slack_inbound *in = read_event(
			ctx, mem_printf(ctx,
					"{\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\","
					"\"ts\":\"1.1\",\"text\":\"%s\"}",
					cases[i].text));
		size_t n = 0;

		for (; cases[i].links[n]; n++) {
			assert_true(n < in->n_links);
			assert_string_equal(in->links[n], cases[i].links[n]);
		}
		assert_int_equal(in->n_links, n);
		assert_int_equal(in->kind, n ? SLACK_INBOUND_LINKS : SLACK_INBOUND_NOTHING);
		assert_null(in->source);
		assert_string_equal(in->text, "");
		talloc_free(ctx);
	}
}

static void test_link_shared(void **state)
{
#define HEAD "{\"type\":\"link_shared\",\"user\":\"U1\",\"message_ts\":\"1.1\","
#define ONE "\"links\":[{\"domain\":\"l.example\",\"url\":\"https://l.example/x?a&amp;b\"}]}"
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in;
	(void)state;

	in = read_event(ctx, HEAD "\"channel\":\"C1\",\"thread_ts\":\"0.5\",\"unfurl_id\":\"C1.1\","
				  "\"source\":\"conversations_history\"," ONE);
	expect(in, SLACK_INBOUND_LINKS, "", "link_shared");
	assert_string_equal(in->ts, "1.1");
	assert_string_equal(in->thread_ts, "0.5");
	assert_string_equal(in->unfurl_id, "C1.1");
	assert_string_equal(in->source, "conversations_history");
	assert_int_equal(in->n_links, 1);
	assert_string_equal(in->links[0], "https://l.example/x?a&amp;b");
	assert_string_equal(slack_inbound_address(ctx, in->links[0]), "https://l.example/x?a&b");
	/* it is told apart from the links of a text even when Slack does not say its source */
	in = read_event(ctx, HEAD "\"channel\":\"C1\"," ONE);
	assert_string_equal(in->source, "conversations_history");
	in = read_event(ctx, "{\"type\":\"link_shared\",\"user\":\"U1\",\"channel\":\"COMPOSER\","
			     "\"message_ts\":\"Uxxx-1-2\",\"unfurl_id\":\"Uxxx-1-2\",\"source\":"
			     "\"composer\"," ONE);
	expect(in, SLACK_INBOUND_LINKS, "", "composer");
	in = read_event(ctx, HEAD "\"channel\":\"D1\",\"is_bot_user_member\":true," ONE);
	expect(in, SLACK_INBOUND_NOTHING, "direct message", "DM with the bot");
	in = read_event(ctx, HEAD "\"channel\":\"D1\",\"is_bot_user_member\":false," ONE);
	expect(in, SLACK_INBOUND_LINKS, "", "DM of two others");
	in = read_event(ctx, HEAD "\"channel\":\"C1\",\"links\":[{\"url\":7},{},null,\"x\"]}");
	expect(in, SLACK_INBOUND_NOTHING, "links are missing", "no URL");
	in = read_event(ctx, HEAD "\"channel\":\"C1\"}");
	expect(in, SLACK_INBOUND_NOTHING, "links are missing", "no links");
	in = read_event(ctx, "{\"type\":\"link_shared\",\"user\":\"UBOT\",\"message_ts\":\"1.1\","
			     "\"channel\":\"C1\"," ONE);
	expect(in, SLACK_INBOUND_NOTHING, "own message", "by the bot");
	talloc_free(ctx);
#undef HEAD
#undef ONE
}

static void test_limits(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *links = mem_strdup(ctx, "");
	struct slack_inbound *in;
	(void)state;

	for (int i = 0; i < SLACK_LINKS_MAX + 5; i++)
		mem_appendf(&links, "<https://l.example/looks/%d> ", i);
#define MESSAGE                                                                                    \
	"{\"type\":\"message\",\"channel\":\"%s\",\"user\":\"U1\",\"ts\":\"1.1\",\"text\":\"%s\"}"
	in = read_event(ctx, mem_printf(ctx, MESSAGE, "C1", links));
	assert_int_equal(in->n_links, SLACK_LINKS_MAX);
	assert_string_equal(in->links[SLACK_LINKS_MAX - 1], "https://l.example/looks/9");
	for (size_t len = 2998; len <= 2999; len++) { /* "http://" + 2,993 and one more */
		links = mem_printf(ctx, "<http://%s>", repeat(ctx, "é", len - 5));
		in = read_event(ctx, mem_printf(ctx, MESSAGE, "C1", links));
		assert_int_equal(in->n_links, len == 2998);
	}
	/* a text of any length: intake judges it */
	in = read_event(ctx, mem_printf(ctx, MESSAGE, "D1", repeat(ctx, "é", 40000)));
	assert_int_equal(text_chars(in->text), 40000);
	for (size_t len = 255; len <= 256; len++) {
		in = read_event(ctx, mem_printf(ctx, MESSAGE, repeat(ctx, "D", len), "x"));
		assert_int_equal(in->kind, len == 255 ? SLACK_INBOUND_DM : SLACK_INBOUND_NOTHING);
	}
	assert_string_equal(in->why, "channel_id is longer than 255 characters");
#undef MESSAGE
	talloc_free(ctx);
}

static void test_no_events(void **state)
{
	static const char *const cases[] = {
		"{}",
		"{\"type\":7}",
		"{\"type\":\"event_callback\"}",
		"{\"type\":\"event_callback\",\"event\":\"app_mention\"}",
		"{\"type\":\"event_callback\",\"event_id\":\"Ev 1\",\"event\":{}}",
		"{\"type\":\"event_callback\",\"team_id\":\"T:1\",\"event\":{}}",
		"[]",
		"null",
		"\"event_callback\"",
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct slack_inbound *in = NULL;
		struct err e = { 0 };

		if (slack_inbound_from_event(ctx, parse(ctx, cases[i]), "UBOT", &in, &e))
			fail_msg("taken: %s", cases[i]);
		assert_int_equal(e.kind, ERR_BAD_INPUT);
		assert_null(in);
		talloc_free(ctx);
	}
}

static void test_rtm(void **state)
{
	static const struct {
		const char *frame;
		enum slack_inbound_kind kind;
		const char *text;
	} cases[] = {
		/* index_rtm.md of slackhq/slack-api-docs */
		{ "{\"type\":\"message\",\"channel\":\"C2147483705\",\"user\":\"U2147483697\","
		  "\"text\":\"Hello world\",\"ts\":\"1355517523.000005\"}",
		  SLACK_INBOUND_NOTHING, "neither" },
		{ "{\"type\":\"hello\"}", SLACK_INBOUND_NOTHING, "frame hello" },
		{ "{\"type\":\"user_typing\",\"channel\":\"C024BE91L\",\"user\":\"U024BE7LH\"}",
		  SLACK_INBOUND_NOTHING, "frame user_typing" },
		{ "{\"ok\":true,\"reply_to\":1,\"ts\":\"1355517523.000005\",\"text\":\"Hello "
		  "world\"}",
		  SLACK_INBOUND_NOTHING, "frame " },
		{ "{\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\",\"text\":\"<@UBOT>: "
		  "x\","
		  "\"ts\":\"1.1\"}",
		  SLACK_INBOUND_MENTION, "x" },
		{ "{\"type\":\"message\",\"channel\":\"D1\",\"user\":\"U1\",\"text\":\"x\","
		  "\"ts\":\"1.1\"}",
		  SLACK_INBOUND_DM, "x" },
		{ "{\"type\":\"message\",\"channel\":\"D1\",\"user\":\"UBOT\",\"text\":\"x\","
		  "\"ts\":\"1.1\"}",
		  SLACK_INBOUND_NOTHING, "own message" },
		{ "{\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\",\"ts\":\"1.1\","
		  "\"text\":\"<https://l.example/looks/1>\"}",
		  SLACK_INBOUND_LINKS, "" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct slack_inbound *in = NULL;
		struct err e = { 0 };

		assert_true(slack_inbound_from_rtm(ctx, parse(ctx, cases[i].frame), "T1", "UBOT",
						   &in, &e));
		expect(checked(ctx, in), cases[i].kind, cases[i].text, cases[i].frame);
		assert_string_equal(in->team_id, "T1");
		assert_null(in->event_id);
		talloc_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_links_of_a_text),
		cmocka_unit_test(test_link_shared),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_events),
		cmocka_unit_test(test_rtm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
