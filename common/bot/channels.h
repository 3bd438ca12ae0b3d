/*
 * What is known of channels: whether somebody outside may read along, and ids that have changed.
 */
#ifndef BOT_CHANNELS_H
#define BOT_CHANNELS_H

#include "bot/bot.h"
#include "slack/inbound.h"

/*
 * NULL when an answer to `in` may be seen by all in its channel; else why only the asker sees it
 * (mrkdwn): it is shared with another company, or Slack does not say. Shared workspaces that are
 * allowed (ALLOW_SLACK_SHARED_WORKSPACES) and direct messages with the bot are not asked about.
 * conversations.info is kept for ten minutes for all processes.
 */
const char *channels_guard(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
			   const struct slack_inbound *in);

bool channels_forget(struct bot *bot, const char *channel_id, struct err *e) ERR_MUST_CHECK;

/* From now on `old_id` stands for `new_id`: in jobs that are stored, and in those to come. */
bool channels_moved(struct bot *bot, const char *old_id, const char *new_id,
		    struct err *e) ERR_MUST_CHECK;

/* The id that the channel has today; `id` itself when none else is known. */
const char *channels_today(TALLOC_CTX *ctx, struct bot *bot, const char *id);

/* Whether LOOKERBOT_UNFURL_OFF names the channel, by this id or today's. */
bool channels_links_off(TALLOC_CTX *ctx, struct bot *bot, const char *id);

#endif
