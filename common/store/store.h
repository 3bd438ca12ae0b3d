/*
 * Where pictures are kept when it is not in Slack itself: a bucket of Amazon's or of another S3, a
 * container of Azure's, a bucket of Google's, the first that the settings name. What is put there
 * is read by Slack without a login, under a name that nobody guesses.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <talloc.h>

#include "base/err.h"
#include "config/config.h"

struct store;

/* The first store that is configured; NULL: none is, and pictures are kept in Slack. Nothing is
 * sent. `c` must outlive it. */
struct store *store_new(TALLOC_CTX *ctx, const struct config *c);

/* "Amazon S3", "Azure Storage", "Google Cloud Storage". */
const char *store_name(const struct store *s);

/* The address that those of all its objects begin with. */
const char *store_base(const struct store *s);

/* What somebody must do so that everybody can read what is put there: names settings of the other
 * side. */
const char *store_public_remedy(const struct store *s);

struct store_object {
	const char *bytes;
	size_t len;
	const char *content_type;
	const char *extension; /* "png" */
	const char *name;      /* NULL: 256 random bits. Given: it is written over */
};

/*
 * Puts it there and returns its address. It is asked to be readable for all, and once more without
 * when the store does not take that (it may be so already). Errors name the setting to mend:
 * ERR_AUTH: the key; ERR_FORBIDDEN: the key may not write; ERR_NOT_FOUND: no such bucket;
 * ERR_BAD_INPUT: region, address or name; ERR_TEMPORARY and ERR_UNKNOWN: the store is down or busy
 * (what may be there then has a name that nobody knows); ERR_BAD_REPLY.
 */
bool store_put(TALLOC_CTX *ctx, struct store *s, int64_t deadline_ms,
	       const struct store_object *object, const char **ret_url,
	       struct err *e) ERR_MUST_CHECK;

/* Fetches `url` as a stranger would. *ret_readable: these bytes came. ERR_TEMPORARY, ERR_UNKNOWN:
 * nothing came, so nobody knows. */
bool store_is_readable(TALLOC_CTX *ctx, int64_t deadline_ms, const char *url,
		       const struct store_object *object, bool *ret_readable,
		       struct err *e) ERR_MUST_CHECK;

#endif
