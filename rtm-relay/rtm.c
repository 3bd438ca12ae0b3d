/*
 * RTM, which Slack keeps for old classic apps: one JSON object a frame, of which messages count.
 * Nothing is said by RTM but pings: answers are posted by the Web API.
 */
#include "rtm-relay/rtm.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#define TYPE_MAX_CHARS 40
#define REASON_MAX_CHARS 200

static void judge_hello(TALLOC_CTX *ctx, const struct json_object *o,
			const struct slack_connect *who, struct frame *ret)
{
	(void)ctx;
	(void)o;
	(void)who;
	ret->kind = FRAME_HELLO;
}

static void judge_message(TALLOC_CTX *ctx, const struct json_object *o,
			  const struct slack_connect *who, struct frame *ret)
{
	struct slack_inbound *in = NULL;
	struct err e;

	if (slack_inbound_from_rtm(ctx, o, who->team_id, who->self_id, &in, &e)) {
		ret->kind = FRAME_ITEM;
		ret->in = in;
		return;
	}
	ret->kind = FRAME_BROKEN;
	ret->why = mem_strdup(ctx, e.text);
}

/* "Socket URL has expired" and the like: Slack closes next. */
static void judge_error(TALLOC_CTX *ctx, const struct json_object *o,
			const struct slack_connect *who, struct frame *ret)
{
	const struct json_object *error = json_object_at(o, "error");
	const char *said = json_str_or(error, "msg", "an error without words");

	(void)who;
	ret->kind = FRAME_FAILED;
	ret->why = mem_printf(ctx, "Slack says: %s (%lld)", text_cut(ctx, said, REASON_MAX_CHARS),
			      (long long)json_int_or(error, "code", 0));
}

static void judge_goodbye(TALLOC_CTX *ctx, const struct json_object *o,
			  const struct slack_connect *who, struct frame *ret)
{
	(void)ctx;
	(void)o;
	(void)who;
	ret->kind = FRAME_LEAVE;
	ret->why = "Slack says goodbye";
}

static void judge_migration(TALLOC_CTX *ctx, const struct json_object *o,
			    const struct slack_connect *who, struct frame *ret)
{
	(void)ctx;
	(void)o;
	(void)who;
	ret->kind = FRAME_LEAVE;
	ret->why = "Slack moves the workspace (team_migration_started)";
}

/* All others are of no interest: presence, typing, pong, answers to what nobody asked. */
static const struct {
	const char *name;
	void (*judge)(TALLOC_CTX *ctx, const struct json_object *o, const struct slack_connect *who,
		      struct frame *ret);
} types[] = {
	{ "hello", judge_hello },
	{ "message", judge_message },
	{ "error", judge_error },
	{ "goodbye", judge_goodbye },
	{ "team_migration_started", judge_migration },
};

void rtm_judge(TALLOC_CTX *ctx, const char *text, size_t len, const struct slack_connect *who,
	       struct frame *ret)
{
	struct json_object *o = NULL;
	struct err e;

	*ret = (struct frame){ .kind = FRAME_BROKEN, .type = "", .why = "not a JSON object" };
	if (!json_parse(ctx, text, len, &o, &e)) {
		ret->why = mem_strdup(ctx, e.text);
		return;
	}
	if (!json_object_is_type(o, json_type_object))
		return;
	const char *type = json_str_or(o, "type", "");
	*ret = (struct frame){ .kind = FRAME_NOTHING, .type = text_cut(ctx, type, TYPE_MAX_CHARS) };
	/* The answer to a message that an earlier connection sent has a type, too. */
	if (json_get(o, "reply_to"))
		return;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i].name) == 0)
			types[i].judge(ctx, o, who, ret);
}

static bool connect_rtm(TALLOC_CTX *ctx, const struct bot *bot, int64_t deadline_ms,
			struct slack_connect *ret, struct err *e)
{
	return slack_connect_rtm(ctx, bot->slack, deadline_ms, ret, e);
}

static bool ping(struct ws *ws, int64_t n, int64_t deadline_ms, struct err *e)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	const char *text = mem_printf(ctx, "{\"id\":%lld,\"type\":\"ping\",\"time\":%lld}",
				      (long long)n, (long long)clock_now_ms());
	bool ok = ws_send(ws, text, strlen(text), deadline_ms, e);

	talloc_free(ctx);
	return ok;
}

const struct way rtm = {
	.name = "RTM",
	.text_only = true,
	.connect = connect_rtm,
	.judge = rtm_judge,
	.ping = ping,
};
