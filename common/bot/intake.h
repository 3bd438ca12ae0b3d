/*
 * From an authenticated request or frame to a durable job, and what to answer at once. Nothing here
 * talks to Slack or Looker.
 */
#ifndef BOT_INTAKE_H
#define BOT_INTAKE_H

#include "bot/bot.h"
#include "slack/inbound.h"

struct intake_item {
	const struct slack_inbound *in;
	const char *request; /* its id: goes with the job, into the log's and people's errors */
};

struct intake_answer {
	int status;	  /* HTTP; 503: not stored, and Slack will send it again */
	const char *body; /* JSON, or "" */
	const char *note; /* for the log: "stored", "duplicate", "refused", "noted" (no job is
			     needed), "options", "sent back with its faults", "ignored: why",
			     "not stored: why" */
	int64_t job;	  /* its id, or 0 */
};

/*
 * Takes n of them down in one commit; ret[i] belongs to items[i]. Never fails: what cannot be taken
 * down is a 503 for events, which Slack sends again, and for presses, at which Slack shows a
 * warning sign (it reads no body of theirs); who typed a command gets a sentence with status 200.
 * When it says "stored", the job is on disk.
 *
 * A text longer than SLACK_TEXT_MAX_CHARS is refused at once when it is a slash command's. Of a
 * message it goes on, cut to one character more than that: the job tells.
 */
void intake_take(TALLOC_CTX *ctx, struct bot *bot, const struct intake_item *items, size_t n,
		 struct intake_answer *ret);

#endif
