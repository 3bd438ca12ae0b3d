/*
 * Inside of the SQLite backend. Three connections: the writer thread's, which alone writes; one for
 * reading, by any thread under a lock; the checkpoint thread's. Everything that writes is an
 * "operation": a function that the writer runs inside a transaction which it shares with whatever
 * else waited (group commit).
 */
#ifndef QUEUE_SQLITE_H
#define QUEUE_SQLITE_H

#include <pthread.h>
#include <stdatomic.h>

#include "queue/backend.h"
#include "queue/sqlite_db.h"

/* Bodies up to this size stand in the job's row: one page less to write. */
#define QUEUE_BODY_INLINE_BYTES 2048
/* Parts of one job; rowids of `parts` are job * this + number. */
#define QUEUE_BODY_PARTS_MAX 4096
#define QUEUE_WAL_PAGES 1000 /* so many that are only in the log are worth a checkpoint */

struct queue_sqlite;
struct queue_op;

/* Returns false to have undone what it did; the rest of the group is not touched by that, except
 * when its error is ERR_TEMPORARY (the disk): then the whole group fails with it. It may run twice,
 * the first time being undone. */
typedef bool queue_op_fn(struct queue_sqlite *s, void *arg, struct err *e);

struct queue_writer {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t work;
	struct queue_op *first, **last;
	bool stopping;
};

struct queue_checkpointer {
	pthread_t thread;
	bool running;
	pthread_mutex_t lock;
	pthread_cond_t work;
	bool wanted, stopping;
	int n_moved; /* pages of the log that are in the database already, as far as we know */
};

struct queue_sqlite {
	struct queue *q;
	char *path;
	struct queue_db write_db;
	struct queue_db read_db;
	struct queue_db checkpoint_db;
	pthread_mutex_t read_lock;
	struct queue_writer writer;
	struct queue_checkpointer checkpointer;
	_Atomic int64_t
		booted_ms; /* wall time of the boot, by the clock that stored times are of */
};

/* sqlite_writer.c */
bool queue_writer_start(struct queue_sqlite *s, struct err *e) ERR_MUST_CHECK;
void queue_writer_stop(struct queue_sqlite *s); /* carries out what waits */
/* Runs `run` in the writer thread; returns when its commit is on disk, or it failed. */
bool queue_writer_run(struct queue_sqlite *s, queue_op_fn *run, void *arg,
		      struct err *e) ERR_MUST_CHECK;
/* A thread with a small stack that receives no signals. */
bool queue_thread_start(pthread_t *ret, void *(*main)(void *), void *arg,
			struct err *e) ERR_MUST_CHECK;

/* sqlite_checkpoint.c */
bool queue_checkpointer_start(struct queue_sqlite *s, struct err *e) ERR_MUST_CHECK;
void queue_checkpointer_stop(struct queue_sqlite *s);
void queue_checkpointer_want(struct queue_sqlite *s);
/* After each commit: how many pages the log has. */
void queue_checkpointer_grown(struct queue_sqlite *s, int n_pages);

/* sqlite_clock.c */
/* Whether the wall clock was set since the last transaction. */
bool queue_clock_jumped(struct queue_sqlite *s);
/* Begins a transaction: stored times follow the clock. After the commit the result belongs into
 * s->booted_ms. */
bool queue_clock_follow(struct queue_sqlite *s, int64_t *ret_booted_ms,
			struct err *e) ERR_MUST_CHECK;

/* sqlite_lane.c: used inside operations. */
struct queue_lane_change {
	const char *lane;
	int64_t pending, in_flight; /* what is added */
	bool released;		    /* a lease has ended: the lane's gap begins */
	int64_t priority, suspect;  /* with `pending`: the job's */
	int64_t id, not_before_ms;  /* of one that is new; id 0: it is not */
	int64_t now_pending;	    /* set: how many the lane has afterwards */
};
/* After the job's own row has changed. */
bool queue_lane_apply(struct queue_sqlite *s, struct queue_lane_change *change,
		      struct err *e) ERR_MUST_CHECK;
/* No lease from the lane before that time, until it is resumed (a pause is not ended by that). */
bool queue_lane_hold(struct queue_sqlite *s, const char *lane, int64_t until_ms,
		     struct err *e) ERR_MUST_CHECK;
bool queue_lane_resume(struct queue_sqlite *s, const char *lane, struct err *e) ERR_MUST_CHECK;
/* A job of the lane that waits is due earlier than it was: `id`, `not_before_ms`. */
bool queue_lane_offer(struct queue_sqlite *s, const struct queue_lane_change *change,
		      struct err *e) ERR_MUST_CHECK;
/* Whether the lane admits one more job in flight. */
bool queue_lane_has_room(struct queue_sqlite *s, const char *lane, bool *ret,
			 struct err *e) ERR_MUST_CHECK;
/* An operation: gives existing lanes the limits of q->rules. */
bool queue_lane_apply_rules(struct queue_sqlite *s, void *arg, struct err *e) ERR_MUST_CHECK;

/* sqlite_clean.c: what belongs to a job; `which` is a statement that deletes by its id. */
bool queue_job_drop_parts(struct queue_sqlite *s, int64_t id, struct err *e) ERR_MUST_CHECK;
bool queue_job_drop(struct queue_sqlite *s, enum queue_sql which, int64_t id,
		    struct err *e) ERR_MUST_CHECK;

/* Fills `job` from a row of QUEUE_SQL_LEASE or QUEUE_SQL_LIST; its texts belong to ctx. A body that
 * stands in parts is not read. */
void queue_job_from_row(struct queue_job *job, TALLOC_CTX *ctx, sqlite3_stmt *row);

/* The backend's functions, see backend.h. */
bool queue_sqlite_put(struct queue *q, const struct queue_put *jobs, size_t n, int64_t *ret_ids,
		      struct err *e);
bool queue_sqlite_lease(struct queue *q, const struct queue_want *want, struct queue_look *look,
			struct err *e);
bool queue_sqlite_body_part(struct queue *q, TALLOC_CTX *ctx, int64_t id, int64_t n, char **ret,
			    size_t *ret_len, struct err *e);
bool queue_sqlite_progress(struct queue *q, int64_t id, const char *progress, const char *lane,
			   bool *ret_held, bool *ret_room, struct err *e);
bool queue_sqlite_done(struct queue *q, int64_t id, bool *ret_room, struct err *e);
bool queue_sqlite_retry_at(struct queue *q, int64_t id, int64_t when_ms, const char *reason,
			   struct err *e);
bool queue_sqlite_hold(struct queue *q, int64_t id, int64_t until_ms, const char *reason,
		       struct err *e);
bool queue_sqlite_dead(struct queue *q, int64_t id, const char *reason, bool *ret_room,
		       struct err *e);
bool queue_sqlite_lane_pause(struct queue *q, const char *lane, int64_t until_ms, struct err *e);
bool queue_sqlite_lane_take(struct queue *q, const char *lane, bool *ret_taken, struct err *e);
bool queue_sqlite_lane_wait(struct queue *q, const char *lane, int64_t *ret_ms, struct err *e);
bool queue_sqlite_holders(struct queue *q, TALLOC_CTX *ctx, char ***ret, size_t *ret_n,
			  struct err *e);
bool queue_sqlite_give_back(struct queue *q, const char *owner, int64_t deaths, struct err *e);
bool queue_sqlite_suspects(struct queue *q, int64_t *ret, struct err *e);
bool queue_sqlite_clean(struct queue *q, struct err *e);
bool queue_sqlite_list(struct queue *q, TALLOC_CTX *ctx, int state, size_t max,
		       struct queue_job **ret, size_t *ret_n, struct err *e);
bool queue_sqlite_list_about(struct queue *q, TALLOC_CTX *ctx, int state, const char *whose,
			     size_t max, struct queue_job **ret, size_t *ret_n, struct err *e);
bool queue_sqlite_get(struct queue *q, TALLOC_CTX *ctx, int64_t id, struct queue_job **ret,
		      struct err *e);
bool queue_sqlite_state(struct queue *q, TALLOC_CTX *ctx, int64_t id, enum queue_state *ret,
			const char **ret_reason, struct err *e);
bool queue_sqlite_set_whose(struct queue *q, int64_t id, const char *whose, struct err *e);
bool queue_sqlite_again(struct queue *q, int64_t id, int64_t expires_ms, struct err *e);
bool queue_sqlite_cancel(struct queue *q, int64_t id, const char *reason, struct err *e);
bool queue_sqlite_depth(struct queue *q, struct queue_depth *ret, struct err *e);
bool queue_sqlite_state_set(struct queue *q, const char *key, const char *value, size_t len,
			    int64_t expires_ms, struct err *e);
bool queue_sqlite_state_get(struct queue *q, TALLOC_CTX *ctx, const char *key, char **ret,
			    size_t *ret_len, struct err *e);

#endif
