/*
 * .env files: KEY=value lines with comments, `export`, single quotes (literal), double quotes
 * (\n \t \" \\ \$), values over several lines inside quotes, CRLF, a BOM. No expansion of $NAME.
 */
#ifndef CONFIG_DOTENV_H
#define CONFIG_DOTENV_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"

#define DOTENV_BYTES_MAX (1024 * 1024)

struct dotenv_entry {
	const char *name;
	const char *value;
	int line; /* where it stands, from 1 */
};

struct dotenv {
	struct dotenv_entry *entries; /* in the file's order; the last of a name wins */
	size_t n;
};

/* ERR_BAD_INPUT names the line and never quotes a value (it may be a secret). */
bool dotenv_parse(TALLOC_CTX *ctx, const char *text, size_t len, struct dotenv **ret,
		  struct err *e) ERR_MUST_CHECK;

/* A missing file is ERR_NOT_FOUND. */
bool dotenv_read(TALLOC_CTX *ctx, const char *path, struct dotenv **ret,
		 struct err *e) ERR_MUST_CHECK;

/* The entry that counts; NULL when absent. */
const struct dotenv_entry *dotenv_find(const struct dotenv *d, const char *name);

/* Its value; NULL when absent. */
const char *dotenv_get(const struct dotenv *d, const char *name);

#endif
