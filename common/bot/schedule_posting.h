/*
 * One delivery on its way, as its job sees it: what job_schedule.c (where, when, the message),
 * schedule_file.c (a file) and schedule_failed.c (who is told that it failed) share. Private to
 * them.
 */
#ifndef BOT_SCHEDULE_POSTING_H
#define BOT_SCHEDULE_POSTING_H

#include "bot/job_run.h"
#include "bot/schedule_job.h"

#define POSTING_CALL_MS (30 * 1000LL) /* for one call of Slack's */

struct posting {
	struct job_run *run;
	struct schedule_job job;
	struct slack_inbound in; /* what reply.c wants to know of a conversation */
	struct reply reply;
	size_t file_at;	      /* where in the job's body its file begins, if it has one */
	const char *to;	      /* the conversation's id; NULL: not known yet */
	const char *file;     /* Slack's id of the uploaded file, or NULL */
	const char *failed;   /* it will not be posted, and why; or NULL ... */
	bool telling;	      /* ... and `to` is whoever is told, `reply` the notice */
	const char *meant;    /* while it is told: where it should have gone, if that is known */
	bool in_place;	      /* told there, since the owner is not known or not reached */
	const char *no_owner; /* why that is; or NULL */
	int64_t down_ms;      /* unix: since then Slack fails it; 0: it does not */
};

TALLOC_CTX *posting_ctx(const struct posting *p);

/* All of it, for the job's progress. */
const char *posting_progress(struct posting *p);

/* The ends of a lease: later; an error of Slack's on the way (later, as long as it may pass and
 * there is time); never. */
struct job_end posting_later(struct posting *p, int64_t when_ms, const char *why);
/* The same after an error of Slack's: when that is nothing of this delivery, those behind it in its
 * channel wait, too, so that they come in the order in which Looker sent them. */
struct job_end posting_again(struct posting *p, int64_t when_ms, const char *why, bool limited);
struct job_end posting_stumble(struct posting *p, const struct err *e);
struct job_end posting_give_up(struct posting *p, const char *why);

/* It is out. */
struct job_end posting_done(struct posting *p, const char *reason);

/* The message that stands in p->reply, to p->to. */
struct job_end posting_send(struct posting *p);
/* The delivery's own message, or a note why the file is not there (mrkdwn). */
struct job_end posting_post(struct posting *p, const char *note);
/* The delivery's file. */
struct job_end posting_send_file(struct posting *p);

/* It has failed: somebody is told. What came of telling ends the job. */
struct job_end posting_tell(struct posting *p);
struct job_end posting_told(struct posting *p);
struct job_end posting_not_told(struct posting *p, const char *why);

#endif
