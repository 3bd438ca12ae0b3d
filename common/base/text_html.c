/*
 * HTML to one line of plain text, for error pages of proxies and descriptions that people wrote in
 * HTML. No parser of documents: tags go, entities are decoded, white space is folded. The result
 * is plain text and still has to be escaped where it goes.
 */
#include "base/text.h"

#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "base/mem.h"
#include "base/text_code.h"

#define ENTITY_NAME_MAX_BYTES 16
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name;
	const char *text;
} entities[] = {
	{ "amp", "&" },	   { "apos", "'" },  { "bull", "•" },  { "cent", "¢" },	  { "copy", "©" },
	{ "deg", "°" },	   { "euro", "€" },  { "gt", ">" },    { "hellip", "…" }, { "laquo", "«" },
	{ "ldquo", "“" },  { "lsquo", "‘" }, { "lt", "<" },    { "mdash", "—" },  { "middot", "·" },
	{ "nbsp", " " },   { "ndash", "–" }, { "pound", "£" }, { "quot", "\"" },  { "raquo", "»" },
	{ "rdquo", "”" },  { "reg", "®" },   { "rsquo", "’" }, { "times", "×" },  { "trade", "™" },
	{ "yen", "¥" },	   { "auml", "ä" },  { "ouml", "ö" },  { "uuml", "ü" },	  { "eacute", "é" },
	{ "egrave", "è" }, { "szlig", "ß" },
};

/* Tags that do not separate words; all others do. */
static const char *const inline_tags[] = {
	"a",	"abbr", "b",	 "big",	 "code",   "del", "em",	 "font", "i", "ins", "kbd",
	"mark", "s",	"small", "span", "strong", "sub", "sup", "tt",	 "u", "wbr",
};

/* Tags whose content is no text. */
static const char *const silent_tags[] = { "script", "style", "template" };

struct out {
	char *text;
	bool blank; /* white space seen since the last character */
	bool any;
};

static bool in_list(const char *const *list, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && strncasecmp(list[i], name, len) == 0)
			return true;
	return false;
}

static void put(struct out *o, const char *s, size_t n)
{
	if (o->blank && o->any)
		mem_append_n(&o->text, " ", 1);
	mem_append_n(&o->text, s, n);
	o->blank = false;
	o->any = true;
}

static void put_code(struct out *o, int32_t code)
{
	if (text_code_is_space(code) || text_code_is_control(code)) {
		o->blank = true;
		return;
	}
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n = utf8proc_encode_char(code, bytes);
	put(o, (const char *)bytes, (size_t)n);
}

/* "#8230" or "#x2026" (without & and ;) as a code point. */
static bool numeric_entity(const char *name, size_t len, int32_t *ret)
{
	bool hex = len > 1 && (name[1] == 'x' || name[1] == 'X');
	size_t first = hex ? 2 : 1;
	int32_t code = 0;
	if (len <= first)
		return false;
	for (size_t i = first; i < len; i++) {
		static const char digits[] = "0123456789abcdefABCDEF";
		const char *d = name[i] ? strchr(digits, name[i]) : NULL;
		int value = d ? (int)(d - digits) : 99;
		value = value >= 16 && value < 22 ? value - 6 : value;
		if (value >= (hex ? 16 : 10))
			return false;
		code = code < 0x1000000 ? code * (hex ? 16 : 10) + value : code;
	}
	*ret = code > 0 && utf8proc_codepoint_valid(code) ? code : 0xFFFD;
	return true;
}

/* Decodes the entity at `s` ('&'); returns its bytes, 0 when it is none. */
static size_t entity(struct out *o, const char *s)
{
	size_t len = strcspn(s + 1, "; \t\n&<");
	int32_t code;
	if (s[1 + len] != ';' || len == 0 || len > ENTITY_NAME_MAX_BYTES)
		return 0;
	if (s[1] == '#') {
		if (!numeric_entity(s + 1, len, &code))
			return 0;
		put_code(o, code);
		return len + 2;
	}
	for (size_t i = 0; i < COUNT(entities); i++) {
		if (strlen(entities[i].name) != len || strncmp(entities[i].name, s + 1, len) != 0)
			continue;
		text_code_next(entities[i].text, strlen(entities[i].text), &code);
		put_code(o, code);
		return len + 2;
	}
	return 0;
}

/* Behind the '>' of the tag at `s`, which may stand in quotes before; the end when there is none.
 */
static const char *tag_end(const char *s)
{
	char quote = '\0';
	for (; *s; s++) {
		if (quote)
			quote = *s == quote ? '\0' : quote;
		else if (*s == '"' || *s == '\'')
			quote = *s;
		else if (*s == '>')
			return s + 1;
	}
	return s;
}

/* Behind the closing tag of `name`, from `s` on; the end when there is none. */
static const char *after_closing(const char *s, const char *name, size_t len)
{
	for (; *s; s++)
		if (s[0] == '<' && s[1] == '/' && strncasecmp(s + 2, name, len) == 0)
			return tag_end(s);
	return s;
}

static bool is_tag(const char *s)
{
	unsigned char next = (unsigned char)s[1];
	unsigned char lower = next | 0x20;
	return next == '/' || next == '!' || next == '?' || (lower >= 'a' && lower <= 'z');
}

/* Skips the tag or comment at `s` and, after <script> and the like, what it holds. */
static const char *skip_tag(struct out *o, const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ123456";
	if (strncmp(s, "<!--", 4) == 0) {
		const char *end = strstr(s + 4, "-->");
		return end ? end + 3 : s + strlen(s);
	}
	bool closing = s[1] == '/';
	const char *name = s + 1 + closing;
	size_t len = strspn(name, letters);
	const char *end = tag_end(s);
	if (!in_list(inline_tags, COUNT(inline_tags), name, len))
		o->blank = true;
	if (!closing && in_list(silent_tags, COUNT(silent_tags), name, len))
		return after_closing(end, name, len);
	return end;
}

char *text_from_html(TALLOC_CTX *ctx, const char *html)
{
	char *clean = text_clean(ctx, html, strlen(html));
	size_t len = strlen(clean);
	struct out o = { .text = mem_strdup(ctx, "") };
	const char *s = clean, *end = clean + len;
	while (s < end) {
		int32_t code;
		if (*s == '<' && is_tag(s)) {
			s = skip_tag(&o, s);
			continue;
		}
		size_t n = *s == '&' ? entity(&o, s) : 0;
		if (n == 0) {
			n = text_code_next(s, (size_t)(end - s), &code);
			put_code(&o, code);
		}
		s += n;
	}
	talloc_free(clean);
	return o.text;
}
