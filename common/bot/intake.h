/*
 * From an authenticated request to a durable job, and what to answer at once. Nothing here talks
 * to Slack or Looker.
 */
#ifndef BOT_INTAKE_H
#define BOT_INTAKE_H

#include "bot/bot.h"
#include "slack/inbound.h"

struct intake_answer {
	int status;	  /* HTTP */
	const char *body; /* JSON, or "" */
	const char *note; /* for the log: "stored", "duplicate", "refused", "not stored: why" */
	int64_t job;	  /* its id, or 0 */
};

/* `request` is the request's id: it goes with the job, and into the log's and people's errors.
 * Never fails: what cannot be taken down is answered in words (Slack shows people only answers
 * with status 200). When it says "stored", the job is on disk. */
void intake_slash(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		  const char *request, struct intake_answer *ret);

#endif
