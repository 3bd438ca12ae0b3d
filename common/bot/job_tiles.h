/*
 * The ways of a dashboard's tiles: in the thread of their parent, or, where no thread can follow,
 * as lines of the answer itself. Private to job_*.c.
 */
#ifndef BOT_JOB_TILES_H
#define BOT_JOB_TILES_H

#include "bot/job_run.h"
#include "bot/tiles.h"

/* The parent `r` is out and r->ts known: puts the job that posts r->tiles, once for a job. */
bool job_tiles_put(struct job_run *run, const struct slack_inbound *in, const struct reply *r,
		   struct err *e) ERR_MUST_CHECK;

/* The answer goes to the asker alone, or through the response_url: it becomes one message with all
 * tiles in it, the single values asked of Looker, and is sent. */
struct job_end job_tiles_digest(struct job_run *run, const struct slack_inbound *in,
				struct reply *r);

/* Whether `r` is such an answer. */
bool job_tiles_in_one(const struct reply *r);

/* For tiles_tile. */
struct command_call job_tiles_call(const struct job_run *run, const struct slack_inbound *in);

/* In which it is asked; "" when its Looker is no longer configured. */
const char *job_tiles_lane(struct job_run *run, const struct tiles *t);

#endif
