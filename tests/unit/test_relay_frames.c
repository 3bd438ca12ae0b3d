/* What Slack's WebSocket frames mean to the relay, and how envelopes are acknowledged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "rtm-relay/rtm.h"
#include "rtm-relay/socket_mode.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct slack_connect who = { .self_id = "U0BOT", .team_id = "T0001" };

struct expected {
	const char *frame;
	enum frame_kind kind;
	const char *why;	 /* a part of it, or NULL */
	const char *envelope_id; /* or NULL: nothing to acknowledge */
	const char *type;	 /* or NULL: not looked at */
};

static void check(const struct way *way, const struct expected *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		TALLOC_CTX *ctx = mem_ctx(NULL);
		const struct expected *c = &cases[i];
		struct frame f;

		way->judge(ctx, c->frame, strlen(c->frame), &who, &f);
		if (f.kind != c->kind)
			print_message("%s: %d, why: %s\n", c->frame, (int)f.kind,
				      f.why ? f.why : "");
		assert_int_equal(f.kind, c->kind);
		assert_non_null(f.type);
		if (c->type)
			assert_string_equal(f.type, c->type);
		if (c->why)
			assert_non_null(strstr(f.why, c->why));
		assert_int_equal(f.envelope_id != NULL, c->envelope_id != NULL);
		if (c->envelope_id)
			assert_string_equal(f.envelope_id, c->envelope_id);
		assert_int_equal(f.in != NULL, f.kind == FRAME_ITEM);
		talloc_free(ctx);
	}
}

#define SLASH                                                                                      \
	"\"payload\":{\"command\":\"/looker\",\"text\":\"sales\",\"team_id\":\"T1\","              \
	"\"channel_id\":\"C1\",\"user_id\":\"U1\",\"trigger_id\":\"1.2.x\"}"
#define MENTION                                                                                    \
	"\"payload\":{\"type\":\"event_callback\",\"team_id\":\"T1\",\"event_id\":\"Ev1\","        \
	"\"authorizations\":[{\"user_id\":\"U0BOT\",\"team_id\":\"T1\"}],\"event\":{"              \
	"\"type\":\"app_mention\",\"user\":\"U1\",\"channel\":\"C1\",\"ts\":\"1.000001\","         \
	"\"text\":\"<@U0BOT> sales\"}}"
#define PRESS                                                                                      \
	"\"payload\":{\"type\":\"block_actions\",\"user\":{\"id\":\"U1\",\"team_id\":\"T1\"},"     \
	"\"team\":{\"id\":\"T1\"},\"channel\":{\"id\":\"C1\"},\"trigger_id\":\"1.2.y\","           \
	"\"container\":{\"type\":\"message\",\"message_ts\":\"1.2\",\"channel_id\":\"C1\"},"       \
	"\"actions\":[{\"action_id\":\"key\",\"value\":\"00112233445566778899aabbccddeeff\","      \
	"\"action_ts\":\"3.4\",\"type\":\"button\"}]}"

static const struct expected socket_frames[] = {
	{ "{\"type\":\"hello\",\"num_connections\":1}", FRAME_HELLO, NULL, NULL, "hello" },
	{ "{\"type\":\"disconnect\",\"reason\":\"warning\"}", FRAME_LEAVE, "warning", NULL, NULL },
	{ "{\"type\":\"disconnect\",\"reason\":\"refresh_requested\"}", FRAME_LEAVE,
	  "refresh_requested", NULL, NULL },
	{ "{\"type\":\"disconnect\",\"reason\":\"link_disabled\"}", FRAME_REFUSED,
	  "Socket Mode is switched off", NULL, NULL },
	{ "{\"type\":\"disconnect\",\"reason\":\"too_many_websockets\"}", FRAME_REFUSED,
	  "more connections than Slack allows", NULL, NULL },
	{ "{\"type\":\"disconnect\",\"reason\":\"moon_phase\"}", FRAME_LEAVE, "moon_phase", NULL,
	  NULL },
	{ "{\"type\":\"disconnect\"}", FRAME_LEAVE, "no reason", NULL, NULL },
	{ "{\"type\":\"slash_commands\",\"envelope_id\":\"e1\"," SLASH "}", FRAME_ITEM, NULL, "e1",
	  "slash_commands" },
	{ "{\"type\":\"events_api\",\"envelope_id\":\"e2\"," MENTION "}", FRAME_ITEM, NULL, "e2",
	  "events_api" },
	{ "{\"type\":\"interactive\",\"envelope_id\":\"e3\"," PRESS "}", FRAME_ITEM, NULL, "e3",
	  "interactive" },
	/* what cannot be used is acknowledged all the same: Slack would only send it again */
	{ "{\"type\":\"interactive\",\"envelope_id\":\"e4\",\"payload\":{\"type\":"
	  "\"view_closed\",\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"}}}",
	  FRAME_NOTED, NULL, "e4", "view_closed" },
	{ "{\"type\":\"interactive\",\"envelope_id\":\"e4\",\"payload\":{\"type\":"
	  "\"view_submission\",\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"}}}",
	  FRAME_NOTED, "view_id is missing", "e4", "interactive" },
	{ "{\"type\":\"interactive\",\"envelope_id\":\"e4\",\"payload\":{\"type\":"
	  "\"view_submission\",\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"},"
	  "\"view\":{\"id\":\"V1\",\"type\":\"modal\"}}}",
	  FRAME_ITEM, NULL, "e4", "interactive" },
	{ "{\"type\":\"interactive\",\"envelope_id\":\"e5\",\"payload\":{\"type\":"
	  "\"block_suggestion\",\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"},"
	  "\"action_id\":\"f0-k\",\"value\":\"x\",\"view\":{\"id\":\"V1\",\"type\":"
	  "\"modal\"}}}",
	  FRAME_ITEM, NULL, "e5", "interactive" },
	{ "{\"type\":\"interactive\",\"envelope_id\":\"e5\",\"payload\":{\"type\":"
	  "\"block_suggestion\",\"user\":{\"id\":\"U1\"},\"team\":{\"id\":\"T1\"}}}",
	  FRAME_NOTED, NULL, "e5", "block_suggestion" },
	{ "{\"type\":\"weather\",\"envelope_id\":\"e6\",\"payload\":{}}", FRAME_NOTED,
	  "unknown type", "e6", "weather" },
	{ "{\"envelope_id\":\"e7\"}", FRAME_NOTED, "unknown type", "e7", "" },
	{ "{\"type\":\"slash_commands\",\"envelope_id\":\"e8\"}", FRAME_NOTED, "", "e8", NULL },
	{ "{\"type\":\"slash_commands\",\"envelope_id\":\"e9\",\"payload\":7}", FRAME_NOTED, "",
	  "e9", NULL },
	/* what nobody can acknowledge */
	{ "{\"type\":\"slash_commands\"," SLASH "}", FRAME_BROKEN, "envelope_id", NULL, NULL },
	{ "{\"type\":\"slash_commands\",\"envelope_id\":5," SLASH "}", FRAME_BROKEN, "envelope_id",
	  NULL, NULL },
	{ "{\"type\":\"hel", FRAME_BROKEN, "", NULL, "" },
	{ "[]", FRAME_BROKEN, "not a JSON object", NULL, "" },
	{ "", FRAME_BROKEN, "", NULL, "" },
	{ "{}", FRAME_BROKEN, "envelope_id", NULL, "" },
};

static void test_socket_frames(void **state)
{
	(void)state;
	check(&socket_mode, socket_frames, COUNT(socket_frames));
}

static void test_hello_counts(void **state)
{
	const char *text = "{\"type\":\"hello\",\"num_connections\":3}";
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct frame f;

	(void)state;
	socket_mode_judge(ctx, text, strlen(text), &who, &f);
	assert_int_equal(f.connections, 3);
	talloc_free(ctx);
}

static void test_long_envelope_id(void **state)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *id = mem_strdup(ctx, "");
	struct frame f;

	(void)state;
	for (int i = 0; i < 300; i++)
		mem_append(&id, "x");
	const char *text = mem_printf(ctx, "{\"type\":\"weather\",\"envelope_id\":\"%s\"}", id);
	socket_mode_judge(ctx, text, strlen(text), &who, &f);
	assert_int_equal(f.kind, FRAME_BROKEN);
	assert_null(f.envelope_id);
	talloc_free(ctx);
}

static void test_slash_fields(void **state)
{
	const char *text = "{\"type\":\"slash_commands\",\"envelope_id\":\"e\"," SLASH "}";
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct frame f;

	(void)state;
	socket_mode_judge(ctx, text, strlen(text), &who, &f);
	assert_int_equal(f.in->kind, SLACK_INBOUND_SLASH);
	assert_string_equal(f.in->text, "sales");
	assert_string_equal(f.in->trigger_id, "1.2.x");
	talloc_free(ctx);
}

static void test_acks(void **state)
{
	static const struct {
		bool takes;
		const char *body, *ack;
	} cases[] = {
		{ true, "", "{\"envelope_id\":\"e\"}" },
		{ true, "{\"text\":\"hi\"}",
		  "{\"envelope_id\":\"e\",\"payload\":{\"text\":\"hi\"}}" },
		{ false, "{\"text\":\"hi\"}", "{\"envelope_id\":\"e\"}" },
		{ true, "no JSON", "{\"envelope_id\":\"e\"}" },
	};
	TALLOC_CTX *ctx = mem_ctx(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct frame f = { .envelope_id = "e", .takes_payload = cases[i].takes };
		assert_string_equal(socket_mode_ack(ctx, &f, cases[i].body), cases[i].ack);
	}
	talloc_free(ctx);
}

/* Slack drops long ones without a word, so the payload stays away. */
static void test_long_ack(void **state)
{
	const struct frame f = { .envelope_id = "e", .takes_payload = true };
	TALLOC_CTX *ctx = mem_ctx(NULL);

	(void)state;
	for (size_t len = SOCKET_MODE_ACK_MAX_BYTES - 60; len < SOCKET_MODE_ACK_MAX_BYTES + 60;
	     len++) {
		char *text = mem_array(ctx, char, len + 1);
		memset(text, 'x', len);
		const char *ack =
			socket_mode_ack(ctx, &f, mem_printf(ctx, "{\"text\":\"%s\"}", text));
		bool fits = len + strlen("{\"envelope_id\":\"e\",\"payload\":{\"text\":\"\"}}") <
			    SOCKET_MODE_ACK_MAX_BYTES;
		assert_true(strlen(ack) < SOCKET_MODE_ACK_MAX_BYTES);
		assert_int_equal(strstr(ack, "payload") != NULL, fits);
	}
	talloc_free(ctx);
}

static const struct expected rtm_frames[] = {
	{ "{\"type\":\"hello\"}", FRAME_HELLO, NULL, NULL, "hello" },
	{ "{\"type\":\"message\",\"channel\":\"D1\",\"user\":\"U1\",\"text\":\"sales\",\"ts\":"
	  "\"1.000001\"}",
	  FRAME_ITEM, NULL, NULL, "message" },
	{ "{\"type\":\"error\",\"error\":{\"code\":1,\"msg\":\"Socket URL has expired\"}}",
	  FRAME_FAILED, "Socket URL has expired (1)", NULL, NULL },
	{ "{\"type\":\"error\"}", FRAME_FAILED, "without words", NULL, NULL },
	{ "{\"type\":\"goodbye\"}", FRAME_LEAVE, "goodbye", NULL, NULL },
	{ "{\"type\":\"team_migration_started\"}", FRAME_LEAVE, "moves the workspace", NULL, NULL },
	{ "{\"type\":\"pong\",\"reply_to\":3,\"time\":1}", FRAME_NOTHING, NULL, NULL, "pong" },
	{ "{\"ok\":true,\"reply_to\":1,\"ts\":\"1.2\",\"text\":\"hi\"}", FRAME_NOTHING, NULL, NULL,
	  "" },
	{ "{\"ok\":false,\"reply_to\":1,\"error\":{\"code\":2,\"msg\":\"x\"}}", FRAME_NOTHING, NULL,
	  NULL, NULL },
	{ "{\"type\":\"message\",\"reply_to\":1,\"channel\":\"D1\",\"user\":\"U1\",\"text\":\"x\"}",
	  FRAME_NOTHING, NULL, NULL, NULL },
	{ "{\"type\":\"user_typing\",\"channel\":\"C1\",\"user\":\"U1\"}", FRAME_NOTHING, NULL,
	  NULL, NULL },
	{ "{\"type\":\"reconnect_url\",\"url\":\"x\"}", FRAME_NOTHING, NULL, NULL, NULL },
	{ "{", FRAME_BROKEN, "", NULL, NULL },
	{ "\"message\"", FRAME_BROKEN, "not a JSON object", NULL, NULL },
};

static void test_rtm_frames(void **state)
{
	(void)state;
	check(&rtm, rtm_frames, COUNT(rtm_frames));
}

/* The token's team stands in no frame, and who the bot is neither. */
static void test_rtm_knows_itself(void **state)
{
	const char *text = "{\"type\":\"message\",\"channel\":\"C1\",\"user\":\"U1\",\"ts\":"
			   "\"1.000001\",\"text\":\"<@U0BOT|looker>: sales\"}";
	TALLOC_CTX *ctx = mem_ctx(NULL);
	struct frame f;

	(void)state;
	rtm_judge(ctx, text, strlen(text), &who, &f);
	assert_int_equal(f.kind, FRAME_ITEM);
	assert_int_equal(f.in->kind, SLACK_INBOUND_MENTION);
	assert_string_equal(f.in->team_id, "T0001");
	assert_string_equal(f.in->text, "sales");
	talloc_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_socket_frames),
		cmocka_unit_test(test_hello_counts),
		cmocka_unit_test(test_long_envelope_id),
		cmocka_unit_test(test_slash_fields),
		cmocka_unit_test(test_acks),
		cmocka_unit_test(test_long_ack),
		cmocka_unit_test(test_rtm_frames),
		cmocka_unit_test(test_rtm_knows_itself),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
