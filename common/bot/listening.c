/*
 * The relay's state as one JSON value in the state table, what Slack says of the token and of
 * events that it leaves out, and what all that means for somebody who asks whether the bot hears.
 * It asks nobody: a relay that is silent is one whose value has expired.
 */
#include "bot/listening.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"

#define KEY "relay"
#define TTL_MS 15000
#define KEY_REVOKED "slack:revoked"
#define KEY_LIMITED "slack:limited"
#define REVOKED_MS (7 * 24 * 3600 * 1000LL)
#define LIMITED_MS (2 * 60 * 1000LL)

#define WAY_SOCKET "Socket Mode"
#define WAY_RTM "RTM"

static const char *const names[LISTENING_STATES] = {
	[LISTENING_SILENT] = "silent",
	[LISTENING_CONNECTING] = "connecting",
	[LISTENING_OPEN] = "open",
	[LISTENING_REFUSED] = "refused",
	[LISTENING_NOT_NEEDED] = "not_needed",
};

bool listening_tell(TALLOC_CTX *ctx, struct bot *bot, const struct listening *l, struct err *e)
{
	struct json_object *o = json_new_object(ctx);

	if (l->state == LISTENING_SILENT)
		return queue_state_set(bot->queue, KEY, NULL, 0, 0, e);
	json_set_str(o, "state", names[l->state]);
	json_set_str(o, "way", l->way);
	json_set_str(o, "reason", l->reason);
	json_set_int(o, "since_ms", l->since_ms);
	json_set_int(o, "connections", l->connections);
	json_set_int(o, "elsewhere", l->elsewhere);
	const char *text = json_text(o);
	return queue_state_set(bot->queue, KEY, text, strlen(text), clock_now_ms() + TTL_MS, e);
}

static enum listening_state state_of(const char *name)
{
	for (int i = 0; i < LISTENING_STATES; i++)
		if (strcmp(names[i], name) == 0)
			return (enum listening_state)i;
	return LISTENING_SILENT;
}

bool listening_get(TALLOC_CTX *ctx, struct bot *bot, struct listening *ret, struct err *e)
{
	struct json_object *o = NULL;
	char *text = NULL;
	size_t len = 0;

	if (!queue_state_get(bot->queue, ctx, KEY, &text, &len, e))
		return false;
	if (text && !json_parse(ctx, text, len, &o, e))
		return false;
	*ret = (struct listening){
		.state = state_of(json_str_or(o, "state", "silent")),
		.way = json_str(o, "way"),
		.reason = json_str(o, "reason"),
		.since_ms = json_int_or(o, "since_ms", 0),
		.connections = json_int_or(o, "connections", 0),
		.elsewhere = json_int_or(o, "elsewhere", 0),
	};
	return true;
}

static bool has_http(const struct config *c)
{
	return c->slack_signing_secrets[0] || c->slack_slash_tokens[0];
}

/* What the relay does not hear; NULL when it is not needed or listens. */
static const char *deaf_reason(TALLOC_CTX *ctx, struct bot *bot)
{
	const struct config *c = bot->config;
	struct listening l;
	struct err e;

	if (!c->slack_app_token && has_http(c))
		return NULL;
	if (!listening_get(ctx, bot, &l, &e))
		return mem_printf(ctx, "The relay's state cannot be read: %s.", e.text);
	const char *way = l.way ? l.way : c->slack_app_token ? WAY_SOCKET : WAY_RTM;
	switch (l.state) {
	case LISTENING_OPEN:
		return NULL;
	case LISTENING_REFUSED:
		return mem_printf(ctx, "%s is refused: %s", way, l.reason ? l.reason : "");
	case LISTENING_CONNECTING:
		return mem_printf(ctx,
				  "%s is not connected for %lld s, and Slack's messages do not "
				  "come in; lookerbot-relay keeps trying (%s).",
				  way, (long long)(clock_now_ms() - l.since_ms) / 1000,
				  l.reason ? l.reason : "it has just begun");
	case LISTENING_NOT_NEEDED: /* it has older settings than we */
	case LISTENING_SILENT:
	case LISTENING_STATES:
		break;
	}
	return mem_printf(ctx,
			  "Slack's messages come by %s, but nothing is heard of lookerbot-relay: "
			  "start it, or look at its log.",
			  way);
}

static bool is_set(TALLOC_CTX *ctx, struct bot *bot, const char *key)
{
	char *value = NULL;
	size_t len = 0;
	struct err ignored;

	return queue_state_get(bot->queue, ctx, key, &value, &len, &ignored) && value;
}

static bool set(struct bot *bot, const char *key, int64_t ms, struct err *e)
{
	return queue_state_set(bot->queue, key, "1", 1, clock_now_ms() + ms, e);
}

bool listening_note_revoked(struct bot *bot, struct err *e)
{
	return set(bot, KEY_REVOKED, REVOKED_MS, e);
}

bool listening_note_limited(struct bot *bot, struct err *e)
{
	return set(bot, KEY_LIMITED, LIMITED_MS, e);
}

bool listening_is_revoked(TALLOC_CTX *ctx, struct bot *bot)
{
	return is_set(ctx, bot, KEY_REVOKED);
}

/* When it cannot be written, the next good auth.test does it. */
void listening_end_revoked(struct bot *bot)
{
	struct err e;

	if (!queue_state_set(bot->queue, KEY_REVOKED, NULL, 0, 0, &e))
		log_debug("still_revoked", LOG_S("reason", e.text));
}

const char *listening_reason(TALLOC_CTX *ctx, struct bot *bot)
{
	const char *deaf = deaf_reason(ctx, bot);
	char *all = mem_strdup(ctx, deaf ? deaf : "");

	if (listening_is_revoked(ctx, bot))
		mem_appendf(&all,
			    "%sThe app was removed from the workspace or its token revoked: "
			    "the app's owner can install it again and set the new "
			    "SLACK_API_KEY.",
			    *all ? " " : "");
	if (is_set(ctx, bot, KEY_LIMITED))
		mem_appendf(&all,
			    "%sSlack leaves out events of this app, because there were more "
			    "than it allows in an hour.",
			    *all ? " " : "");
	return *all ? all : NULL;
}
