/* What the buttons below an answer share. Private to offers.c, job_offer.c, press_refresh.c,
 * press_picture.c and cmd_followup.c. */
#ifndef BOT_OFFERS_PRIVATE_H
#define BOT_OFFERS_PRIVATE_H

#include "bot/offers.h"

#define OFFERS_OLD "That button is too old: please run it again."

/* The body of a key. */
struct json_object *offers_save(const struct showing *s);

/* A word to the presser alone (mrkdwn), as the end of the job. What was said before is said again.
 */
struct job_end offers_say(struct job_run *run, const struct slack_inbound *in,
			  const struct reply *so_far, const char *mrkdwn);

/* That the answer has nothing of that kind ("rows of its own"). */
struct job_end offers_say_none(struct job_run *run, const struct slack_inbound *in,
			       const struct reply *so_far, const struct offers_answer *a,
			       const char *what);

/* Its Looker is no longer configured. */
void offers_say_gone(TALLOC_CTX *ctx, const struct offers_answer *a, struct command_answer *ret);

/* Sets going what in->action_id says, as a job of its own in its Looker's lane, once for a double
 * press. */
struct job_end offers_put(struct job_run *run, const struct slack_inbound *in,
			  const struct reply *so_far, const struct offers_answer *a);

/* The work of those jobs, in the Looker's lane: `call` is the presser's. */
struct job_end press_refresh(struct job_run *run, const struct command_call *call,
			     const struct reply *so_far, const struct offers_answer *a);
struct job_end press_picture(struct job_run *run, const struct command_call *call,
			     const struct reply *so_far, const struct offers_answer *a);

/* Where the answer to such a press goes, in front of all or in private: below the answer, if that
 * can be; `in` itself where it is all the same. */
const struct slack_inbound *press_picture_place(TALLOC_CTX *ctx, const struct slack_inbound *in,
						bool private);

#endif
