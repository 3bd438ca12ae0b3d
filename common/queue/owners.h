/*
 * Owner locks: who holds leases, and whether it still lives. Each open queue keeps an flock on
 * STATE/owners/ID for life; the kernel drops the lock with the process, however it ends, so whoever
 * can take the lock knows that the owner is dead. No heartbeat, no clock.
 */
#ifndef QUEUE_OWNERS_H
#define QUEUE_OWNERS_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"

#define QUEUE_OWNER_ID_BYTES 33 /* 32 hexadecimal digits and NUL */

struct queue_owner {
	char id[QUEUE_OWNER_ID_BYTES];
	int dir_fd;  /* STATE/owners */
	int lock_fd; /* the locked file; -1: none */
	char *dir;   /* for texts */
};

/* Creates STATE (0700) and STATE/owners (0700) when missing, and takes a new lock. `dir` lives in
 * ctx. ERR_TEMPORARY: the disk, or no right to write. */
bool queue_owner_init(struct queue_owner *o, TALLOC_CTX *ctx, const char *state_dir,
		      struct err *e) ERR_MUST_CHECK;

/* Gives the lock back and removes its file; a second call is fine. */
void queue_owner_release(struct queue_owner *o);

/* Whether the owner `id` is dead. When it is, its lock is held in *ret_fd (-1: its file is gone)
 * until queue_owner_bury or queue_owner_leave, so that one process alone returns its jobs. */
bool queue_owner_is_dead(const struct queue_owner *o, const char *id, int *ret_fd);

/* Removes a dead owner's file; call when none of its jobs is leased any more. */
void queue_owner_bury(const struct queue_owner *o, const char *id, int fd);

/* Keeps a dead owner's file, for another try. */
void queue_owner_leave(int fd);

/* The owners that have a file, this one apart, as talloc strings in ctx. */
bool queue_owner_list(const struct queue_owner *o, TALLOC_CTX *ctx, char ***ret, size_t *ret_n,
		      struct err *e) ERR_MUST_CHECK;

#endif
