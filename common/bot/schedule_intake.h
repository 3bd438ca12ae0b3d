/* What the intake of deliveries shares: webhooks of schedules (schedule.c), data actions
 * (hub_action.c), where either goes (schedule_place.c). Private to them. */
#ifndef BOT_SCHEDULE_INTAKE_H
#define BOT_SCHEDULE_INTAKE_H

#include "bot/schedule.h"
#include "bot/schedule_job.h"

/* One of them being taken down: what is known of it, and the answer in the making. */
struct schedule_taking {
	TALLOC_CTX *ctx;
	struct bot *bot;
	const struct schedule_item *item;
	struct schedule_answer *ret;
	struct schedule_job job;
	bool waits; /* somebody does, for the end of it */
};

/* Fills the answer; always returns false. `field`: the form's field that is wrong, or NULL. */
bool schedule_refuse(struct schedule_taking *t, int status, const char *field, const char *reason);

/* Whose it is: the Looker of that address (NULL: any), whose token must have come along. */
bool schedule_choose_looker(struct schedule_taking *t, const char *address);

/* Where it goes: a name as `kind` has it, looked up in the directory; a name that may be new is
 * waited for, a moment. Fills name, person and id of the job. */
bool schedule_choose_place(struct schedule_taking *t, enum schedule_place kind, const char *given);

/* Stores the job, unless the same came before. */
void schedule_put(struct schedule_taking *t);

#endif
