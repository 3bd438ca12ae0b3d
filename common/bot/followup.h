/*
 * What somebody writes to take an answer further, in the bot's direct messages or, to a mention, in
 * the thread of the answer:
 *
 *	csv, xlsx, pdf, picture, again       words, in any order, any case
 *	region=EMEA period="last 30 days"    values as after a command (bot/filters.h), by name
 *	region=EMEA csv                      both
 *
 * And what the last answer there was: a key of bot/offers.h, in the state table for 30 days.
 */
#ifndef BOT_FOLLOWUP_H
#define BOT_FOLLOWUP_H

#include "bot/job_run.h"

enum followup_word {
	FOLLOWUP_CSV,
	FOLLOWUP_XLSX,
	FOLLOWUP_PDF,
	FOLLOWUP_PICTURE,
	FOLLOWUP_AGAIN,
	FOLLOWUP_WORDS
};

struct followup {
	bool words[FOLLOWUP_WORDS];
	const char *values; /* as they were typed, without the words; "" */
	const char *name;   /* before the first '='; NULL without values */
	bool doubtful; /* the name has blanks: "sals region=EMEA" may be a command with its value */
};

/* Pure. False: it is something else. `text` is slack_inbound_clean's. A word in quotes is no word,
 * and a value with such a word in it has to stand in quotes. */
bool followup_read(TALLOC_CTX *ctx, const char *text, struct followup *ret);

/* The action_id of the button that does what the word says; NULL: "again". */
const char *followup_action(enum followup_word word);

/* The answer `r` is out: it is the last one there. One that only its asker sees is the last one for
 * that person; for all others the one before stays it. */
void followup_note(struct job_run *run, const struct slack_inbound *in, const struct reply *r);

/* The key of the last answer where `in` was written, for that person; *ret is NULL when there is
 * none. */
bool followup_last(TALLOC_CTX *ctx, struct bot *bot, const struct slack_inbound *in,
		   const char **ret, struct err *e) ERR_MUST_CHECK;

#endif
