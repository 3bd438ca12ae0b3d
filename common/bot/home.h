/*
 * What the bot says of itself without being asked: the App Home, and the greeting in a channel that
 * it came into. Pure but for listening, which is read by the caller.
 */
#ifndef BOT_HOME_H
#define BOT_HOME_H

#include "bot/catalogue.h"
#include "bot/listening.h"
#include "slack/message.h"
#include "slack/views.h"

struct home_about {
	struct bot *bot;
	const struct catalogue *catalogue;
	const char *self; /* the bot's user id; NULL when it is not known */
	struct listening listening;
	/* of whoever opens the App Home, and of nobody else */
	const struct queue_job *deliveries;
	size_t n_deliveries;
};

/* How to ask, how the bot is connected, the commands with examples, who can mend what. Commands
 * that do not fit are counted. */
struct slack_view *home_view(TALLOC_CTX *ctx, const struct home_about *about);

/* For somebody who may not ask. `why` is mrkdwn. */
struct slack_view *home_closed(TALLOC_CTX *ctx, const char *why);

struct slack_message *home_greeting(TALLOC_CTX *ctx, const struct home_about *about);

#endif
