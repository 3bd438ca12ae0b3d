/*
 * application/x-www-form-urlencoded, both ways. Decoding is strict about the encoding (a broken
 * escape means that what was signed and what we read may differ) and cleans the text.
 */
#include "base/form.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define ESCAPE_CHUNK_BYTES 512

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode(TALLOC_CTX *ctx, const char *s, size_t len, const char **ret, struct err *e)
{
	char *raw = mem_array(ctx, char, len + 1);
	size_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] != '%') {
			raw[n++] = s[i] == '+' ? ' ' : s[i];
			continue;
		}
		int high = i + 2 < len ? hex_value(s[i + 1]) : -1;
		int low = i + 2 < len ? hex_value(s[i + 2]) : -1;
		if (high < 0 || low < 0)
			return err_set(e, ERR_BAD_INPUT, "form: broken %% escape");
		raw[n++] = (char)(high << 4 | low);
		i += 2;
	}
	*ret = text_clean(ctx, raw, n);
	talloc_free(raw);
	return true;
}

static bool add_field(struct form *f, const char *pair, size_t len, struct err *e)
{
	const char *equals = memchr(pair, '=', len);
	size_t name_len = equals ? (size_t)(equals - pair) : len;
	size_t value_at = equals ? name_len + 1 : len;
	struct form_field field;

	if (f->n == FORM_FIELDS_MAX)
		return err_set(e, ERR_BAD_INPUT, "form: more than %d fields", FORM_FIELDS_MAX);
	if (!decode(f, pair, name_len, &field.name, e) ||
	    !decode(f, pair + value_at, len - value_at, &field.value, e))
		return false;
	if (!*field.name)
		return err_set(e, ERR_BAD_INPUT, "form: a field without a name");
	if (form_get(f, field.name))
		return err_set(e, ERR_BAD_INPUT, "form: the same field twice");
	f->fields[f->n++] = field;
	return true;
}

bool form_parse(TALLOC_CTX *ctx, const char *body, size_t len, struct form **ret, struct err *e)
{
	struct form *f = mem_zero(ctx, struct form);
	f->fields = mem_array(f, struct form_field, FORM_FIELDS_MAX);
	const char *end = body + len;
	while (body < end) {
		const char *next = memchr(body, '&', (size_t)(end - body));
		size_t pair_len = (size_t)((next ? next : end) - body);
		if (pair_len > 0 && !add_field(f, body, pair_len, e)) {
			talloc_free(f);
			return false;
		}
		body += pair_len + 1;
	}
	*ret = f;
	return true;
}

const char *form_get(const struct form *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (strcmp(f->fields[i].name, name) == 0)
			return f->fields[i].value;
	return NULL;
}

static bool is_unreserved(unsigned char c)
{
	unsigned char letter = c | 0x20;

	return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
	       c == '_' || c == '~';
}

/* By hand: every second byte of a message's JSON is escaped, and mem_appendf for each was a quarter
 * of the bot's work (tests/bench/run profile). */
static void append_escaped(char **buf, const char *s)
{
	static const char digits[] = "0123456789ABCDEF";
	char chunk[ESCAPE_CHUNK_BYTES];
	size_t n = 0;

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (n + 3 > sizeof(chunk)) {
			mem_append_n(buf, chunk, n);
			n = 0;
		}
		if (is_unreserved(c)) {
			chunk[n++] = (char)c;
			continue;
		}
		chunk[n++] = '%';
		chunk[n++] = digits[c >> 4];
		chunk[n++] = digits[c & 15];
	}
	mem_append_n(buf, chunk, n);
}

void form_append(char **body, const char *name, const char *value)
{
	if (**body)
		mem_append(body, "&");
	append_escaped(body, name);
	mem_append(body, "=");
	append_escaped(body, value);
}

char *form_escape(TALLOC_CTX *ctx, const char *s)
{
	char *out = mem_strdup(ctx, "");
	append_escaped(&out, s);
	return out;
}
