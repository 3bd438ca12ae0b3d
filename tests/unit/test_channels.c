/* Channels: who may read along, and ids that have changed. */
#include "test_bot.h"

#include "bot/channels.h"

#define CHANNEL(more) "{\"ok\":true,\"channel\":{\"id\":\"C1\",\"name\":\"sales\"" more "}}"

static const char *guard(struct fixture *f, const char *channel)
{
	struct slack_inbound in = { .kind = SLACK_INBOUND_SLASH, .channel_id = channel };

	return channels_guard(f->ctx, &f->bot, f->deadline_ms, &in);
}

static void test_guard(void **state)
{
	static const struct {
		const char *body, *words; /* of the reason; NULL: for all */
	} cases[] = {
		{ CHANNEL(",\"is_ext_shared\":false"), NULL },
		{ CHANNEL(""), NULL },
		{ CHANNEL(",\"is_org_shared\":true,\"is_shared\":true"), NULL },
		{ CHANNEL(",\"is_im\":true"), NULL },
		{ CHANNEL(",\"is_ext_shared\":true,\"is_shared\":true"),
		  "shared with another company" },
		{ CHANNEL(",\"is_pending_ext_shared\":true"), "is invited" },
		{ "{\"ok\":false,\"error\":\"channel_not_found\"}", "/invite me" },
		{ "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"groups:read\"}",
		  "app's owner can add the scope" },
		{ "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"groups:read\"}",
		  "groups:read" },
		{ "{\"ok\":true}", "no channel" },
		{ "{\"ok\":false,\"error\":\"ratelimited\"}", "Slack does not tell me" },
		{ NULL, "Slack does not tell me" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		says("conversations.info", cases[i].body);
		assert_ok(channels_forget(&f->bot, "C1", &f->e), f->e);
		const char *why = guard(f, "C1");
		if (!why != !cases[i].words || (why && !strstr(why, cases[i].words)))
			fail_msg("%zu: %s", i, why ? why : "for all");
		if (why)
			assert_non_null(strstr(why, "Only you can see this, because "));
		f->config.allow_shared_workspaces = true;
		assert_null(guard(f, "C1"));
		f->config.allow_shared_workspaces = false;
	}
	says("conversations.info", "{\"ok\":false,\"error\":\"channel_not_found\"}");
	assert_non_null(strstr(guard(f, "D1"), "not part of this conversation"));
}

static void test_what_needs_no_call(void **state)
{
	struct fixture *f = *state;
	struct slack_inbound dm = { .kind = SLACK_INBOUND_DM, .channel_id = "D1" };
	struct slack_inbound shared = { .kind = SLACK_INBOUND_MENTION,
					.channel_id = "C1",
					.shared = true };

	assert_null(channels_guard(f->ctx, &f->bot, f->deadline_ms, &dm));
	assert_non_null(channels_guard(f->ctx, &f->bot, f->deadline_ms, &shared));
	f->config.allow_shared_workspaces = true;
	assert_null(channels_guard(f->ctx, &f->bot, f->deadline_ms, &shared));
	assert_null(guard(f, "C1"));
	assert_int_equal(calls("conversations.info"), 0);
}

static void test_kept_until_forgotten(void **state)
{
	struct fixture *f = *state;

	says("conversations.info", CHANNEL(",\"is_ext_shared\":true"));
	assert_non_null(guard(f, "C1"));
	says("conversations.info", CHANNEL(""));
	assert_non_null(guard(f, "C1"));
	assert_int_equal(calls("conversations.info"), 1);
	assert_ok(channels_forget(&f->bot, "C1", &f->e), f->e);
	assert_null(guard(f, "C1"));
	assert_null(guard(f, "C1"));
	assert_int_equal(calls("conversations.info"), 2);
	/* What Slack did not say is asked again: after an /invite it works at once. */
	says("conversations.info", "{\"ok\":false,\"error\":\"channel_not_found\"}");
	assert_non_null(guard(f, "C2"));
	says("conversations.info", CHANNEL(""));
	assert_null(guard(f, "C2"));
}

static const char *today(struct fixture *f, const char *id)
{
	return channels_today(f->ctx, &f->bot, id);
}

static void move(struct fixture *f, const char *from, const char *to)
{
	assert_ok(channels_moved(&f->bot, from, to, &f->e), f->e);
}

static void test_moved(void **state)
{
	struct fixture *f = *state;

	assert_string_equal(today(f, "G1"), "G1");
	move(f, "G1", "C1");
	assert_string_equal(today(f, "G1"), "C1");
	assert_string_equal(today(f, "C1"), "C1");
	move(f, "C1", "C2");
	assert_string_equal(today(f, "G1"), "C2");
	move(f, "C2", "G1"); /* back */
	assert_string_equal(today(f, "G1"), "G1");
	assert_string_equal(today(f, "C1"), "G1");
	assert_string_equal(today(f, "C2"), "G1");
	move(f, "G1", "G1");
	assert_string_equal(today(f, "G1"), "G1");
	/* What was known of either counts no more. */
	says("conversations.info", CHANNEL(""));
	assert_null(guard(f, "C8"));
	says("conversations.info", CHANNEL(",\"is_ext_shared\":true"));
	move(f, "C7", "C8");
	assert_non_null(guard(f, "C8"));
}

/* Two processes could write a circle at the same moment. */
static void test_chains_end(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++)
		move(f, mem_printf(f->ctx, "C%d", i), mem_printf(f->ctx, "C%d", i + 1));
	assert_string_equal(today(f, "C0"), "C8");
	assert_string_equal(today(f, "C15"), "C20");
	assert_ok(queue_state_set(f->bot.queue, "alias:A", "B", 1, TEST_EXPIRES_MS, &f->e), f->e);
	assert_ok(queue_state_set(f->bot.queue, "alias:B", "A", 1, TEST_EXPIRES_MS, &f->e), f->e);
	assert_non_null(today(f, "A"));
}

static void test_links_off(void **state)
{
	static const char *const lists[] = { "C1", " C0, C1", "C0;C1;C2", "C0\tC1 ", ",;C1,;" };
	static const char *const others[] = { "", " ,;", "C10", "c1", "XC1", "C0,C10;C" };
	struct fixture *f = *state;

	assert_false(channels_links_off(f->ctx, &f->bot, "C1"));
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		f->config.unfurl_off = lists[i];
		assert_true(channels_links_off(f->ctx, &f->bot, "C1"));
		assert_false(channels_links_off(f->ctx, &f->bot, "C9"));
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		f->config.unfurl_off = others[i];
		assert_false(channels_links_off(f->ctx, &f->bot, "C1"));
	}
	/* Whether the owner has written the old id or the new one. */
	move(f, "G1", "C1");
	f->config.unfurl_off = "C1";
	assert_true(channels_links_off(f->ctx, &f->bot, "G1"));
	f->config.unfurl_off = "G1";
	assert_true(channels_links_off(f->ctx, &f->bot, "G1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_guard), TEST(test_what_needs_no_call), TEST(test_kept_until_forgotten),
		TEST(test_moved), TEST(test_chains_end),	 TEST(test_links_off),
	};
	return run_group(tests, sizeof(tests) / sizeof(tests[0]));
}
