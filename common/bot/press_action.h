/* A press of a data action's button: one line in the table of job_press.c, and the job that it puts
 * (one in the table of job.c). */
#ifndef BOT_PRESS_ACTION_H
#define BOT_PRESS_ACTION_H

#include "bot/job_run.h"
#include "bot/keys.h"

/* `so_far` is what the job's progress holds of an answer. */
struct job_end press_action(struct job_run *run, const struct slack_inbound *in,
			    const struct reply *so_far, const struct key_meaning *key);

/* Performs the action of a press. */
#define JOB_ACTION "action"
struct job_end job_run_action(struct job_run *run);

#endif
