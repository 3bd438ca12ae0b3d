/*
 * talloc that never returns NULL, and strings that grow in amortised constant time. talloc itself
 * reallocates to the exact size at each append; here a string that is appended to gets spare room
 * and remembers its length in the last bytes of its chunk. Such a string is recognised by the name
 * of its chunk, so that any talloc string can be appended to.
 */
#include "base/mem.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

#define GROWN_MIN_BYTES 64

/* The pointer is the mark, not the text. */
static const char grown_name[] = "mem_append";

void *mem_must(void *p)
{
	if (!p)
		die("out of memory");
	return p;
}

unsigned mem_count(size_t n)
{
	if (n > UINT_MAX)
		die("out of memory: an array of %zu items", n);
	return (unsigned)n;
}

TALLOC_CTX *mem_ctx(TALLOC_CTX *parent)
{
	return mem_must(talloc_new(parent));
}

char *mem_strdup(TALLOC_CTX *ctx, const char *s)
{
	return s ? mem_must(talloc_strdup(ctx, s)) : NULL;
}

char *mem_strndup(TALLOC_CTX *ctx, const char *s, size_t n)
{
	return s ? mem_must(talloc_strndup(ctx, s, n)) : NULL;
}

char *mem_vprintf(TALLOC_CTX *ctx, const char *fmt, va_list ap)
{
	return mem_must(talloc_vasprintf(ctx, fmt, ap));
}

char *mem_printf(TALLOC_CTX *ctx, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *s = mem_vprintf(ctx, fmt, ap);
	va_end(ap);
	return s;
}

static bool is_grown(const char *buf)
{
	return talloc_get_name(buf) == grown_name;
}

static size_t stored_length(const char *buf)
{
	size_t len;
	memcpy(&len, buf + talloc_get_size(buf) - sizeof(len), sizeof(len));
	return len;
}

static void store_length(char *buf, size_t len)
{
	memcpy(buf + talloc_get_size(buf) - sizeof(len), &len, sizeof(len));
}

/* Makes room for `more` bytes and a NUL behind the text; returns the text's length. */
static size_t make_room(char **buf, size_t more)
{
	bool grown = is_grown(*buf);
	size_t len = grown ? stored_length(*buf) : strlen(*buf);
	size_t overhead = 1 + sizeof(size_t);
	if (more > SIZE_MAX / 4 || len > SIZE_MAX / 4)
		die("out of memory: a string of more than %zu bytes", SIZE_MAX / 4);
	size_t need = len + more + overhead;
	if (grown && need <= talloc_get_size(*buf))
		return len;

	size_t size = need < GROWN_MIN_BYTES ? GROWN_MIN_BYTES : need + need / 2;
	*buf = mem_must(talloc_realloc_size(NULL, *buf, size));
	talloc_set_name_const(*buf, grown_name);
	store_length(*buf, len);
	return len;
}

void mem_append_n(char **buf, const char *s, size_t n)
{
	size_t len = make_room(buf, n);
	memcpy(*buf + len, s, n);
	(*buf)[len + n] = '\0';
	store_length(*buf, len + n);
}

void mem_append(char **buf, const char *s)
{
	mem_append_n(buf, s, strlen(s));
}

void mem_appendf(char **buf, const char *fmt, ...)
{
	char few[256]; /* most are short: formatted once, without asking for the length first */
	va_list ap, again;
	va_start(ap, fmt);
	va_copy(again, ap);
	int n = vsnprintf(few, sizeof(few), fmt, ap);
	va_end(ap);
	if (n < 0)
		die("mem_appendf: bad format");

	if ((size_t)n < sizeof(few)) {
		mem_append_n(buf, few, (size_t)n);
	} else {
		size_t len = make_room(buf, (size_t)n);
		vsnprintf(*buf + len, (size_t)n + 1, fmt, again);
		store_length(*buf, len + (size_t)n);
	}
	va_end(again);
}

void mem_truncate(char *buf, size_t len)
{
	buf[len] = '\0';
	if (is_grown(buf))
		store_length(buf, len);
}
