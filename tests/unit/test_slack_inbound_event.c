/* The Events API: which events concern the bot, and as what. */
#include "test_slack_inbound.h"

static void test_samples(void **state)
{
	static const struct {
		const char *file, *self;
		enum slack_inbound_kind kind;
		const char *text; /* or why */
	} cases[] = {
		{ "event-app-mention.json", NULL, SLACK_INBOUND_MENTION, "Hi there!" },
		{ "event-app-mention.json", "W111", SLACK_INBOUND_MENTION, "Hi there!" },
		{ "event-app-mention.json", "U999", SLACK_INBOUND_NOTHING, "named, not asked" },
		{ "event-app-mention.json", "W222", SLACK_INBOUND_NOTHING, "own message" },
		{ "event-message-channel.json", "UBOT", SLACK_INBOUND_NOTHING, "neither for" },
		{ "event-message-bot-classic.json", NULL, SLACK_INBOUND_NOTHING, "a bot's" },
		{ "event-message-bot-new.json", NULL, SLACK_INBOUND_NOTHING, "own message" },
		{ "event-message-changed.json", NULL, SLACK_INBOUND_NOTHING, "hidden" },
		{ "event-message-deleted.json", NULL, SLACK_INBOUND_NOTHING, "hidden" },
		{ "event-app-rate-limited.json", NULL, SLACK_INBOUND_LIMITED, "" },
		{ "event-url-verification.json", NULL, SLACK_INBOUND_NOTHING, "url_verification" },
		/* the inner half alone, as the library's test has it */
		{ "event-app-home-opened-inner.json", NULL, SLACK_INBOUND_NOTHING,
		  "request app_home_opened" },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);

		expect(read_body(ctx, fixture(ctx, cases[i].file), cases[i].self), cases[i].kind,
		       cases[i].text, cases[i].file);
		talloc_free(ctx);
	}
}

static void test_fields(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in = read_body(ctx, fixture(ctx, "event-app-mention.json"), NULL);
	(void)state;

	assert_string_equal(in->team_id, "T111");
	assert_string_equal(in->channel_id, "C111");
	assert_string_equal(in->user_id, "W222");
	assert_string_equal(in->event_id, "Ev111");
	assert_string_equal(in->ts, "1595926230.009600");
	assert_string_equal(in->command, "");
	assert_null(in->thread_ts);
	assert_false(in->shared);
	in = read_event(ctx,
			mem_printf(ctx, "%s", fixture(ctx, "event-app-home-opened-inner.json")));
	assert_int_equal(in->kind, SLACK_INBOUND_HOME);
	assert_string_equal(in->user_id, "U061F7AUR");
	assert_string_equal(in->channel_id, "D0LAN2Q65");
	assert_string_equal(in->action_ts, "1515449522000016");
	talloc_free(ctx);
}

/* Messages: what stands beside `user`, `channel`, `ts`. */
static const struct {
	const char *keys;
	enum slack_inbound_kind kind;
	const char *text; /* or why */
} messages[] = {
#define MENTION "\"type\":\"app_mention\",\"channel\":\"C1\","
#define CHANNEL "\"type\":\"message\",\"channel\":\"C1\",\"channel_type\":\"channel\","
#define GROUP "\"type\":\"message\",\"channel\":\"G1\",\"channel_type\":\"mpim\","
#define IM "\"type\":\"message\",\"channel\":\"D1\",\"channel_type\":\"im\","
#define YES SLACK_INBOUND_MENTION
#define DM SLACK_INBOUND_DM
#define NO SLACK_INBOUND_NOTHING
	/* the bot's name and what may follow it */
	{ MENTION "\"text\":\"<@UBOT> sales\"", YES, "sales" },
	{ MENTION "\"text\":\"<@ubot>   sales  EMEA\"", YES, "sales  EMEA" },
	{ MENTION "\"text\":\"<@UBOT|looker>: sales\"", YES, "sales" },
	{ MENTION "\"text\":\"<@UBOT>, : sales, please\"", YES, "sales, please" },
	{ MENTION "\"text\":\" \\n<@UBOT>\\u00a0sales &gt; 5\"", YES, "sales &gt; 5" },
	{ MENTION "\"text\":\"<@UBOT>sales\"", YES, "sales" },
	{ MENTION "\"text\":\"<@UBOT>\"", YES, "" },
	{ MENTION "\"text\":\"<@UBOT> <@UBOT> x\"", YES, "<@UBOT> x" },
	{ MENTION "\"text\":\"<@UBOT> /looker x\"", YES, "/looker x" },
	{ MENTION "\"text\":\"hey <@UBOT> sales\"", NO, "named, not asked" },
	{ MENTION "\"text\":\"<@UOTHER> <@UBOT> sales\"", NO, "named, not asked" },
	{ MENTION "\"text\":\"<@UBOTS> sales\"", NO, "named, not asked" },
	{ MENTION "\"text\":\"<@UBO> sales\"", NO, "named, not asked" },
	{ MENTION "\"text\":\"<@UBOT sales\"", NO, "named, not asked" },
	{ MENTION "\"text\":\"<@UBOT|loo\\nker> sales\"", NO, "named, not asked" },
	{ MENTION "\"text\":\"\"", NO, "named, not asked" },
	{ MENTION "\"text\":null", NO, "named, not asked" },
	/* the same as a message of a channel: it comes twice */
	{ CHANNEL "\"text\":\"<@UBOT> sales\"", YES, "sales" },
	{ GROUP "\"text\":\"<@UBOT> sales\"", YES, "sales" },
	{ GROUP "\"text\":\"sales\"", NO, "neither" },
	{ CHANNEL "\"text\":\"sales\"", NO, "neither" },
	{ CHANNEL "\"text\":\"hey <@UBOT>\"", NO, "neither" },
	/* to the bot */
	{ IM "\"text\":\"sales EMEA\"", DM, "sales EMEA" },
	{ IM "\"text\":\"<@UBOT>: sales\"", DM, "sales" },
	{ IM "\"text\":\"<@UBOT>\"", DM, "" },
	{ IM "\"text\":\"<@UOTHER> sales\"", DM, "<@UOTHER> sales" },
	{ IM "\"text\":\"see <https://x.example/looks/1>\"", DM,
	  "see <https://x.example/looks/1>" },
	{ IM "\"text\":\"/looker sales\"", NO, "a slash command" },
	{ IM "\"text\":\"  /looker\"", NO, "a slash command" },
	{ IM "\"text\":\"<@UBOT> /looker\"", NO, "a slash command" },
	{ IM "\"text\":\"\"", NO, "without words" },
	{ IM "\"subtype\":\"file_share\",\"text\":\"\"", NO, "without words" },
	{ IM "\"subtype\":\"file_share\",\"text\":\"sales\"", DM, "sales" },
	{ "\"type\":\"message\",\"channel\":\"D1\",\"channel_type\":\"app_home\","
	  "\"text\":\"sales\"",
	  DM, "sales" },
	{ "\"type\":\"message\",\"channel\":\"D1\",\"text\":\"sales\"", DM, "sales" },
	/* not by people, or not new */
	{ IM "\"text\":\"x\",\"bot_id\":\"B1\"", NO, "a bot's" },
	{ IM "\"text\":\"x\",\"bot_profile\":{}", NO, "a bot's" },
	{ IM "\"text\":\"x\",\"bot_id\":null", DM, "x" },
	{ MENTION "\"text\":\"<@UBOT> x\",\"bot_id\":\"B1\"", NO, "a bot's" },
	{ IM "\"text\":\"x\",\"subtype\":\"bot_message\"", NO, "a bot's" },
	{ IM "\"text\":\"x\",\"hidden\":true", NO, "hidden" },
	{ MENTION "\"text\":\"<@UBOT> x\",\"edited\":{\"user\":\"U1\",\"ts\":\"2.1\"}", NO,
	  "edited" },
	{ IM "\"text\":\"x\",\"subtype\":\"message_changed\"", NO, "subtype message_changed" },
	{ IM "\"text\":\"x\",\"subtype\":\"me_message\"", NO, "subtype me_message" },
	{ CHANNEL "\"text\":\"<@UBOT> x\",\"subtype\":\"thread_broadcast\"", YES, "x" },
#undef MENTION
#undef CHANNEL
#undef GROUP
#undef IM
#undef YES
#undef DM
#undef NO
};

static void test_messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		const char *event =
			mem_printf(ctx, "{%s,\"user\":\"U1\",\"ts\":\"1.1\"}", messages[i].keys);

		expect(read_event(ctx, event), messages[i].kind, messages[i].text, event);
		talloc_free(ctx);
	}
}

static const struct {
	const char *event;
	enum slack_inbound_kind kind;
	const char *text; /* or why */
} others[] = {
#define NO SLACK_INBOUND_NOTHING
	{ "{\"type\":\"message\",\"user\":\"UBOT\",\"channel\":\"D1\",\"text\":\"x\","
	  "\"ts\":\"1.1\"}",
	  NO, "own message" },
	{ "{\"type\":\"message\",\"user\":\"USLACKBOT\",\"channel\":\"D1\",\"text\":\"x\","
	  "\"ts\":\"1.1\"}",
	  NO, "a bot's" },
	{ "{\"type\":\"message\",\"channel\":\"D1\",\"text\":\"x\",\"ts\":\"1.1\"}", NO,
	  "user_id is missing" },
	{ "{\"type\":\"message\",\"user\":\"U1\",\"text\":\"<@UBOT> x\",\"ts\":\"1.1\"}", NO,
	  "channel_id is missing" },
	{ "{\"type\":\"app_mention\",\"channel\":\"C1\",\"user\":\"U1\",\"text\":\"<@UBOT>"
	  "\"}",
	  NO, "ts is missing" },
	{ "{\"type\":\"app_mention\",\"channel\":\"C:1\",\"user\":\"U1\",\"ts\":\"1.1\","
	  "\"text\":\"<@UBOT>\"}",
	  NO, "channel_id is none of Slack's" },
	{ "{\"type\":\"app_home_opened\",\"user\":\"U1\",\"channel\":\"D1\",\"tab\":"
	  "\"home\","
	  "\"event_ts\":\"1.2\"}",
	  SLACK_INBOUND_HOME, "" },
	{ "{\"type\":\"app_home_opened\",\"user\":\"U1\",\"channel\":\"D1\","
	  "\"tab\":\"messages\"}",
	  NO, "another tab" },
	{ "{\"type\":\"app_home_opened\",\"tab\":\"home\"}", NO, "user_id is missing" },
	{ "{\"type\":\"member_joined_channel\",\"user\":\"U1\",\"channel\":\"C1\"}",
	  SLACK_INBOUND_JOINED, "" },
	{ "{\"type\":\"channel_rename\",\"channel\":{\"id\":\"C1\",\"name\":\"new\"}}",
	  SLACK_INBOUND_CHANNEL, "" },
	{ "{\"type\":\"group_rename\",\"channel\":{\"id\":\"G1\",\"name\":\"new\"}}",
	  SLACK_INBOUND_CHANNEL, "" },
	{ "{\"type\":\"channel_rename\",\"channel\":\"C1\"}", NO, "channel_id is missing" },
	{ "{\"type\":\"channel_shared\",\"connected_team_id\":\"E2\",\"channel\":\"C1\"}",
	  SLACK_INBOUND_CHANNEL, "" },
	{ "{\"type\":\"channel_unshared\",\"channel\":\"C1\",\"is_ext_shared\":false}",
	  SLACK_INBOUND_CHANNEL, "" },
	{ "{\"type\":\"channel_shared\",\"connected_team_id\":\"E2\"}", NO,
	  "channel_id is missing" },
	{ "{\"type\":\"channel_id_changed\",\"old_channel_id\":\"G1\","
	  "\"new_channel_id\":\"C1\"}",
	  SLACK_INBOUND_MOVED, "" },
	{ "{\"type\":\"channel_id_changed\",\"new_channel_id\":\"C1\"}", NO,
	  "old_channel_id is missing" },
	{ "{\"type\":\"user_change\",\"user\":{\"id\":\"U7\",\"deleted\":true}}",
	  SLACK_INBOUND_PERSON, "" },
	{ "{\"type\":\"user_change\"}", NO, "user_id is missing" },
	{ "{\"type\":\"tokens_revoked\",\"tokens\":{\"oauth\":[\"U1\"],\"bot\":[\"UBOT\"]}"
	  "}",
	  SLACK_INBOUND_REVOKED, "" },
	{ "{\"type\":\"tokens_revoked\",\"tokens\":{\"oauth\":[\"U1\"],\"bot\":[]}}", NO,
	  "no token of a bot" },
	{ "{\"type\":\"tokens_revoked\"}", NO, "no token of a bot" },
	{ "{\"type\":\"app_uninstalled\"}", SLACK_INBOUND_REVOKED, "" },
	{ "{\"type\":\"reaction_added\",\"user\":\"U1\"}", NO, "event reaction_added" },
	{ "{\"type\":\"a_type_whose_name_is_much_longer_than_anybody_would_think\"}", NO,
	  "event a_type_whose_name_is_much_longer_than_a…" },
	{ "{\"type\":\"a\\u0007b\"}", NO, "event a b" },
	{ "{\"type\":7}", NO, "event " },
	{ "{}", NO, "event " },
#undef NO
};

static void test_other_events(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);

		expect(read_event(ctx, others[i].event), others[i].kind, others[i].text,
		       others[i].event);
		talloc_free(ctx);
	}
}

static void test_ids(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct slack_inbound *in;
	(void)state;

	in = read_event(ctx, "{\"type\":\"member_joined_channel\",\"user\":\"UBOT\",\"channel\":"
			     "\"C1\",\"event_ts\":\"5.5\"}");
	assert_true(in->own);
	assert_string_equal(in->action_ts, "5.5");
	in = read_event(ctx, "{\"type\":\"member_joined_channel\",\"user\":\"U1\",\"channel\":"
			     "\"C1\"}");
	assert_false(in->own);
	in = read_event(ctx, "{\"type\":\"channel_id_changed\",\"old_channel_id\":\"G1\","
			     "\"new_channel_id\":\"C2\"}");
	assert_string_equal(in->channel_id, "C2");
	assert_string_equal(in->old_channel_id, "G1");
	in = read_event(ctx, "{\"type\":\"user_change\",\"user\":{\"id\":\"U7\"}}");
	assert_string_equal(in->user_id, "U7");
	/* a thread's first message is outside of it */
	in = read_event(ctx, "{\"type\":\"app_mention\",\"text\":\"<@UBOT>\",\"user\":\"U1\","
			     "\"channel\":\"C1\",\"ts\":\"2.2\",\"thread_ts\":\"1.1\"}");
	assert_string_equal(in->thread_ts, "1.1");
	in = read_event(ctx, "{\"type\":\"app_mention\",\"text\":\"<@UBOT>\",\"user\":\"U1\","
			     "\"channel\":\"C1\",\"ts\":\"2.2\",\"thread_ts\":\"2.2\"}");
	assert_null(in->thread_ts);
	talloc_free(ctx);
}

/* The bot's id: from the authorization of a bot, else from us, else (mentions) anybody's. */
static void test_self(void **state)
{
	static const struct {
		const char *more, *self;
		enum slack_inbound_kind kind;
	} cases[] = {
		{ "", NULL, SLACK_INBOUND_MENTION },
		{ "", "U5", SLACK_INBOUND_MENTION },
		{ "", "U6", SLACK_INBOUND_NOTHING },
		{ ",\"authorizations\":[{\"user_id\":\"U5\",\"is_bot\":true}]", "U6",
		  SLACK_INBOUND_MENTION },
		{ ",\"authorizations\":[{\"user_id\":\"U6\",\"is_bot\":true}]", "U5",
		  SLACK_INBOUND_NOTHING },
		/* whose token brought it, not the bot */
		{ ",\"authorizations\":[{\"user_id\":\"U6\",\"is_bot\":false}]", "U5",
		  SLACK_INBOUND_MENTION },
		{ ",\"authorizations\":[]", NULL, SLACK_INBOUND_MENTION },
		{ ",\"authorizations\":[null]", NULL, SLACK_INBOUND_MENTION },
		{ ",\"is_ext_shared_channel\":true", NULL, SLACK_INBOUND_MENTION },
	};
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		struct slack_inbound *in = read_body(
			ctx,
			mem_printf(
				ctx,
				"{\"type\":\"event_callback\",\"context_team_id\":\"T1\",\"event\":"
				"{\"type\":\"app_mention\",\"text\":\"<@U5> x\",\"user\":\"U1\","
				"\"channel\":\"C1\",\"ts\":\"1.1\"}%s}",
				cases[i].more),
			cases[i].self);

		if (in->kind != cases[i].kind)
			fail_msg("case %zu: kind %d", i, (int)in->kind);
		assert_int_equal(in->shared, strstr(cases[i].more, "ext_shared") != NULL);
		assert_string_equal(in->team_id, "T1");
		talloc_free(ctx);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),	 cmocka_unit_test(test_fields),
		cmocka_unit_test(test_messages), cmocka_unit_test(test_other_events),
		cmocka_unit_test(test_ids),	 cmocka_unit_test(test_self),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
