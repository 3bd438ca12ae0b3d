/*
 * Writing from right to left, as far as it disturbs what stands beside it. A value with Hebrew or
 * Arabic letters would pull the numbers and marks next to it to its other side (UAX #9), and an
 * override would turn the rest of the line around: so such a value stands in an isolate of its own,
 * and characters that steer direction are taken out. How the value itself is drawn stays the
 * reader's program's business.
 */
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text.h"
#include "base/text_code.h"

#define FIRST_RTL_BYTE 0xD6 /* U+0590 begins with it; all that matters here lies above */

/* Embeddings, overrides and isolates: they act on what follows them. */
static bool steers(int32_t code)
{
	return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
}

/* Letters, and the marks and digits that come with them. */
static bool is_rtl(int32_t code)
{
	if (code < 0)
		return false;
	int c = utf8proc_get_property(code)->bidi_class;
	return c == UTF8PROC_BIDI_CLASS_R || c == UTF8PROC_BIDI_CLASS_AL ||
	       c == UTF8PROC_BIDI_CLASS_AN;
}

/* Whether any code point is one of these; most text is known by its bytes to have none. */
static bool has(const char *s, bool (*is)(int32_t code))
{
	size_t len = strlen(s), i = 0;
	int32_t code;
	while (i < len && (unsigned char)s[i] < FIRST_RTL_BYTE)
		i++;
	while (i < len) {
		i += text_code_next(s + i, len - i, &code);
		if (is(code))
			return true;
	}
	return false;
}

bool text_has_rtl(const char *s)
{
	return has(s, is_rtl);
}

char *text_unsteered(TALLOC_CTX *ctx, const char *s)
{
	if (!has(s, steers))
		return mem_strdup(ctx, s);
	char *out = mem_strdup(ctx, "");
	size_t len = strlen(s);
	int32_t code;
	for (size_t i = 0, n; i < len; i += n) {
		n = text_code_next(s + i, len - i, &code);
		if (!steers(code))
			mem_append_n(&out, s + i, n);
	}
	return out;
}
