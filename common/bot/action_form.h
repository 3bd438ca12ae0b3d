/* The form of a data action that asks for values: from the press to Looker's answer in the modal.
 * One line in the table of modal.c. */
#ifndef BOT_ACTION_FORM_H
#define BOT_ACTION_FORM_H

#include "bot/action_offer.h"
#include "bot/modal.h"

#define ACTION_FORM_KIND "action"

/* Opens it for the presser, to the end of the lease. */
struct job_end action_form_open(struct job_run *run, const struct slack_inbound *in,
				const struct action_order *order);

/* bot/modal.h's handlers. */
struct job_end action_form_submit(struct job_run *run, const struct slack_inbound *in,
				  const struct modal_state *state);
struct job_end action_form_refetch(struct job_run *run, const struct slack_inbound *in,
				   const struct modal_state *state);
bool action_form_begun(struct job_run *run, const struct reply *so_far);

#endif
