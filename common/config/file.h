/* Small whole files: the .env, and secrets that stand in a file of their own. */
#ifndef CONFIG_FILE_H
#define CONFIG_FILE_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"

/* At most `max_bytes`; NUL-terminated beyond *ret_len. ERR_NOT_FOUND, ERR_FORBIDDEN,
 * ERR_BAD_INPUT (a directory, too large). */
bool file_read(TALLOC_CTX *ctx, const char *path, size_t max_bytes, char **ret, size_t *ret_len,
	       struct err *e) ERR_MUST_CHECK;

#endif
