/* What the files of intake share. Private to bot/intake*.c. */
#ifndef BOT_INTAKE_PRIVATE_H
#define BOT_INTAKE_PRIVATE_H

#include "bot/intake.h"
#include "bot/modal.h"

/* One item on its way: either answered at once, or with a job to put. */
struct taking {
	TALLOC_CTX *ctx;
	struct bot *bot;
	const struct slack_inbound *in;
	const char *request;
	struct intake_answer *ret;
	struct queue_put put;		/* kind NULL: none */
	const struct modal_state *form; /* of a submission */
};

/* It is not for us: why, for the log. */
void intake_ignore(struct taking *t, const char *why);

/* The answer when the disk did not take it. */
void intake_not_stored(struct taking *t, const struct err *e);

/* Makes the item a job; its keys are the caller's. */
void intake_enqueue(struct taking *t, const char *kind, enum queue_priority priority,
		    const char *lane);

/* --- intake_modal.c --- */

/* Kinds of the table. */
void intake_submit(struct taking *t);
void intake_options(struct taking *t);

/* The answer to a form that was taken down before. */
void intake_sent_already(struct taking *t);

/* What a press waits with; and whether one inside a modal is of a field, not of a link's button. */
enum queue_priority intake_press_priority(const struct slack_inbound *in);
bool intake_of_a_field(const struct slack_inbound *in);

#endif
