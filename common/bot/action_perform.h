/*
 * An action performed for the person who pressed or filled in its form: with that person's Looker
 * rights where these count, and at most once. Before the call a note goes to the job's progress; a
 * job that is found with the note and without an answer is not performed again, and the person is
 * told that nobody knows.
 */
#ifndef BOT_ACTION_PERFORM_H
#define BOT_ACTION_PERFORM_H

#include "bot/action_offer.h"
#include "bot/job_run.h"
#include "looker/action.h"

enum action_end {
	ACTION_ANSWERED, /* `performed` */
	ACTION_UNKNOWN,	 /* it may have been done, or not */
	ACTION_NOT_DONE, /* nor will it be: `words` say why */
	ACTION_LATER,	 /* `end` is the end of the lease */
};

struct action_outcome {
	enum action_end what;
	struct looker_performed performed;
	const char *words; /* mrkdwn: what the person is told; never NULL unless LATER */
	const char *dead;  /* somebody should know: why (plain); or NULL */
	struct job_end end;
};

/* `values`: name -> text, or NULL. The job moves into the Looker's lane. */
struct action_outcome action_perform(struct job_run *run, const struct slack_inbound *in,
				     const struct action_order *order, struct json_object *values);

/* Whether the job's progress has the note, or Looker's answer: then action_perform calls nothing
 * any more and only says what is known. */
bool action_begun(struct job_run *run);

/* As action_perform, for a job whose time is up: nothing more is called. Never ACTION_LATER. */
struct action_outcome action_forgo(struct job_run *run, const struct slack_inbound *in,
				   const struct action_order *order);

/* The Looker that `order` is of, as the person who is `in`. False: *ret as action_perform has it,
 * ACTION_NOT_DONE or ACTION_LATER. */
bool action_looker(struct job_run *run, const struct slack_inbound *in,
		   const struct action_order *order, struct looker **ret_lk,
		   struct action_outcome *ret);

/* After ACTION_ANSWERED, when Looker says that the data may have changed: the answer is run again,
 * once however often this is called in one job. */
void action_refresh(struct job_run *run, const struct slack_inbound *in,
		    const struct action_order *order);

#endif
