/*
 * One answer on its way to Slack: where it goes, in which form, what has been tried. It lives in
 * the job's progress, so that any process can take it up.
 */
#ifndef BOT_REPLY_H
#define BOT_REPLY_H

#include "bot/bot.h"
#include "slack/inbound.h"
#include "slack/message.h"

#define REPLY_HOOK_USES_MAX 5				    /* Slack's, for a response_url ... */
#define REPLY_HOOK_LIFE_MS (30 * 60 * 1000LL - 15 * 1000LL) /* ... and 30 minutes, with reserve */

struct reply {
	struct slack_message *message;
	bool private; /* for the asker alone */
	bool hook;    /* through the response_url: posting is refused, or would take long */
	bool doubt;   /* a post was sent and not answered: look before sending again */
	enum slack_form form;
	int hook_uses;
	int tries;
	const char *dead; /* the job ends as a dead letter with this reason once told; or NULL */
};

/* To and from the progress. load: *ret is false in `found` when there is no answer yet. */
char *reply_save(TALLOC_CTX *ctx, const struct reply *r);
bool reply_load(TALLOC_CTX *ctx, const char *progress, size_t len, struct reply *ret,
		bool *ret_found, struct err *e) ERR_MUST_CHECK;

enum reply_result {
	REPLY_DELIVERED,
	REPLY_LATER,  /* try again at when_ms */
	REPLY_FAILED, /* nobody can be reached */
};

struct reply_end {
	enum reply_result result;
	int64_t when_ms;
	bool pause_lane; /* the channel is limited, not only this message */
	char reason[ERR_TEXT_MAX_BYTES];
};

/* Sends once, by the best way that is open; changes what `r` remembers. */
struct reply_end reply_send(TALLOC_CTX *ctx, struct bot *bot, const struct queue_job *job,
			    const struct slack_inbound *in, struct reply *r);

/* Whether the response_url can still be used. */
bool reply_hook_open(const struct queue_job *job, const struct slack_inbound *in,
		     const struct reply *r);

#endif
