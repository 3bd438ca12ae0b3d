/* What `lookerbot jobs` prints. Private to jobs*.c. */
#ifndef CLI_JOBS_H
#define CLI_JOBS_H

#include "queue/queue.h"

/* "waiting", "running", "done", "dead": as --state takes them. */
const char *cli_jobs_state(enum queue_state state);

/* The table's head, and one line of it. */
void cli_jobs_head(void);
void cli_jobs_line(TALLOC_CTX *ctx, const struct queue_job *job);

/* All that is known of one. */
void cli_jobs_show(TALLOC_CTX *ctx, const struct queue_job *job);

#endif
