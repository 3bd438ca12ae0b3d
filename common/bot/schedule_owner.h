/* The owner of a schedule, and what is told when it could not be posted. Private to the deliveries'
 * files (schedule_posting.h) and the ledger. */
#ifndef BOT_SCHEDULE_OWNER_H
#define BOT_SCHEDULE_OWNER_H

#include "bot/schedule_job.h"

/* The owner's e-mail address, asked of Looker. ERR_NOT_FOUND, ERR_FORBIDDEN: it does not say. */
bool schedule_owner_email(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_job *j,
			  int64_t deadline_ms, const char **ret, struct err *e) ERR_MUST_CHECK;

/* The direct conversation with the owner: Looker knows who that is, the directory finds the address
 * in Slack. ERR_NOT_FOUND, ERR_FORBIDDEN: nobody knows whom to tell; ERR_TEMPORARY and
 * ERR_RATE_LIMITED: not now. */
bool schedule_owner_find(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_job *j,
			 int64_t deadline_ms, const char **ret, struct err *e) ERR_MUST_CHECK;

/* What the owner reads. `why` is a sentence for people. */
struct slack_message *schedule_owner_notice(TALLOC_CTX *ctx, const struct schedule_job *j,
					    const char *why);

/* What is read where it should have gone, when the owner cannot be told. */
struct slack_message *schedule_place_notice(TALLOC_CTX *ctx, const struct schedule_job *j,
					    const char *why);

#endif
