/*
 * What a store of jobs must do to be one: queue.c picks a backend by the URL's scheme and adds what
 * all share: checks of input, the owner lock, the waiting of queue_lease, counting. A backend's
 * functions mean what their namesakes in queue.h say, and may be called by any thread.
 */
#ifndef QUEUE_BACKEND_H
#define QUEUE_BACKEND_H

#include "queue/ends.h"
#include "queue/owners.h"
#include "queue/queue.h"
#include "queue/waiters.h"

/* What one look of queue_lease found. */
struct queue_look {
	struct queue_job **jobs; /* room for `max`; each a talloc context of its own */
	size_t max;
	size_t n;
	int64_t due_ms; /* less than max: unix time of the next due job, INT64_MAX when none */
};

struct queue_backend {
	const char *scheme; /* "sqlite:" */

	/* Opens q->store; q holds the options and the owner already. */
	bool (*open)(struct queue *q, const char *address, struct err *e);
	/* Releases q->store; NULL is fine. */
	void (*close)(struct queue *q);

	/* ret_ids has room for n and may be written on failure too. */
	bool (*put)(struct queue *q, const struct queue_put *jobs, size_t n, int64_t *ret_ids,
		    struct err *e);
	/* Does not wait; writes nothing when nothing is due. */
	bool (*lease)(struct queue *q, const struct queue_want *want, struct queue_look *look,
		      struct err *e);
	bool (*body_part)(struct queue *q, TALLOC_CTX *ctx, int64_t id, int64_t n, char **ret,
			  size_t *ret_len, struct err *e);
	/* *ret_room: a job that waits may be due for a lease now, or at another time than before.
	 */
	bool (*progress)(struct queue *q, int64_t id, const char *progress, const char *lane,
			 bool *ret_held, bool *ret_room, struct err *e);
	bool (*done)(struct queue *q, int64_t id, bool *ret_room, struct err *e);
	bool (*retry_at)(struct queue *q, int64_t id, int64_t when_ms, const char *reason,
			 struct err *e);
	bool (*hold)(struct queue *q, int64_t id, int64_t until_ms, const char *reason,
		     struct err *e);
	bool (*dead)(struct queue *q, int64_t id, const char *reason, bool *ret_room,
		     struct err *e);
	bool (*lane_pause)(struct queue *q, const char *lane, int64_t until_ms, struct err *e);
	bool (*lane_take)(struct queue *q, const char *lane, bool *ret_taken, struct err *e);
	bool (*lane_wait)(struct queue *q, const char *lane, int64_t *ret_ms, struct err *e);

	/* Owners that hold leases, as talloc strings in ctx. */
	bool (*holders)(struct queue *q, TALLOC_CTX *ctx, char ***ret, size_t *ret_n,
			struct err *e);
	/* Returns what `owner` has leased to the queue, `deaths` (0 or 1) added to each job. */
	bool (*give_back)(struct queue *q, const char *owner, int64_t deaths, struct err *e);
	bool (*suspects)(struct queue *q, int64_t *ret, struct err *e);

	bool (*clean)(struct queue *q, struct err *e);
	bool (*list)(struct queue *q, TALLOC_CTX *ctx, int state, size_t max,
		     struct queue_job **ret, size_t *ret_n, struct err *e);
	bool (*list_about)(struct queue *q, TALLOC_CTX *ctx, int state, const char *whose,
			   size_t max, struct queue_job **ret, size_t *ret_n, struct err *e);
	bool (*get)(struct queue *q, TALLOC_CTX *ctx, int64_t id, struct queue_job **ret,
		    struct err *e);
	/* For queue_wait_end: does not wait. */
	bool (*state)(struct queue *q, TALLOC_CTX *ctx, int64_t id, enum queue_state *ret,
		      const char **ret_reason, struct err *e);
	bool (*set_whose)(struct queue *q, int64_t id, const char *whose, struct err *e);
	bool (*again)(struct queue *q, int64_t id, int64_t expires_ms, struct err *e);
	bool (*cancel)(struct queue *q, int64_t id, const char *reason, struct err *e);
	bool (*depth)(struct queue *q, struct queue_depth *ret, struct err *e);
	bool (*state_set)(struct queue *q, const char *key, const char *value, size_t len,
			  int64_t expires_ms, struct err *e);
	bool (*state_get)(struct queue *q, TALLOC_CTX *ctx, const char *key, char **ret,
			  size_t *ret_len, struct err *e);
};

/* A queue in use. Its memory is allocated in queue_open and only read afterwards: talloc has no
 * locks, so concurrent calls never allocate from it. */
struct queue {
	const struct queue_backend *backend;
	void *store; /* the backend's own */
	struct queue_owner owner;
	struct queue_waiters waiters;
	struct queue_ends ends;
	struct queue_lane_rule *rules;
	size_t n_rules;
	int64_t max_bytes;
	bool visitor;
};

extern const struct queue_backend queue_sqlite;

/* The rule of a lane; for a lane without one, and for "", a rule without limits. */
struct queue_lane_rule queue_lane_rule(const struct queue *q, const char *lane);

#endif
