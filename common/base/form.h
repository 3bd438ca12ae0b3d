/* application/x-www-form-urlencoded bodies: Slack's slash commands and interactive payloads. */
#ifndef BASE_FORM_H
#define BASE_FORM_H

#include <stddef.h>
#include <talloc.h>

#include "base/err.h"

#define FORM_FIELDS_MAX 100

struct form_field {
	const char *name;  /* valid UTF-8, no NUL */
	const char *value; /* likewise; cleaned by text_clean */
};

struct form {
	struct form_field *fields;
	size_t n;
};

/* Decodes '+' and %XX; a broken escape, a name twice and more than FORM_FIELDS_MAX fields are
 * ERR_BAD_INPUT (a name twice: which one would have been verified?). */
bool form_parse(TALLOC_CTX *ctx, const char *body, size_t len, struct form **ret,
		struct err *e) ERR_MUST_CHECK;

/* NULL when absent. */
const char *form_get(const struct form *f, const char *name);

/* Appends name=value to *body (a talloc string), percent-encoded, with '&' when not first. */
void form_append(char **body, const char *name, const char *value);

/* Percent-encodes all but the unreserved characters of RFC 3986: for path segments and queries. */
char *form_escape(TALLOC_CTX *ctx, const char *s);

#endif
