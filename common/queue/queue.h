/*
 * The durable queue: everything that is to happen is a job. When queue_put returns true the jobs
 * are on disk (the fdatasync of their commit has returned). Delivery is at least once: a lease
 * belongs to a living process, and a dead process's jobs are given back (attempts counted at the
 * lease, before any work). All functions are safe in any thread, block for disk only, and may fail
 * with ERR_TEMPORARY (disk full, read-only, locked: try again) or ERR_INTERNAL.
 *
 * Words: "lane" is what a job may overload, "suspect" a job under which its process died twice,
 * "dead" the dead-letter state.
 */
#ifndef QUEUE_QUEUE_H
#define QUEUE_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"

#define QUEUE_KEYS_MAX 3
#define QUEUE_PART_BYTES (64 * 1024)
#define QUEUE_BODY_MAX_BYTES (64 * 1024 * 1024)	  /* larger: ERR_BAD_INPUT */
#define QUEUE_BODY_LEASED_MAX_BYTES (1024 * 1024) /* larger ones do not come with the lease */
#define QUEUE_SUSPECT_DEATHS 2 /* from then on a job runs in a process of its own */
#define QUEUE_MAX_DEATHS 4     /* from then on it is leased only to be buried */
#define QUEUE_KEY_TTL_MS (24 * 3600 * 1000LL)
#define QUEUE_DONE_TTL_MS (7 * 24 * 3600 * 1000LL)
#define QUEUE_ABOUT_TTL_MS (30 * 24 * 3600 * 1000LL) /* of jobs that are listed for people */
#define QUEUE_ABOUT_MAX_BYTES 4096		     /* larger: ERR_INTERNAL */

enum queue_priority {
	QUEUE_PRIORITY_MODAL,	/* somebody's modal waits 3 s */
	QUEUE_PRIORITY_COMMAND, /* command or mention */
	QUEUE_PRIORITY_LINK,
	QUEUE_PRIORITY_DELIVERY,
	QUEUE_PRIORITIES
};

enum queue_state { QUEUE_PENDING, QUEUE_LEASED, QUEUE_DONE, QUEUE_DEAD };

struct queue;

/* How lanes whose name begins with `prefix` behave. The first match counts; the lane "" is free. */
struct queue_lane_rule {
	const char *prefix;
	int64_t max_in_flight;
	int64_t gap_ms; /* from one release to the next lease */
};

struct queue_options {
	const char *url;       /* sqlite:/absolute/path */
	const char *state_dir; /* owners/ lives here; created 0700 */
	int64_t max_bytes;     /* above it, puts of QUEUE_PRIORITY_DELIVERY are ERR_RATE_LIMITED */
	const struct queue_lane_rule *rules; /* copied */
	size_t n_rules;
	bool visitor; /* beside the programs that work: creates, migrates and sets no limits.
		       * ERR_NOT_FOUND: there is none; ERR_BAD_INPUT: its schema is another one */
};

/* A job to be put. Texts and body are copied. */
struct queue_put {
	const char *kind;
	const char *keys[QUEUE_KEYS_MAX]; /* dedupe, unique within the kind; NULL = unused */
	int64_t key_ttl_ms;		  /* 0 = QUEUE_KEY_TTL_MS */
	const char *lane;		  /* "" = none */
	enum queue_priority priority;
	int64_t not_before_ms; /* unix; 0 = now */
	int64_t expires_ms;    /* unix; required */
	const void *body;
	size_t body_len;
	/* What lists tell people about it: such a job's row stays QUEUE_ABOUT_TTL_MS after its end.
	 * NULL: it is nobody's concern. */
	const char *about;
	const char *whose; /* with `about`: the person who may see it, or NULL */
};

/* A job as leased or listed. */
struct queue_job {
	int64_t id;
	const char *kind;
	const char *lane;
	enum queue_priority priority;
	enum queue_state state;
	int64_t created_ms, not_before_ms, expires_ms;
	int64_t ended_ms;     /* 0: it has not */
	int64_t attempts;     /* leases so far, this one included */
	int64_t deaths;	      /* processes that died while they held it */
	const char *reason;   /* last retry's or death's, or NULL */
	const char *progress; /* NUL-terminated, or NULL; NULL in lists */
	size_t progress_len;
	const char *about;
	const char *whose;
	const char *body; /* NUL-terminated; NULL in lists, and where queue_body_part has it */
	size_t body_len;
};

/* Opens (creates, migrates) the queue that options->url names and takes this process's owner lock.
 * ERR_BAD_INPUT: unknown scheme; ERR_TEMPORARY: the disk. */
bool queue_open(TALLOC_CTX *ctx, const struct queue_options *options, struct queue **ret,
		struct err *e) ERR_MUST_CHECK;

/* Finishes what waits for its commit, gives the lock back; NULL is fine. Leases still held are
 * returned to the queue without counting as a death. No other call may be under way: queue_wake,
 * and join the threads that lease. */
void queue_close(struct queue *q);

/*
 * Stores n jobs in one commit, all or none. ret_ids[i] is the new id, or 0 when one of the job's
 * keys is known for its kind (a duplicate: nothing stored). ret_ids may be NULL.
 */
bool queue_put(struct queue *q, const struct queue_put *jobs, size_t n, int64_t *ret_ids,
	       struct err *e) ERR_MUST_CHECK;

struct queue_want {
	enum queue_priority max_priority; /* the least urgent that is taken */
	bool suspects; /* true: only suspects (the process that runs one alone); false: never */
};

/*
 * Leases the most urgent due job (priority, then not-before, then id) of a lane with room, waiting
 * until the monotonic `until_ms` for one. *ret is NULL when none came or queue_wake was called.
 * A job past its expiry or with QUEUE_MAX_DEATHS is leased like any other: the caller buries it.
 */
bool queue_lease(struct queue *q, TALLOC_CTX *ctx, const struct queue_want *want, int64_t until_ms,
		 struct queue_job **ret, struct err *e) ERR_MUST_CHECK;

/* Part `n`, from 0, of a leased job's body that is larger than QUEUE_BODY_LEASED_MAX_BYTES: many
 * such jobs at once cost no more memory than small ones. ERR_INTERNAL: it has no such part. */
bool queue_body_part(struct queue *q, TALLOC_CTX *ctx, int64_t id, int64_t n, char **ret,
		     size_t *ret_len, struct err *e) ERR_MUST_CHECK;

/* Ends all waits in queue_lease of this process, now and later (shutdown). */
void queue_wake(struct queue *q);

/*
 * Stores how far a leased job is (NULL: as far as it was). With `lane` (not NULL) the job leaves
 * its lane for that one: when there is room it stays leased (*ret_held true), else it goes back, to
 * be leased when there is.
 */
bool queue_progress(struct queue *q, int64_t id, const char *progress, const char *lane,
		    bool *ret_held, struct err *e) ERR_MUST_CHECK;

/* Ends of a lease. Each frees the lane. `done` and `dead` drop the body (dead: after 7 days, with
 * the row when it has no `about`). */
bool queue_done(struct queue *q, int64_t id, struct err *e) ERR_MUST_CHECK;
bool queue_retry_at(struct queue *q, int64_t id, int64_t when_ms, const char *reason,
		    struct err *e) ERR_MUST_CHECK;
bool queue_dead(struct queue *q, int64_t id, const char *reason, struct err *e) ERR_MUST_CHECK;

/* Another end: the whole lane waits until then and the job keeps its place in it, since what is
 * wrong is not this job's fault. Without a lane it is queue_retry_at. */
bool queue_hold(struct queue *q, int64_t id, int64_t until_ms, const char *reason,
		struct err *e) ERR_MUST_CHECK;

/*
 * Waits until the job has ended, wherever it is worked on, at most until the monotonic `until_ms`
 * (or queue_wake): *ret is QUEUE_DONE or QUEUE_DEAD, else what it is by then. *ret_reason: of its
 * death, or why it was to be tried again; NULL when there is none. ERR_NOT_FOUND: no such job.
 * Costs a read of one row each QUEUE_END_LOOK_MS; no lock is held meanwhile.
 */
#define QUEUE_END_LOOK_MS 50 /* other processes end jobs without telling us */
bool queue_wait_end(struct queue *q, TALLOC_CTX *ctx, int64_t id, int64_t until_ms,
		    enum queue_state *ret, const char **ret_reason, struct err *e) ERR_MUST_CHECK;

/* No lease from `lane` before the unix time (Slack's Retry-After holds for the channel). */
bool queue_lane_pause(struct queue *q, const char *lane, int64_t until_ms,
		      struct err *e) ERR_MUST_CHECK;

/*
 * Takes the lane's turn for something that is no job of the lane: *ret_taken, and its gap begins,
 * when a job could be leased from it now; else nothing changes.
 */
bool queue_lane_take(struct queue *q, const char *lane, bool *ret_taken,
		     struct err *e) ERR_MUST_CHECK;

/* How long a job put into `lane` now would wait for its turn, in ms: 0 when the lane is free. */
bool queue_lane_wait(struct queue *q, const char *lane, int64_t *ret_ms,
		     struct err *e) ERR_MUST_CHECK;

/* Gives back the jobs of dead processes (owner lock free); call every 2 s. *ret_suspects: how many
 * suspects are due now, each wanting a process of its own. */
bool queue_recover(struct queue *q, int64_t *ret_suspects, struct err *e) ERR_MUST_CHECK;

/* Forgets expired keys, states and old rows, a bounded number; call about once a minute. */
bool queue_clean(struct queue *q, struct err *e) ERR_MUST_CHECK;

/* Newest first, without bodies and progress; state < 0 = any. */
bool queue_list(struct queue *q, TALLOC_CTX *ctx, int state, size_t max, struct queue_job **ret,
		size_t *ret_n, struct err *e) ERR_MUST_CHECK;

struct queue_depth {
	int64_t pending, leased, dead;
	int64_t oldest_due_ms; /* age of the oldest due pending job, 0 when none */
	int64_t bytes;	       /* of the database */
};
bool queue_depth(struct queue *q, struct queue_depth *ret, struct err *e) ERR_MUST_CHECK;

/* The newest that have an `about`, without bodies and progress; state < 0 = any, whose NULL =
 * anybody's. */
bool queue_list_about(struct queue *q, TALLOC_CTX *ctx, int state, const char *whose, size_t max,
		      struct queue_job **ret, size_t *ret_n, struct err *e) ERR_MUST_CHECK;

/* One of any kind, without its body (body_len tells whether it is there). ERR_NOT_FOUND.
 */
bool queue_get(struct queue *q, TALLOC_CTX *ctx, int64_t id, struct queue_job **ret,
	       struct err *e) ERR_MUST_CHECK;

/* Who may see it is known only now. Changes nothing when the job has no `about`, or is gone. */
bool queue_set_whose(struct queue *q, int64_t id, const char *whose, struct err *e) ERR_MUST_CHECK;

/*
 * A job that waits is due now, and so is its lane if it was held (a pause is obeyed). A dead one
 * with an `about` begins anew, without lane, progress and attempts, until expires_ms, if its body
 * is still there. ERR_NOT_FOUND: no such job; ERR_BAD_INPUT: it cannot be, with a sentence for the
 * operator.
 */
bool queue_again(struct queue *q, int64_t id, int64_t expires_ms, struct err *e) ERR_MUST_CHECK;

/* A job that waits is dead, for that reason. Errors as those of queue_again. */
bool queue_cancel(struct queue *q, int64_t id, const char *reason, struct err *e) ERR_MUST_CHECK;

/* What processes tell each other. A NULL value deletes. get: *ret is NULL when absent or expired.
 * expires_ms is unix time. */
bool queue_state_set(struct queue *q, const char *key, const char *value, size_t len,
		     int64_t expires_ms, struct err *e) ERR_MUST_CHECK;
bool queue_state_get(struct queue *q, TALLOC_CTX *ctx, const char *key, char **ret, size_t *ret_len,
		     struct err *e) ERR_MUST_CHECK;

#endif
