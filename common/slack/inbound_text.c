/*
 * What a person meant by the text that Slack sent: Slack's markup and typographic quotes undone,
 * invisible characters and paste marks dropped, white space folded. Each step is one function from
 * text to text. It keeps the case and understands no command.
 */
#include <ctype.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/inbound_private.h"

struct replacement {
	const char *from, *to;
};

static const struct replacement entities[] = {
	{ "&lt;", "<" },
	{ "&gt;", ">" },
	{ "&amp;", "&" },
};

/* Quotes as phones and word processors type them; white space; and what this bot itself put into
 * values to keep them from formatting (slack/mrkdwn.c): a value copied from an answer must work as
 * a filter. */
static const struct replacement characters[] = {
	{ "“", "\"" },	   { "”", "\"" },     { "„", "\"" },	 { "‟", "\"" },
	{ "‘", "'" },	   { "’", "'" },      { "‚", "'" },	 { "‛", "'" },
	{ "\u00a0", " " }, { "\u2007", " " }, { "\u2009", " " }, { "\u202f", " " },
	{ "\u3000", " " }, { "\u200b", "" }, /* zero-width space */
	{ "\u2060", "" },		     /* word joiner */
	{ "\u2068", "" },		     /* an isolate ... */
	{ "\u2069", "" },		     /* ... and its end */
	{ "\ufeff", "" },		     /* byte order mark */
	{ "\u02cb", "`" }, /* modifier letter grave accent: mrkdwn.c's back tick */
};
#define N_OF(table) (sizeof(table) / sizeof((table)[0]))

static const struct replacement *replacement_at(const char *s, const struct replacement *table,
						size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strncmp(s, table[i].from, strlen(table[i].from)) == 0)
			return &table[i];
	}
	return NULL;
}

/* Appends s[0..len) with all of the table replaced, in one pass: "&amp;lt;" becomes "&lt;". */
static void append_replaced(char **buf, const char *s, size_t len, const struct replacement *table,
			    size_t n)
{
	const char *end = s + len;
	while (s < end) {
		const struct replacement *r = replacement_at(s, table, n);
		if (r) {
			mem_append(buf, r->to);
			s += strlen(r->from);
		} else {
			mem_append_n(buf, s++, 1);
		}
	}
}

static bool has_scheme(const char *s, size_t len)
{
	static const char *const schemes[] = { "http://", "https://", "mailto:",
					       "tel:",	  "ftp://",   "slack://" };
	for (size_t i = 0; i < N_OF(schemes); i++) {
		if (len > strlen(schemes[i]) && strncmp(s, schemes[i], strlen(schemes[i])) == 0)
			return true;
	}
	return false;
}

static void append_entities(char **buf, const char *s, size_t len)
{
	append_replaced(buf, s, len, entities, N_OF(entities));
}

/* "@U1|ada" -> "@ada", "#C1|" -> "#C1", "!here" -> "@here", "!subteam^S1|@team" -> "@team". */
static void append_mention(char **buf, const char *s, size_t id_len, const char *name,
			   size_t name_len)
{
	char sign = s[0] == '!' ? '@' : s[0];
	if (name_len == 0) {
		name = s + 1;
		name_len = id_len - 1;
	}
	if (name[0] != sign)
		mem_append_n(buf, &sign, 1);
	append_entities(buf, name, name_len);
}

/* "https://x|label" -> "label", "mailto:a@b" -> "a@b". */
static void append_address(char **buf, const char *s, size_t url_len, const char *label,
			   size_t label_len)
{
	if (label_len > 0) {
		append_entities(buf, label, label_len);
		return;
	}
	static const char mailto[] = "mailto:";
	size_t skip = strncmp(s, mailto, strlen(mailto)) == 0 ? strlen(mailto) : 0;
	append_entities(buf, s + skip, url_len - skip);
}

/* Appends what <...> at s stands for and returns its length; 0 when it is no markup of Slack's but
 * a "<" that was typed. */
static size_t append_markup(char **buf, const char *s)
{
	size_t len = strcspn(s + 1, "<>\n");
	if (s[1 + len] != '>' || len < 2)
		return 0;
	const char *body = s + 1, *bar = memchr(body, '|', len);
	size_t first = bar ? (size_t)(bar - body) : len;
	const char *rest = bar ? bar + 1 : body + len;
	size_t rest_len = len - (size_t)(rest - body);
	if (strchr("@#!", body[0]) && first > 1 && isalnum((unsigned char)body[1]))
		append_mention(buf, body, first, rest, rest_len);
	else if (has_scheme(body, first))
		append_address(buf, body, first, rest, rest_len);
	else
		return 0;
	return len + 2;
}

static char *undo_markup(TALLOC_CTX *ctx, const char *s)
{
	char *out = mem_strdup(ctx, "");
	while (*s) {
		size_t len = *s == '<' ? append_markup(&out, s) : 0;
		if (len == 0) {
			len = *s == '<' ? 1 : strcspn(s, "<");
			append_entities(&out, s, len);
		}
		s += len;
	}
	return out;
}

/* How long the run in double quotes at s is, both quotes included; 0 when it is not closed. */
static size_t quoted_len(const char *s)
{
	const char *close = *s == '"' ? strchr(s + 1, '"') : NULL;
	return close ? (size_t)(close - s) + 1 : 0;
}

/* Where a bold run may begin or end: at the text's ends, at blanks, and beside the signs that
 * separate filters. */
static bool is_border(char c)
{
	return c == '\0' || isspace((unsigned char)c) || strchr("=;,:()", c);
}

/* The length of a bold run at s with its marks, or 0: "*word*" is one, "3 * 4 * 5" is none. */
static size_t bold_len(const char *s, char before)
{
	if (*s != '*' || !is_border(before) || s[1] == '*' || isspace((unsigned char)s[1]))
		return 0;
	size_t len = strcspn(s + 1, "*\n\"");
	if (len == 0 || s[1 + len] != '*' || isspace((unsigned char)s[len]) ||
	    !is_border(s[len + 2]))
		return 0;
	return len + 2;
}

static char *drop_bold(TALLOC_CTX *ctx, const char *s)
{
	char *out = mem_strdup(ctx, "");
	char before = '\0';
	while (*s) {
		size_t quoted = quoted_len(s), bold = bold_len(s, before);
		size_t len = quoted ? quoted : bold ? bold : 1;
		if (bold)
			mem_append_n(&out, s + 1, len - 2);
		else
			mem_append_n(&out, s, len);
		before = s[len - 1];
		s += len;
	}
	return out;
}

static char *fold_space(TALLOC_CTX *ctx, const char *s)
{
	char *out = mem_strdup(ctx, "");
	while (*s) {
		size_t quoted = quoted_len(s);
		size_t space = strspn(s, " \t\r\n");
		size_t len = quoted ? quoted : space ? space : 1;
		mem_append_n(&out, space ? " " : s, space ? 1 : len);
		s += len;
	}
	return out;
}

char *slack_inbound_clean(TALLOC_CTX *ctx, const char *text)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	char *plain = undo_markup(tmp, text);
	char *typed = mem_strdup(tmp, "");
	append_replaced(&typed, plain, strlen(plain), characters, N_OF(characters));
	char *clean = text_trim(ctx, fold_space(tmp, drop_bold(tmp, typed)));
	talloc_free(tmp);
	return clean;
}

char *slack_inbound_address(TALLOC_CTX *ctx, const char *link)
{
	char *address = mem_strdup(ctx, "");

	append_entities(&address, link, strlen(link));
	return address;
}

void inbound_add_links(struct slack_inbound *in, const char *text)
{
	for (const char *s = strchr(text, '<'); s; s = strchr(s + 1, '<')) {
		size_t len = strcspn(s + 1, "<>|\n");
		char end = s[1 + len];

		if ((end == '>' || end == '|') && (strncasecmp(s + 1, "http://", 7) == 0 ||
						   strncasecmp(s + 1, "https://", 8) == 0))
			inbound_add_link(in, s + 1, len);
	}
}

/* "<@U1>" or "<@U1|ada>" at s: its length, or 0. */
static size_t mention_len(const char *s, const char *self)
{
	size_t id, len;

	if (strncmp(s, "<@", 2) != 0)
		return 0;
	id = strspn(s + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
	if (id == 0 || (self && (strlen(self) != id || strncasecmp(s + 2, self, id) != 0)))
		return 0;
	len = 2 + id;
	if (s[len] == '|')
		len += strcspn(s + len, "<>\n");
	return s[len] == '>' ? len + 1 : 0;
}

size_t inbound_call_len(const char *text, const char *self)
{
	static const char no_break_space[] = "\u00a0";
	size_t len = mention_len(text, self);

	while (len > 0 && text[len]) {
		if (strchr(" \t\r\n:,", text[len]))
			len++;
		else if (strncmp(text + len, no_break_space, strlen(no_break_space)) == 0)
			len += strlen(no_break_space);
		else
			break;
	}
	return len;
}
