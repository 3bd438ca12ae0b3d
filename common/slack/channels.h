/* What Slack knows of a channel (conversations.info), and ways into one. */
#ifndef SLACK_CHANNELS_H
#define SLACK_CHANNELS_H

#include "slack/api.h"

struct slack_channel {
	const char *name; /* NULL for direct messages */
	bool im, private;
	bool ext_shared;	 /* with another company */
	bool ext_shared_pending; /* another company is invited */
};

/* ERR_NOT_FOUND: channel_not_found, also for private ones without the bot; ERR_FORBIDDEN: a scope
 * is missing (the text names it). */
bool slack_channels_info(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *channel_id, struct slack_channel *ret,
			 struct err *e) ERR_MUST_CHECK;

/* conversations.open: the id of the bot's direct messages with that person. */
bool slack_channels_open(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *user_id, const char **ret, struct err *e) ERR_MUST_CHECK;

/* conversations.join: the bot is a member from now on, or was one. Public channels only, with the
 * scope channels:join. */
bool slack_channels_join(TALLOC_CTX *ctx, const struct slack_api *api, int64_t deadline_ms,
			 const char *channel_id, struct err *e) ERR_MUST_CHECK;

#endif
