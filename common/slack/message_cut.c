/*
 * Counting and cutting mrkdwn: never inside an entity, a <link> or a character, at line ends where
 * it can. Also the one way to write a number as JSON. It knows no blocks.
 */
#include <math.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/message_private.h"

#define ELLIPSIS "…"
#define CHARACTER_MAX_BYTES 64	       /* a larger pile of accents may be parted */
#define INTEGER_MAX 9007199254740992.0 /* 2^53: beyond it a double is no exact integer */

size_t message_units(const char *s)
{
	size_t units = 0;
	for (const unsigned char *p = (const unsigned char *)s; *p; p++) {
		if ((*p & 0xc0) != 0x80)
			units += *p >= 0xf0 ? 2 : 1;
	}
	return units;
}

static size_t char_bytes(const char *s)
{
	size_t n = 1;
	while (((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* The bytes at s that only stand together: an entity, a link, a character as people see it. */
static size_t atom_bytes(const char *s, size_t left)
{
	static const char *const entities[] = { "&amp;", "&lt;", "&gt;" };
	for (size_t i = 0; *s == '&' && i < sizeof(entities) / sizeof(entities[0]); i++) {
		if (strncmp(s, entities[i], strlen(entities[i])) == 0)
			return strlen(entities[i]);
	}
	if (*s == '<') {
		size_t len = strcspn(s, ">");
		if (s[len] == '>')
			return len + 1;
	}
	return text_character(s, left < CHARACTER_MAX_BYTES ? left : CHARACTER_MAX_BYTES);
}

static size_t units_of(const char *s, size_t len)
{
	size_t units = 0;
	for (size_t i = 0; i < len; i += char_bytes(s + i))
		units += (unsigned char)s[i] >= 0xf0 ? 2 : 1;
	return units;
}

struct message_cut message_cut_at(const char *mrkdwn, size_t max_units)
{
	size_t at = 0, units = 0, line = 0, blank = 0, end = strlen(mrkdwn);
	while (mrkdwn[at]) {
		size_t len = atom_bytes(mrkdwn + at, end - at);
		size_t more = units_of(mrkdwn + at, len);
		if (more > max_units && at == 0) /* a link longer than the limit: give it up */
			more = units_of(mrkdwn, len = char_bytes(mrkdwn));
		if (units + more > max_units)
			break;
		/* The sign itself is dropped at the cut, so it may stand one too far. */
		if (mrkdwn[at] == '\n')
			line = at;
		else if (mrkdwn[at] == ' ')
			blank = at;
		units += more;
		at += len;
	}
	if (!mrkdwn[at])
		return (struct message_cut){ at, at };
	if (mrkdwn[at] == '\n')
		line = at;
	else if (mrkdwn[at] == ' ')
		blank = at;
	if (line > at / 2)
		return (struct message_cut){ line, line + 1 };
	if (blank > at / 2)
		return (struct message_cut){ blank, blank + 1 };
	if (at == 0) /* no room for one character: progress before limits */
		at = char_bytes(mrkdwn);
	return (struct message_cut){ at, at };
}

char *message_shorten(TALLOC_CTX *ctx, const char *mrkdwn, size_t max_units)
{
	if (message_units(mrkdwn) <= max_units)
		return mem_strdup(ctx, mrkdwn);
	size_t len = message_cut_at(mrkdwn, max_units - 1).len;
	char *out = mem_strndup(ctx, mrkdwn, len);
	mem_append(&out, ELLIPSIS);
	return out;
}

struct json_object *message_number(double value)
{
	if (value == trunc(value) && fabs(value) < INTEGER_MAX)
		return json_object_new_int64((int64_t)value);
	for (int digits = 15; digits < 17; digits++) {
		char *text = mem_printf(NULL, "%.*g", digits, value);
		double back = 0;
		bool same = text_to_number(text, &back) && back == value;
		struct json_object *o = same ? json_object_new_double_s(value, text) : NULL;
		talloc_free(text);
		if (o)
			return o;
	}
	return json_object_new_double(value);
}
