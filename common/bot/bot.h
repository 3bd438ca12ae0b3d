/*
 * What every part of the bot needs, made of one reading of the settings: a generation. A request
 * or a job takes the current one and keeps it to its end, so that new settings (SIGHUP) never
 * change anything under way. The host holds what outlives generations: the queue. Neither holds a
 * rule of the product.
 */
#ifndef BOT_BOT_H
#define BOT_BOT_H

#include <talloc.h>

#include "base/err.h"
#include "config/config.h"
#include "looker/api.h"
#include "queue/queue.h"
#include "slack/api.h"

struct bot_host;
struct catalogue_cache;
struct health;
struct store;

/* One generation. Nothing in it changes but what locks inside itself. */
struct bot {
	const struct config *config;
	struct queue *queue; /* the host's */
	struct slack_api *slack;
	struct looker **lookers; /* as configured, the first is the default */
	size_t n_lookers;
	struct store *store;		   /* of store/: where pictures are kept; NULL: in Slack */
	struct catalogue_cache *catalogue; /* of bot/catalogue.c */
	struct health *health;		   /* of bot/health.c */
};

/* Opens the queue and makes the first generation, which takes `config` over; nothing is sent.
 * Errors are queue_open's. */
bool bot_host_new(TALLOC_CTX *ctx, struct config *config, struct bot_host **ret,
		  struct err *e) ERR_MUST_CHECK;

/* Waits for the generations that are out. False: one still is after `wait_ms`, nothing that it uses
 * may be freed. */
bool bot_host_wait(struct bot_host *host, int64_t wait_ms) ERR_MUST_CHECK;

/* When no generation is out any more. NULL is fine. */
void bot_host_free(struct bot_host *host);

struct queue *bot_host_queue(const struct bot_host *host);

/* From now on bot_take gives a new generation, which takes `config` over. The old one goes when its
 * last user drops it. The queue stays as it was opened: see config_keep. One thread at a time. */
void bot_host_change(struct bot_host *host, struct config *config);

/* The current generation, for one request or job; give it back with bot_drop. */
struct bot *bot_take(struct bot_host *host);
/* The same generation once more, for somebody who may need it longer. */
struct bot *bot_hold(struct bot *bot);
void bot_drop(struct bot *bot);

/* The queue beside the programs that work, for the operator's tool. Errors are queue_open's, of a
 * visitor. */
bool bot_visit_queue(TALLOC_CTX *ctx, const struct config *config, struct queue **ret,
		     struct err *e) ERR_MUST_CHECK;

/* The lanes: what a job overloads while it asks Looker, and while it posts to Slack. */
char *bot_looker_lane(TALLOC_CTX *ctx, const struct looker *lk);
char *bot_slack_lane(TALLOC_CTX *ctx, const char *channel_id);

#endif
