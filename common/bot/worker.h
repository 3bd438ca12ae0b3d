/*
 * The threads that carry out jobs: started on demand up to LOOKERBOT_WORKERS (one always waits for
 * the next job), two more for priority 0 only, and a supervisor that gives back the jobs of dead
 * processes and has suspects run alone.
 */
#ifndef BOT_WORKER_H
#define BOT_WORKER_H

#include "bot/bot.h"

struct worker_pool;

/* With up to `max` workers. The pool belongs to ctx. A suspect is run by this program itself,
 * started again with --suspect. ERR_INTERNAL when no thread can be made. */
bool worker_start(TALLOC_CTX *ctx, struct bot_host *host, size_t max, struct worker_pool **ret,
		  struct err *e) ERR_MUST_CHECK;

/* No new leases; waits up to `wait_ms` for the running jobs. False: some still run, and the
 * process must end without bot_host_free (their jobs are given back when it is gone). */
bool worker_stop(struct worker_pool *pool, int64_t wait_ms);

/* In a process of its own: leases one suspect, runs it, returns. */
bool worker_run_suspect(struct bot_host *host, struct err *e) ERR_MUST_CHECK;

#endif
