/*
 * A file for what is too large for memory: without a name, so that it is gone with its process
 * whatever happens, in a directory whose disk keeps room for others.
 */
#ifndef BASE_SPOOL_H
#define BASE_SPOOL_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"

/* What stays free on the disk. */
#define SPOOL_KEEP_BYTES (64 * 1024 * 1024LL)

struct spool {
	int fd;
	size_t bytes;
	/* its own */
	size_t max_bytes;
	size_t look_at; /* at the disk again, when it has so many bytes */
	const char *dir;
};

/* Closed with ctx. ERR_INTERNAL, in words for people: no room, or the directory cannot be used. */
bool spool_open(TALLOC_CTX *ctx, const char *dir, size_t max_bytes, struct spool **ret,
		struct err *e) ERR_MUST_CHECK;

/* Appends. ERR_INTERNAL as above; ERR_BAD_INPUT: more than max_bytes. */
bool spool_write(struct spool *s, const char *data, size_t len, struct err *e) ERR_MUST_CHECK;

#endif
