/*
 * Filling and wrapping `struct err`, the names of its kinds, and the way out when nothing can go
 * on. Knows nothing of retries or HTTP: who handles an error decides by its kind.
 */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static const char *const kind_names[] = {
	[ERR_NONE] = "none",	       [ERR_BAD_INPUT] = "bad_input",
	[ERR_AUTH] = "auth",	       [ERR_FORBIDDEN] = "forbidden",
	[ERR_NOT_FOUND] = "not_found", [ERR_RATE_LIMITED] = "rate_limited",
	[ERR_TEMPORARY] = "temporary", [ERR_UNKNOWN] = "unknown",
	[ERR_BAD_REPLY] = "bad_reply", [ERR_INTERNAL] = "internal",
};

/* vsnprintf may have cut the text inside a UTF-8 sequence: drop the incomplete rest. */
static void drop_broken_end(char *text)
{
	size_t len = strlen(text);
	size_t start = len;
	while (start > 0 && len - start < 3 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
		start--;
	if (start == 0)
		return;
	unsigned char lead = (unsigned char)text[start - 1];
	size_t need = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
	if (need > len - (start - 1))
		text[start - 1] = '\0';
}

bool err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX_BYTES]; /* apart, so that e->text may be an argument */
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n >= (int)sizeof(text))
		drop_broken_end(text);

	e->kind = kind;
	e->not_before_ms = 0;
	memcpy(e->text, text, sizeof(text));
	return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
	char what[ERR_TEXT_MAX_BYTES];
	char text[ERR_TEXT_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);

	/* "%.*s" tells the compiler that a cut is meant. */
	int n = snprintf(text, sizeof(text), "%.*s: %.*s", ERR_TEXT_MAX_BYTES, what,
			 ERR_TEXT_MAX_BYTES, e->text);
	if (n >= (int)sizeof(text))
		drop_broken_end(text);
	memcpy(e->text, text, sizeof(text));
	return false;
}

const char *err_kind_name(enum err_kind kind)
{
	size_t i = (size_t)kind;
	return i < sizeof(kind_names) / sizeof(kind_names[0]) ? kind_names[i] : "invalid";
}

void die(const char *fmt, ...)
{
	char text[ERR_TEXT_MAX_BYTES];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	log_error("die", LOG_S("reason", text));
	abort();
}
