/*
 * Whether the bot can do its work now, for load balancers and alarms. What other hosts are asked
 * is asked in the background, at most once a minute and only when somebody wants to know; nobody
 * waits longer than a moment for it.
 */
#ifndef BOT_HEALTH_H
#define BOT_HEALTH_H

#include "bot/bot.h"

struct health *health_new(struct bot *bot);
void health_free(struct health *health);

/* NULL: this process's queue takes writes (tried at most once a second); else a sentence. */
const char *health_queue_reason(TALLOC_CTX *ctx, struct bot *bot);

/* All that is wrong, a sentence each, without secrets; NULL at the end. */
const char **health_reasons(TALLOC_CTX *ctx, struct bot *bot);

#endif
