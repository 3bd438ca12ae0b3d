/*
 * Where an answer may be read by all. Slack's facts are kept for ten minutes; what it does not tell
 * is asked again each time, so that an /invite works at once. Old ids of channels are followed for
 * thirty days.
 */
#include "bot/channels.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "slack/channels.h"
#include "slack/mrkdwn.h"

#define CHANNEL_MS (10 * 60 * 1000LL)
#define ALIAS_MS (30 * 24 * 3600 * 1000LL)
#define ALIAS_CHAIN_MAX 8
#define CALL_DEADLINE_MS (10 * 1000LL)

#define ONLY_YOU "Only you can see this, because "
#define S_SHARED ONLY_YOU "this channel is shared with another company."
#define S_PENDING ONLY_YOU "another company is invited to this channel."
#define S_HIDDEN                                                                                   \
	ONLY_YOU "I am not in this channel, and Slack does not tell me whether another company "   \
		 "reads along. /invite me, and I answer for all."
#define S_HIDDEN_IM ONLY_YOU "I am not part of this conversation, and cannot tell who reads along."

static char *channel_key(TALLOC_CTX *ctx, const char *channel_id)
{
	return mem_printf(ctx, "channel:%s", channel_id);
}

static char *alias_key(TALLOC_CTX *ctx, const char *channel_id)
{
	return mem_printf(ctx, "alias:%s", channel_id);
}

static bool recall(TALLOC_CTX *ctx, struct bot *bot, const char *channel_id,
		   struct slack_channel *ret)
{
	struct json_object *o;
	char *value = NULL;
	size_t len = 0;
	struct err e;

	if (!queue_state_get(bot->queue, ctx, channel_key(ctx, channel_id), &value, &len, &e) ||
	    !value || !json_parse(ctx, value, len, &o, &e))
		return false;
	/* What it does not say counts as shared. */
	*ret = (struct slack_channel){
		.name = mem_strdup(ctx, json_str(o, "name")),
		.im = json_bool_or(o, "im", false),
		.private = json_bool_or(o, "private", false),
		.ext_shared = json_bool_or(o, "ext_shared", true),
		.ext_shared_pending = json_bool_or(o, "ext_shared_pending", false),
	};
	return true;
}

/* A hint: when it cannot be written, Slack is asked again. */
static void remember(TALLOC_CTX *ctx, struct bot *bot, const char *channel_id,
		     const struct slack_channel *c)
{
	struct json_object *o = json_new_object(ctx);
	struct err e;

	json_set_str(o, "name", c->name);
	json_set_bool(o, "im", c->im);
	json_set_bool(o, "private", c->private);
	json_set_bool(o, "ext_shared", c->ext_shared);
	json_set_bool(o, "ext_shared_pending", c->ext_shared_pending);
	const char *value = json_text(o);
	if (!queue_state_set(bot->queue, channel_key(ctx, channel_id), value, strlen(value),
			     clock_now_ms() + CHANNEL_MS, &e))
		log_debug("channel_not_remembered", LOG_S("reason", e.text));
}

static bool facts(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms, const char *channel_id,
		  struct slack_channel *ret, struct err *e)
{
	int64_t own_ms = clock_deadline_ms(CALL_DEADLINE_MS);

	if (recall(ctx, bot, channel_id, ret))
		return true;
	if (!slack_channels_info(ctx, bot->slack, own_ms < deadline_ms ? own_ms : deadline_ms,
				 channel_id, ret, e))
		return false;
	remember(ctx, bot, channel_id, ret);
	return true;
}

static const char *say_unknown(TALLOC_CTX *ctx, const struct err *e)
{
	char *text = mem_strdup(ctx, ONLY_YOU "Slack does not tell me whether another company "
					      "reads along here: ");

	mrkdwn_add_text(&text, e->text);
	return text;
}

const char *channels_guard(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
			   const struct slack_inbound *in)
{
	struct slack_channel c;
	struct err e;

	if (bot->config->allow_shared_workspaces || in->kind == SLACK_INBOUND_DM)
		return NULL;
	if (in->shared)
		return S_SHARED;
	if (!facts(ctx, bot, deadline_ms, in->channel_id, &c, &e)) {
		if (e.kind != ERR_NOT_FOUND)
			return say_unknown(ctx, &e);
		return in->channel_id[0] == 'D' ? S_HIDDEN_IM : S_HIDDEN;
	}
	if (c.ext_shared)
		return S_SHARED;
	return c.ext_shared_pending ? S_PENDING : NULL;
}

bool channels_forget(struct bot *bot, const char *channel_id, struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	bool ok = queue_state_set(bot->queue, channel_key(tmp, channel_id), NULL, 0, 0, e);

	talloc_free(tmp);
	return ok;
}

bool channels_moved(struct bot *bot, const char *old_id, const char *new_id, struct err *e)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	/* A channel that gets an id back has only that one again: no circle. */
	bool ok = strcmp(old_id, new_id) == 0 ||
		  (queue_state_set(bot->queue, alias_key(tmp, new_id), NULL, 0, 0, e) &&
		   queue_state_set(bot->queue, alias_key(tmp, old_id), new_id, strlen(new_id),
				   clock_now_ms() + ALIAS_MS, e) &&
		   channels_forget(bot, old_id, e) && channels_forget(bot, new_id, e));

	talloc_free(tmp);
	return ok;
}

const char *channels_today(TALLOC_CTX *ctx, struct bot *bot, const char *id)
{
	const char *today = mem_strdup(ctx, id);
	struct err e;

	for (int i = 0; i < ALIAS_CHAIN_MAX; i++) {
		char *next = NULL;
		size_t len = 0;

		if (!queue_state_get(bot->queue, ctx, alias_key(ctx, today), &next, &len, &e) ||
		    !next)
			break;
		today = next;
	}
	return today;
}

/* `list`: ids with blanks, commas or semicolons between them. */
static bool is_listed(const char *list, const char *id)
{
	static const char separators[] = " \t,;";
	size_t len;

	for (; *list; list += len) {
		list += strspn(list, separators);
		len = strcspn(list, separators);
		if (len > 0 && len == strlen(id) && strncmp(list, id, len) == 0)
			return true;
	}
	return false;
}

bool channels_links_off(TALLOC_CTX *ctx, struct bot *bot, const char *id)
{
	const char *list = bot->config->unfurl_off;

	return list && (is_listed(list, id) || is_listed(list, channels_today(ctx, bot, id)));
}
