/*
 * Names of channels and people to their ids, for whatever comes with a name (schedules do). Slack's
 * lists are read in the background, once for all processes, hourly and when a name is missing; a
 * request only looks into what is stored.
 */
#ifndef BOT_DIRECTORY_H
#define BOT_DIRECTORY_H

#include "bot/bot.h"

#define DIRECTORY_MAX_AGE_MS (3600 * 1000LL)
#define DIRECTORY_FRESH_MS (60 * 1000LL) /* what is not in it now does not exist */

enum directory_kind { DIRECTORY_CHANNELS, DIRECTORY_PEOPLE, DIRECTORY_KINDS };

struct directory_found {
	const char *id;	     /* NULL: nothing has that name, or several people have */
	size_t n;	     /* how many have it */
	bool open;	     /* there is an id, and the bot may post there, as far as is known */
	int64_t read_ms;     /* unix time at which the reading began; 0: there is none yet */
	const char *problem; /* why this half of it is not complete; or NULL */
};

/*
 * Looks a name up, in any case: a channel's, or a person's user name, e-mail address or display
 * name (the first two go before). ERR_TEMPORARY: the disk.
 */
bool directory_find(TALLOC_CTX *ctx, struct bot *bot, enum directory_kind kind, const char *name,
		    struct directory_found *ret, struct err *e) ERR_MUST_CHECK;

/* Queues a reading when what is stored is older than max_age_ms, and Looker may send something at
 * all (a token is set). Nobody waits; best effort. */
void directory_read_later(struct bot *bot, int64_t max_age_ms);

/* Queues the next reading, in an hour. */
bool directory_read_next(TALLOC_CTX *ctx, struct bot *bot, struct err *e) ERR_MUST_CHECK;

/* One reading in the making, for job_directory.c. */
struct directory_reading {
	int64_t began_ms;
	enum directory_kind kind; /* that is being read; DIRECTORY_KINDS: done */
	const char *cursor;
	size_t pages[DIRECTORY_KINDS];
	const char *problems[DIRECTORY_KINDS];
	bool without_private; /* the scope groups:read is missing */
};

/* Reads and stores the next page, moves on. Errors are Slack's that may pass, and the disk's; what
 * will not pass is a problem of the reading. */
bool directory_read_page(TALLOC_CTX *ctx, struct bot *bot, int64_t deadline_ms,
			 struct directory_reading *r, struct err *e) ERR_MUST_CHECK;

/* The reading becomes what is looked into, unless a later one is; queues the next. */
bool directory_publish(TALLOC_CTX *ctx, struct bot *bot, const struct slack_identity *self,
		       const struct directory_reading *r, struct err *e) ERR_MUST_CHECK;

#endif
