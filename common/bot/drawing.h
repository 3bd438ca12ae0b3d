/*
 * The job of one picture while a worker has it: private to job_picture.c (Looker draws it),
 * picture_keep.c and picture_store.c (where it is kept) and drawing.c (the ends of a step).
 */
#ifndef BOT_DRAWING_H
#define BOT_DRAWING_H

#include "base/spool.h"
#include "bot/picture.h"

#define DRAWING_CALL_DEADLINE_MS (30 * 1000LL)
#define DRAWING_TRIES_MAX 5 /* of one step */

struct drawing {
	struct job_run *run;
	const struct slack_inbound *in;
	struct picture_task task;
	struct picture_state state;
	struct reply reply;
};

struct bot *drawing_bot(const struct drawing *d);

/* Stores the progress in `lane`, now or when it has room. False: the lease is gone. */
bool drawing_keep_in(struct drawing *d, const char *lane);

/* The next step after `ms`. */
struct job_end drawing_wait(struct drawing *d, int64_t ms, const char *why);

/* Puts `m` into the text answer's place, or behind it where nobody can change that. */
struct job_end drawing_place(struct drawing *d, struct slack_message *m);

/* There will be no picture: the answer says why. */
struct job_end drawing_fail(struct drawing *d, const char *why);

/* The step failed: once more later, or never. */
struct job_end drawing_again(struct drawing *d, const struct err *e);

/* The bytes are there: whoever keeps pictures gets them. */
struct job_end picture_keep(struct drawing *d, const struct looker_picture *p);

/* The PDF is there: it is shared as a file, and then as below. */
struct job_end picture_file(struct drawing *d, const struct spool *spool);

/* Slack cannot read what the store has (d->state.url): the picture goes to Slack itself. */
struct job_end picture_keep_in_slack(struct drawing *d);

/* Puts the bytes into the store that is configured: d->state.url. False: there is none, or
 * d->state.no_store says why it takes nothing now; both are remembered for others. */
bool picture_store(struct drawing *d, const struct looker_picture *p);
/* Slack could not read d->state.url. */
void picture_store_not_shown(struct drawing *d);

/* A file for Slack, and how it is told of it once it has the bytes. */
struct drawing_file {
	const char *name;
	int fd;
	size_t bytes;
	bool (*complete)(struct drawing *d, struct err *e);
};

/* Sends it, and goes on as below. What was sent and not answered is looked for before it is sent
 * again. */
struct job_end picture_keep_upload(struct drawing *d, const struct drawing_file *file);

/* Goes on with a file that Slack has been told of (d->state.file). */
struct job_end picture_keep_on(struct drawing *d);

#endif
