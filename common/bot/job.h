/*
 * Carrying out jobs: one const table of kinds. A job asks first (in its Looker's lane), stores the
 * rendered answer, then posts it (in its channel's lane): Slack's bad hour does not run Looker
 * again. All decisions about retries and dead letters are made here.
 */
#ifndef BOT_JOB_H
#define BOT_JOB_H

#include <stdatomic.h>

#include "bot/bot.h"

#define JOB_COMMAND "command"
#define JOB_LINKS "links"
#define JOB_PRESS "press"
#define JOB_SUBMIT "submit" /* of a form (bot/modal.h) */
#define JOB_SHARE "share"   /* what a press has set going: an answer is shown to all */
#define JOB_TILES "tiles"   /* of a dashboard whose parent message is out */
#define JOB_EVENT "event"   /* App Home, a channel joined */
#define JOB_CATALOGUE "catalogue"
#define JOB_DIRECTORY "directory"
#define JOB_SCHEDULE "schedule" /* what Looker sends by itself */
#define JOB_PICTURE "picture"	/* what an answer has set going: its picture takes its place */

/* In a job's body: the id of the request that it came of. */
#define JOB_REQUEST "request"

#define JOB_DEADLINE_MS (10 * 60 * 1000LL)

/* How a lease ended, for the log. */
struct job_end {
	const char *event;   /* job_done, job_later, job_dead, job_waits (for its lane) */
	const char *reason;  /* or "" */
	const char *request; /* id of the request that it came of, or NULL */
};

struct loading;

/* Runs a leased job to the end of its lease; it never fails: what goes wrong is in the queue. When
 * the queue itself cannot be written, it tries again until `*stop` is set. `loading` shows that
 * Looker is asked; NULL: nothing does. */
struct job_end job_run(TALLOC_CTX *ctx, struct bot *bot, struct loading *loading,
		       const struct queue_job *job, const atomic_bool *stop);

/* " (request 8e3a952d)" for the end of an error that a person sees, who can name it to the bot's
 * owner; "" without a request. */
char *job_request_hint(TALLOC_CTX *ctx, const char *request);

#endif
