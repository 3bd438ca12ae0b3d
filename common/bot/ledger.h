/*
 * The delivery ledger: what became of everything that Looker sent by itself. The queue's rows are
 * the one truth about state, attempts, reason and times; beside them stands what people call it.
 */
#ifndef BOT_LEDGER_H
#define BOT_LEDGER_H

#include "bot/schedule_job.h"

/* How long a delivery is tried: from its acceptance, or from an operator's "once more". */
#define LEDGER_LIFE_MS (24 * 3600 * 1000LL)
#define LEDGER_DONE_WORD "posted"
#define LEDGER_DEAD_WORD "not posted"

/* Texts are NULL when they are not known. */
struct ledger_entry {
	const char *title;
	const char *place; /* "#sales", "@ada" */
	const char *format;
	const char *plan_id;
	const char *looker;
	const char *url;
	const char *request; /* id of the request that it came with */
};

/* For queue_put. */
char *ledger_about(TALLOC_CTX *ctx, const struct schedule_job *j);

/* From a listed job. False: it is no delivery. */
bool ledger_read(TALLOC_CTX *ctx, const struct queue_job *job, struct ledger_entry *ret);

/* "waiting", "being sent", LEDGER_DONE_WORD, LEDGER_DEAD_WORD. */
const char *ledger_state_word(enum queue_state state);

/* As e-mail addresses of owners stand in the queue, to be compared. */
char *ledger_whose(TALLOC_CTX *ctx, const char *email);

/* Whose schedule it is, as far as that is known without asking; or NULL. */
const char *ledger_known_owner(TALLOC_CTX *ctx, struct bot *bot, const struct schedule_job *j);

/* Notes whose schedule a delivery came of, as far as Looker says: for lists alone, best effort.
 * Call it when the lane is free. */
void ledger_learn_owner(TALLOC_CTX *ctx, struct bot *bot, int64_t job_id,
			const struct schedule_job *j);

/* The newest deliveries of the owner with that address, `max` at most. ERR_TEMPORARY: the disk. */
bool ledger_of(TALLOC_CTX *ctx, struct bot *bot, const char *email, size_t max,
	       struct queue_job **ret, size_t *ret_n, struct err *e) ERR_MUST_CHECK;

#endif
