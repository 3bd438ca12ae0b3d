/*
 * Socket Mode: envelopes hold the same payloads that Slack sends over HTTP, unsigned, since the
 * connection itself is trusted. Nothing is stored or sent here.
 */
#include "rtm-relay/socket_mode.h"

#include <string.h>

#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"

#define TYPE_MAX_CHARS 40
#define ENVELOPE_ID_MAX_BYTES 200

struct frame_type {
	const char *name;
	void (*judge)(TALLOC_CTX *ctx, const struct json_object *o, struct frame *ret);
};

static void judge_hello(TALLOC_CTX *ctx, const struct json_object *o, struct frame *ret)
{
	(void)ctx;
	ret->kind = FRAME_HELLO;
	ret->connections = json_int_or(o, "num_connections", 0);
}

static const struct {
	const char *reason;
	enum frame_kind kind;
	const char *why;
} farewells[] = {
	{ "warning", FRAME_LEAVE, "Slack closes this connection in some seconds (warning)" },
	{ "refresh_requested", FRAME_LEAVE, "Slack renews the connection (refresh_requested)" },
	{ "link_disabled", FRAME_REFUSED,
	  "Socket Mode is switched off for the app (link_disabled). The app's owner can switch it "
	  "on (Socket Mode), or remove SLACK_APP_TOKEN and let Slack send over HTTP." },
	{ "too_many_websockets", FRAME_REFUSED,
	  "The app has more connections than Slack allows (too_many_websockets). Stop other "
	  "programs that use this SLACK_APP_TOKEN." },
};

static void judge_disconnect(TALLOC_CTX *ctx, const struct json_object *o, struct frame *ret)
{
	const char *reason = json_str_or(o, "reason", "no reason");

	for (size_t i = 0; i < sizeof(farewells) / sizeof(farewells[0]); i++) {
		if (strcmp(reason, farewells[i].reason) != 0)
			continue;
		ret->kind = farewells[i].kind;
		ret->why = farewells[i].why;
		return;
	}
	ret->kind = FRAME_LEAVE;
	ret->why = mem_printf(ctx, "Slack ends the connection (%s)",
			      text_cut(ctx, reason, TYPE_MAX_CHARS));
}

static bool is_nothing(const struct slack_inbound *in)
{
	return in->kind == SLACK_INBOUND_NOTHING;
}

/* An envelope whose payload cannot be used is acknowledged: sent again it would be the same. */
static void judge_payload(const struct slack_inbound *in, bool usable, TALLOC_CTX *ctx,
			  const struct err *e, struct frame *ret)
{
	ret->kind = usable ? FRAME_ITEM : FRAME_NOTED;
	ret->in = usable ? in : NULL;
	if (!usable)
		ret->why = mem_strdup(ctx, e->text);
}

static void judge_event(TALLOC_CTX *ctx, const struct json_object *o, struct frame *ret)
{
	struct slack_inbound *in = NULL;
	struct err e;
	bool ok = slack_inbound_from_event(ctx, json_object_at(o, "payload"), NULL, &in, &e);

	judge_payload(in, ok, ctx, &e, ret);
}

static void judge_slash(TALLOC_CTX *ctx, const struct json_object *o, struct frame *ret)
{
	struct slack_inbound *in = NULL;
	struct err e;
	bool ok = slack_inbound_from_slash(ctx, json_object_at(o, "payload"), &in, &e);

	judge_payload(in, ok, ctx, &e, ret);
}

static const char *type_of(TALLOC_CTX *ctx, const struct json_object *o)
{
	return text_cut(ctx, json_str_or(o, "type", ""), TYPE_MAX_CHARS);
}

/* Presses, forms that come back and what is typed into their lists are items. What else people do
 * in Slack's surfaces is not for us. */
static void judge_interactive(TALLOC_CTX *ctx, const struct json_object *o, struct frame *ret)
{
	const struct json_object *payload = json_object_at(o, "payload");
	struct slack_inbound *in = NULL;
	struct err e;
	bool ok = slack_inbound_from_action(ctx, payload, &in, &e);

	judge_payload(in, ok, ctx, &e, ret);
	if (!ok || !is_nothing(in))
		return;
	ret->kind = FRAME_NOTED;
	ret->in = NULL;
	ret->type = type_of(ctx, payload);
	ret->why = in->why;
}

static const struct frame_type controls[] = {
	{ "hello", judge_hello },
	{ "disconnect", judge_disconnect },
};

static const struct frame_type envelopes[] = {
	{ "events_api", judge_event },
	{ "slash_commands", judge_slash },
	{ "interactive", judge_interactive },
};

static bool judge_as(const struct frame_type *types, size_t n, TALLOC_CTX *ctx,
		     const struct json_object *o, struct frame *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(json_str_or(o, "type", ""), types[i].name) != 0)
			continue;
		types[i].judge(ctx, o, ret);
		return true;
	}
	return false;
}

static void judge_envelope(TALLOC_CTX *ctx, const struct json_object *o, struct frame *ret)
{
	ret->envelope_id = json_str(o, "envelope_id");
	if (!ret->envelope_id || strlen(ret->envelope_id) > ENVELOPE_ID_MAX_BYTES) {
		ret->envelope_id = NULL;
		ret->kind = FRAME_BROKEN;
		ret->why = "a frame without an envelope_id";
		return;
	}
	ret->takes_payload = json_bool_or(o, "accepts_response_payload", false);
	if (judge_as(envelopes, sizeof(envelopes) / sizeof(envelopes[0]), ctx, o, ret))
		return;
	ret->kind = FRAME_NOTED;
	ret->why = "an envelope of an unknown type";
}

void socket_mode_judge(TALLOC_CTX *ctx, const char *text, size_t len,
		       const struct slack_connect *who, struct frame *ret)
{
	struct json_object *o = NULL;
	struct err e;

	(void)who; /* an event's body names the bot */
	*ret = (struct frame){ .kind = FRAME_BROKEN, .type = "", .why = "not a JSON object" };
	if (!json_parse(ctx, text, len, &o, &e)) {
		ret->why = mem_strdup(ctx, e.text);
		return;
	}
	if (!json_object_is_type(o, json_type_object))
		return;
	ret->type = type_of(ctx, o);
	if (!judge_as(controls, sizeof(controls) / sizeof(controls[0]), ctx, o, ret))
		judge_envelope(ctx, o, ret);
}

const char *socket_mode_ack(TALLOC_CTX *ctx, const struct frame *frame, const char *body)
{
	struct json_object *ack = json_new_object(ctx), *payload = NULL;
	struct err ignored;

	json_set_str(ack, "envelope_id", frame->envelope_id);
	const char *bare = mem_strdup(ctx, json_text(ack));
	if (!frame->takes_payload || !*body ||
	    !json_parse(ctx, body, strlen(body), &payload, &ignored))
		return bare;
	json_set(ack, "payload", json_object_get(payload));
	const char *full = json_text(ack);
	return strlen(full) < SOCKET_MODE_ACK_MAX_BYTES ? full : bare;
}

static bool connect_socket(TALLOC_CTX *ctx, const struct bot *bot, int64_t deadline_ms,
			   struct slack_connect *ret, struct err *e)
{
	return slack_connect_socket(ctx, bot->config->slack_api_url, bot->config->slack_app_token,
				    deadline_ms, ret, e);
}

static bool ping(struct ws *ws, int64_t n, int64_t deadline_ms, struct err *e)
{
	(void)n;
	return ws_ping(ws, deadline_ms, e);
}

const struct way socket_mode = {
	.name = "Socket Mode",
	.connect = connect_socket,
	.judge = socket_mode_judge,
	.ping = ping,
};
