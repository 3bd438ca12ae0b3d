/*
 * What the kinds of jobs (job_*.c) share: the run of one, the ends of its lease (job.c), and its
 * answer on the way to Slack (job_answer.c). Private to them.
 */
#ifndef BOT_JOB_RUN_H
#define BOT_JOB_RUN_H

#include "base/spool.h"
#include "bot/job.h"
#include "bot/reply.h"

struct job_run {
	TALLOC_CTX *ctx;
	struct bot *bot;
	struct loading *loading;
	const struct queue_job *job;
	const char *lane; /* that it holds now */
	const atomic_bool *stop;
	int64_t deadline_ms;
	const char *request; /* id of the request that it came of, or NULL */
};

/* The kinds, in the table of job.c. Each runs a leased job to the end of its lease. */
struct job_end job_run_command(struct job_run *run);
struct job_end job_run_links(struct job_run *run);
struct job_end job_run_press(struct job_run *run);
struct job_end job_run_submit(struct job_run *run);
struct job_end job_run_share(struct job_run *run);
struct job_end job_run_tiles(struct job_run *run);
struct job_end job_run_event(struct job_run *run);
struct job_end job_run_catalogue(struct job_run *run);
struct job_end job_run_directory(struct job_run *run);
struct job_end job_run_schedule(struct job_run *run);
struct job_end job_run_picture(struct job_run *run);

/* The job's body as it was put by intake, its channel by today's id; sets run->request. */
bool job_read_inbound(struct job_run *run, struct slack_inbound **ret,
		      struct err *e) ERR_MUST_CHECK;

/* The body up to `last` and a little more, or all of it. One that did not come with the lease
 * (queue.h) is in run->ctx then. The disk's errors. */
#define JOB_BODY_ALL (-1)
bool job_body(struct job_run *run, int last, const char **ret, size_t *ret_len,
	      struct err *e) ERR_MUST_CHECK;
/* The end of a lease whose body could not be had: later where the disk may be well again. */
struct job_end job_body_lost(struct job_run *run, const struct err *e);
/* What stands in it from `from` on, without having it in memory. Also spool.h's errors. */
bool job_body_copy(struct job_run *run, size_t from, struct spool *to,
		   struct err *e) ERR_MUST_CHECK;

/* Ends of a lease: kept trying while the disk is full, since the work is done. */
struct job_end job_end_done(struct job_run *run, const char *reason);
struct job_end job_end_dead(struct job_run *run, const char *reason);
struct job_end job_end_later(struct job_run *run, int64_t when_ms, const char *reason);
/* Later, and so are all behind it in its lane. */
struct job_end job_end_hold(struct job_run *run, int64_t until_ms, const char *reason);
/* A step is done and all is well: the next one when whatever is due now has had its turn. */
struct job_end job_end_next(struct job_run *run, const char *reason);

/* Stores progress; with a lane the job moves there. False: the lease is gone (lane full), and
 * job_end_waits is what came of it. */
bool job_keep(struct job_run *run, const char *progress, const char *lane);
struct job_end job_end_waits(const char *lane);

/* An error that may pass, within a command's tries and two minutes: when to try again. */
bool job_may_try_again(const struct job_run *run, const struct err *e, int64_t *ret_when_ms);

/* Stores the answer and sends it: now, or when its channel's turn comes. */
struct job_end job_tell(struct job_run *run, const struct slack_inbound *in, struct reply *r);

/* Sends what is stored. */
struct job_end job_deliver(struct job_run *run, const struct slack_inbound *in, struct reply *r);

/* Ends a job that will not be carried out: the asker is told why, then it is dead. `so_far`: what
 * is known of its loading text. */
struct job_end job_bury(struct job_run *run, const struct slack_inbound *in,
			const struct reply *so_far, const char *reason);

/* Later. What is known of the loading text stays with the job. */
struct job_end job_ask_later(struct job_run *run, const struct reply *so_far, int64_t when_ms,
			     const char *why);

/* Whether the person may not ask, or Slack cannot say it now: then *ret is the end of the lease.
 * Where an answer waits already, what Slack cannot say now does not hold it up. */
bool job_turned_away(struct job_run *run, const struct slack_inbound *in,
		     const struct reply *so_far, struct job_end *ret);

/* Whether help and errors are for the asker alone. Who wrote to the bot for all to read is answered
 * for all to read. */
bool job_speaks_aside(const struct slack_inbound *in);

/* Where people of another company may read along, only the asker gets the answer, and is told why;
 * one that may be shared gets a button for it. */
void job_guard(struct job_run *run, const struct slack_inbound *in, struct reply *r,
	       bool may_share);

/* A command's whole way, for `in` in place of the job's own: also what a button runs again. */
struct job_end job_ask(struct job_run *run, const struct slack_inbound *in);

#endif
