/* The owner of a schedule that could not be posted. Private to job_schedule.c. */
#ifndef BOT_SCHEDULE_OWNER_H
#define BOT_SCHEDULE_OWNER_H

#include "bot/schedule_job.h"

/* The direct conversation with the owner: Looker knows who that is, the directory finds the address
 * in Slack. ERR_NOT_FOUND, ERR_FORBIDDEN: nobody knows whom to tell; ERR_TEMPORARY and
 * ERR_RATE_LIMITED: not now. */
bool schedule_owner_find(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_job *j,
			 int64_t deadline_ms, const char **ret, struct err *e) ERR_MUST_CHECK;

/* What the owner reads. `why` is a sentence for people. */
struct slack_message *schedule_owner_notice(TALLOC_CTX *ctx, const struct schedule_job *j,
					    const char *why);

#endif
