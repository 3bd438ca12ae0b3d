/*
 * As whom Looker is asked: as the bot's own account, or, with LOOKERBOT_RUN_AS_ASKER, as the Looker
 * user of the person who asks: the one enabled user whose e-mail address is the confirmed one that
 * Slack has for that person. Nobody else's rights are ever used in their place.
 */
#ifndef BOT_IDENTITY_H
#define BOT_IDENTITY_H

#include "bot/command.h"

struct identity {
	struct looker *lk; /* its calls have those rights; NULL: there is no such user */
	const char *miss;  /* and then why, and what to do, for the asker (mrkdwn) */
	/* Looker's id of the asker's user; NULL: the bot's own account. What was asked for one must
	 * not be kept for another: it is part of the name of whatever is kept. */
	const char *user_id;
	const char *as; /* for the footer: "the bot’s Looker account", "Ada Okafor" */
};

/* For call->in->user_id at one instance. Errors may pass (Looker's and Slack's kinds); what only a
 * person can mend is a miss. ret->lk lives as long as ctx. */
bool identity_looker(TALLOC_CTX *ctx, const struct command_call *call, size_t instance,
		     struct identity *ret, struct err *e) ERR_MUST_CHECK;

/* The miss as an answer: it is about the asker, so nobody else gets it. */
void identity_say_miss(TALLOC_CTX *ctx, const struct identity *id, struct command_answer *ret);

/* "the bot's Looker account", or "your Looker account": whose rights answers have. */
const char *identity_whose(const struct bot *bot);

/* Whether Looker refused what the asker's own rights do not reach: something to tell the asker, no
 * fault that somebody else has to look for. */
bool identity_may_not(const struct identity *id, const struct err *e);

#endif
