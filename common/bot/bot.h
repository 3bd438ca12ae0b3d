/*
 * What every part of the bot needs, made once a process: settings, the queue, the clients. Holds
 * no rule of the product.
 */
#ifndef BOT_BOT_H
#define BOT_BOT_H

#include <talloc.h>

#include "base/err.h"
#include "config/config.h"
#include "looker/api.h"
#include "queue/queue.h"
#include "slack/api.h"

struct catalogue_cache;

struct bot {
	const struct config *config;
	struct queue *queue;
	struct slack_api *slack;
	struct looker **lookers; /* as configured, the first is the default */
	size_t n_lookers;
	struct catalogue_cache *catalogue; /* of bot/catalogue.c */
};

/* Opens the queue and makes the clients; nothing is sent. Errors are queue_open's. */
bool bot_new(TALLOC_CTX *ctx, const struct config *config, struct bot **ret,
	     struct err *e) ERR_MUST_CHECK;

/* After the workers have stopped. NULL is fine. */
void bot_free(struct bot *bot);

/* The lanes: what a job overloads while it asks Looker, and while it posts to Slack. */
char *bot_looker_lane(TALLOC_CTX *ctx, const struct looker *lk);
char *bot_slack_lane(TALLOC_CTX *ctx, const char *channel_id);

#endif
