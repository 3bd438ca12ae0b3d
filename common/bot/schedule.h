/*
 * From a schedule that Looker sends to a durable job, and what to answer at once. Nothing here
 * talks to Slack or Looker: names are looked up in the stored directory.
 */
#ifndef BOT_SCHEDULE_H
#define BOT_SCHEDULE_H

#include "bot/bot.h"

enum schedule_place {
	SCHEDULE_CHANNEL, /* public */
	SCHEDULE_GROUP,	  /* private; the same to Slack */
	SCHEDULE_PERSON,
	SCHEDULE_FORM, /* the Action Hub's form says it */
};

struct schedule_item {
	enum schedule_place place;
	const char *name;	/* of the address; a name, an id, or a person's e-mail address */
	const bool *token_of;	/* of each configured Looker: whether its token came along */
	const char *webhook_id; /* or NULL */
	const char *body;
	size_t len;
	const char *request; /* its id */
	int64_t awaited_ms; /* of a data action: unix time until which somebody waits for its end */
};

struct schedule_answer {
	int status;	    /* HTTP; 200 only when it is on disk */
	const char *reason; /* one sentence for the schedule's owner */
	const char *field;  /* of the form, that is wrong; or NULL */
	const char *note;   /* for the log */
	int64_t job;	    /* its id, or 0 */
};

/*
 * Takes one down. What cannot work is refused, with what to do about it: 400 (the body), 401 (the
 * token of another Looker), 404 (no such channel or person), 503 (not stored: to be sent again). A
 * name that the directory may not know yet is waited for, a moment, then accepted: the job tells
 * the schedule's owner. The same webhook id within 24 hours, or without one the same bytes of the
 * same plan within 2 minutes, is answered 200 and not posted again.
 */
void schedule_take(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_item *item,
		   struct schedule_answer *ret);

#endif
