/*
 * talloc that never returns NULL: exhaustion is die(). One context per request or job, first
 * parameter, dies whole; contexts are never shared between threads.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>
#include <talloc.h>

#define mem_zero(ctx, type) ((type *)mem_must(talloc_zero((ctx), type)))
#define mem_array(ctx, type, n) ((type *)mem_must(talloc_zero_array((ctx), type, mem_count(n))))
/* Grows an array of `type` to n items; new items are not zeroed. */
#define mem_grow(ctx, ptr, type, n)                                                                \
	((type *)mem_must(talloc_realloc((ctx), (ptr), type, mem_count(n))))

/* n as talloc counts; dies when it is more than that. */
unsigned mem_count(size_t n);

/* Returns p; dies when it is NULL. */
void *mem_must(void *p);

/* A new, empty context below `parent` (NULL: on its own). */
TALLOC_CTX *mem_ctx(TALLOC_CTX *parent);

/* Copies; NULL gives NULL. The n-form adds the final NUL. */
char *mem_strdup(TALLOC_CTX *ctx, const char *s);
char *mem_strndup(TALLOC_CTX *ctx, const char *s, size_t n);
char *mem_printf(TALLOC_CTX *ctx, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
char *mem_vprintf(TALLOC_CTX *ctx, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Append to *buf, a talloc string (never NULL); *buf may move, and what is appended must not be
 * part of it. Amortised: the length is remembered, so shorten such a string with mem_truncate only,
 * and never take talloc_get_size for its length. */
void mem_append(char **buf, const char *s);
void mem_append_n(char **buf, const char *s, size_t n);
void mem_appendf(char **buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Shortens `buf` to its first `len` bytes (not more than it has). */
void mem_truncate(char *buf, size_t len);

#endif
