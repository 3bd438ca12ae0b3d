/*
 * UTF-8 text on top of utf8proc. Cutting and measuring walk by grapheme clusters (what a person
 * takes for one character), so that no accent loses its letter. Numbers are read here too, whole
 * string or not at all. HTML is in text_html.c.
 */
#include "base/text.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text_code.h"

#define REPLACEMENT "\xEF\xBF\xBD"
#define ELLIPSIS "\xE2\x80\xA6"
#define EMOJI_SELECTOR 0xFE0F
#define REGIONAL_FIRST 0x1F1E6
#define REGIONAL_LAST 0x1F1FF

/* One grapheme cluster: how much text it takes, and how wide it is drawn. */
struct cluster {
	size_t bytes;
	size_t chars;
	size_t width;
};

size_t text_code_next(const char *s, size_t len, int32_t *ret)
{
	utf8proc_int32_t code;
	utf8proc_ssize_t n =
		utf8proc_iterate((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)len, &code);
	*ret = n > 0 ? code : TEXT_CODE_BAD;
	return n > 0 ? (size_t)n : 1;
}

bool text_code_is_space(int32_t code)
{
	if ((code >= 0x09 && code <= 0x0D) || code == 0x85)
		return true;
	utf8proc_category_t c = utf8proc_category(code);
	return c == UTF8PROC_CATEGORY_ZS || c == UTF8PROC_CATEGORY_ZL || c == UTF8PROC_CATEGORY_ZP;
}

bool text_code_is_control(int32_t code)
{
	return (code >= 0 && code < 0x20) || (code >= 0x7F && code < 0xA0);
}

/* Letters, marks and digits; the categories of utf8proc are in Unicode's order. */
bool text_code_is_word(int32_t code)
{
	if (code < 0)
		return false;
	utf8proc_category_t c = utf8proc_category(code);
	return (c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_NO) || code == '_';
}

char *text_clean(TALLOC_CTX *ctx, const char *bytes, size_t len)
{
	char *out = mem_strdup(ctx, "");
	size_t i = 0, kept_from = 0;
	while (i < len) {
		int32_t code;
		size_t n = text_code_next(bytes + i, len - i, &code);
		bool bad = code <= 0;
		bool blank = text_code_is_control(code) && code != '\n' && code != '\t';
		if (bad || blank) {
			mem_append_n(&out, bytes + kept_from, i - kept_from);
			mem_append(&out, bad ? REPLACEMENT : " ");
			kept_from = i + n;
		}
		i += n;
	}
	mem_append_n(&out, bytes + kept_from, len - kept_from);
	return out;
}

bool text_is_utf8(const char *bytes, size_t len)
{
	int32_t code;
	for (size_t i = 0; i < len;) {
		i += text_code_next(bytes + i, len - i, &code);
		if (code == TEXT_CODE_BAD)
			return false;
	}
	return true;
}

size_t text_chars(const char *s)
{
	size_t len = strlen(s), chars = 0;
	int32_t code;
	for (size_t i = 0; i < len; chars++)
		i += text_code_next(s + i, len - i, &code);
	return chars;
}

/* Behind `before`, 0 at the beginning. */
static size_t code_width(int32_t code, int32_t before)
{
	if (code == TEXT_CODE_BAD || text_code_is_control(code))
		return 1;
	if (code >= REGIONAL_FIRST && code <= REGIONAL_LAST)
		return 2; /* two of them are a flag */
	if (code == EMOJI_SELECTOR && before > ' ')
		return 2; /* it turns what it stands behind into an emoji */
	return (size_t)utf8proc_charwidth(code);
}

/* The cluster at `s`, which is not empty. Its width is that of its widest code point: marks add
 * nothing, and a joined emoji is as wide as one. */
static struct cluster cluster_at(const char *s, size_t len)
{
	int32_t before, code;
	utf8proc_int32_t state = 0;
	struct cluster c = { .bytes = text_code_next(s, len, &before), .chars = 1 };
	c.width = code_width(before, 0);
	while (before >= 0 && c.bytes < len) {
		size_t n = text_code_next(s + c.bytes, len - c.bytes, &code);
		if (code < 0 || utf8proc_grapheme_break_stateful(before, code, &state))
			break;
		size_t width = code_width(code, before);
		c.width = width > c.width ? width : c.width;
		c.bytes += n;
		c.chars++;
		before = code;
	}
	return c;
}

size_t text_character(const char *s, size_t len)
{
	return cluster_at(s, len).bytes;
}

char *text_cut(TALLOC_CTX *ctx, const char *s, size_t max_chars)
{
	size_t len = strlen(s);
	if (len <= max_chars || text_chars(s) <= max_chars)
		return mem_strdup(ctx, s);
	if (max_chars == 0)
		return mem_strdup(ctx, "");

	size_t end = 0, chars = 0;
	for (;;) {
		struct cluster c = cluster_at(s + end, len - end);
		if (chars + c.chars > max_chars - 1)
			break;
		end += c.bytes;
		chars += c.chars;
	}
	char *out = mem_strndup(ctx, s, end);
	mem_append(&out, ELLIPSIS);
	return out;
}

size_t text_width(const char *s)
{
	size_t len = strlen(s), width = 0;
	for (size_t i = 0; i < len;) {
		struct cluster c = cluster_at(s + i, len - i);
		width += c.width;
		i += c.bytes;
	}
	return width;
}

static void append_blanks(char **buf, size_t n)
{
	while (n-- > 0)
		mem_append_n(buf, " ", 1);
}

void text_append_padded(char **buf, const char *s, size_t width, bool right)
{
	size_t len = strlen(s), full = text_width(s);
	size_t pad = full < width ? width - full : 0;
	size_t room = full > width && width > 0 ? width - 1 : width; /* the rest is for "…" */
	if (right)
		append_blanks(buf, pad);

	for (size_t i = 0; i < len;) {
		struct cluster c = cluster_at(s + i, len - i);
		if (c.width > room)
			break;
		bool control = text_code_is_control((unsigned char)s[i]);
		/* A line break inside a column would break the table. */
		mem_append_n(buf, control ? " " : s + i, control ? 1 : c.bytes);
		room -= c.width;
		i += c.bytes;
	}
	if (full > width && width > 0) {
		mem_append(buf, ELLIPSIS);
		append_blanks(buf, room); /* a wide character may not have fitted */
	}
	if (!right)
		append_blanks(buf, pad);
}

char *text_fold(TALLOC_CTX *ctx, const char *s)
{
	char *clean = text_clean(ctx, s, strlen(s));
	utf8proc_uint8_t *folded = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)clean, 0, &folded,
					  UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE |
						  UTF8PROC_CASEFOLD);
	if (n < 0)
		return clean; /* only exhaustion is left as a reason: better unfolded than dead */
	char *out = mem_strndup(ctx, (const char *)folded, (size_t)n);
	free(folded);
	talloc_free(clean);
	return out;
}

bool text_equal_fold(const char *a, const char *b)
{
	if (strcmp(a, b) == 0)
		return true;
	TALLOC_CTX *tmp = mem_ctx(NULL);
	bool equal = strcmp(text_fold(tmp, a), text_fold(tmp, b)) == 0;
	talloc_free(tmp);
	return equal;
}

char *text_trim(TALLOC_CTX *ctx, const char *s)
{
	size_t len = strlen(s);
	size_t start = len, end = 0;
	int32_t code;
	for (size_t i = 0; i < len;) {
		size_t n = text_code_next(s + i, len - i, &code);
		if (code < 0 || !text_code_is_space(code)) {
			start = i < start ? i : start;
			end = i + n;
		}
		i += n;
	}
	return start < end ? mem_strndup(ctx, s + start, end - start) : mem_strdup(ctx, "");
}

/* Whether a word of which `before` was the last code point so far goes on at `s`. Hyphens and
 * apostrophes bind when a word stands on both sides: "top" is no word of "top-10". */
static bool word_goes_on(int32_t before, const char *s)
{
	int32_t code, after;
	size_t len = strlen(s);
	if (len == 0 || !text_code_is_word(before))
		return false;
	size_t n = text_code_next(s, len, &code);
	if (text_code_is_word(code))
		return true;
	if ((code != '-' && code != '\'' && code != 0x2019) || n >= len)
		return false;
	text_code_next(s + n, len - n, &after);
	return text_code_is_word(after);
}

const char *text_after_word(const char *s, const char *prefix)
{
	size_t prefix_len = strlen(prefix);
	if (prefix_len == 0 || strncmp(s, prefix, prefix_len) != 0)
		return NULL;
	int32_t code = TEXT_CODE_BAD;
	for (size_t i = 0; i < prefix_len;)
		i += text_code_next(prefix + i, prefix_len - i, &code);
	s += prefix_len;
	if (word_goes_on(code, s))
		return NULL;
	while (*s) {
		size_t n = text_code_next(s, strlen(s), &code);
		if (code < 0 || !text_code_is_space(code))
			break;
		s += n;
	}
	return s;
}

bool text_to_int(const char *s, int64_t min, int64_t max, int64_t *ret)
{
	const char *digits = *s == '-' ? s + 1 : s;
	if (!*digits || digits[strspn(digits, "0123456789")])
		return false;
	errno = 0;
	long long value = strtoll(s, NULL, 10);
	if (errno != 0 || value < min || value > max)
		return false;
	*ret = value;
	return true;
}

static locale_t c_locale;

static void make_c_locale(void)
{
	c_locale = mem_must(newlocale(LC_ALL_MASK, "C", (locale_t)0));
}

/* [+-] digits [. digits] [e [+-] digits], with a digit on at least one side of the point: strtod
 * alone also takes hexadecimal, "inf" and leading blanks. */
static bool looks_like_number(const char *s)
{
	static const char digits[] = "0123456789";
	s += *s == '-' || *s == '+';
	size_t whole = strspn(s, digits), fraction = 0;
	s += whole;
	if (*s == '.') {
		fraction = strspn(s + 1, digits);
		s += 1 + fraction;
	}
	if (whole + fraction == 0)
		return false;
	if (*s == 'e' || *s == 'E') {
		s++;
		s += *s == '-' || *s == '+';
		if (!*s)
			return false;
		s += strspn(s, digits);
	}
	return !*s;
}

bool text_to_number(const char *s, double *ret)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	if (!looks_like_number(s))
		return false;
	pthread_once(&once, make_c_locale);
	double value = strtod_l(s, NULL, c_locale);
	if (!isfinite(value))
		return false;
	*ret = value;
	return true;
}
