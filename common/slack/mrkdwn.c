/*
 * Writes Slack's mrkdwn so that data stays data. Slack has no escape for its marks, so a mark that
 * could take effect gets an invisible neighbour; our own markup goes through mrkdwn_add_raw. It
 * knows nothing of messages or their limits.
 *
 * The invisible character is U+200B, the zero-width space, on both sides of the mark. Slack formats
 * only when a mark has a word's border outside and something else than space inside. If Slack takes
 * U+200B for space, the inner one ends the effect; if it takes it for a letter, the outer one does.
 * Where neither side could be one (snake_case, "5 * 3") nothing is added, so that a copied value
 * stays what it was; slack_inbound_clean drops the character again from what people paste.
 * A back tick becomes U+02CB, which looks the same: code takes any neighbour and any content.
 * Direction: a value with letters written from right to left stands in an isolate, and loses the
 * characters that would steer what follows it (base/text_bidi.c); our own marks stay inside it.
 * Bare host names and e-mail addresses are left alone; message_blocks.c says `verbatim`, which
 * keeps Slack from linking them.
 */
#include "slack/mrkdwn.h"

#include <ctype.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"

#define INVISIBLE "\u200b"
#define BACK_TICK "\u02cb"
#define EMOJI_MAX_BYTES 100
/* A section holds 3,000 characters and a link cannot be split: both must fit, escaped. */
#define URL_MAX_BYTES 2000
#define LABEL_MAX_CHARS 180

/* Beyond the value's ends anything may stand: neither a letter nor a blank to rely on. */
static bool is_word(int c)
{
	return c > 0 && c < 0x80 && isalnum(c);
}

static bool is_blank(int c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* Whether the mark at s[i] could open or close a format. */
static bool mark_acts(const char *s, size_t i)
{
	int before = i > 0 ? (unsigned char)s[i - 1] : 0;
	int after = (unsigned char)s[i + 1];
	bool opens = !is_word(before) && !is_blank(after);
	bool closes = !is_blank(before) && !is_word(after);
	return opens || closes;
}

/* A colon that begins ":name:", or begins a word that ends the value (the next text may close it).
 * "12:30:45" stays: a name of digits alone after a digit is a time. "Region:North" stays too. */
static bool emoji_begins(const char *s, size_t i)
{
	size_t len = strspn(s + i + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789_+'-");
	char end = s[i + 1 + len];
	if (len == 0 || len > EMOJI_MAX_BYTES)
		return false;
	int before = i > 0 ? (unsigned char)s[i - 1] : 0;
	if (end == '\0')
		return before == 0 || is_blank(before);
	bool digits = strspn(s + i + 1, "0123456789") == len;
	return end == ':' && !(digits && isdigit(before));
}

/* "https://" in any value; "mailto:x" likewise. */
static bool link_begins(const char *s, size_t i)
{
	static const char mailto[] = "mailto";
	size_t n = strlen(mailto);
	if (strncmp(s + i, "://", 3) == 0)
		return true;
	return i >= n && strncasecmp(s + i - n, mailto, n) == 0 &&
	       !is_blank((unsigned char)s[i + 1]);
}

static bool colon_acts(const char *s, size_t i)
{
	return link_begins(s, i) || emoji_begins(s, i);
}

/* "@here" and its kin, whole words in any case. */
static bool at_acts(const char *s, size_t i)
{
	static const char *const words[] = { "here", "channel", "everyone", "group" };
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		size_t n = strlen(words[w]);
		if (strncasecmp(s + i + 1, words[w], n) == 0 &&
		    !is_word((unsigned char)s[i + 1 + n]))
			return true;
	}
	return false;
}

/* The dot of "www.x": Slack links it without a scheme. */
static bool dot_acts(const char *s, size_t i)
{
	return i >= 3 && strncasecmp(s + i - 3, "www", 3) == 0 &&
	       (i == 3 || !is_word((unsigned char)s[i - 4])) &&
	       !is_blank((unsigned char)s[i + 1]) && s[i + 1] != '\0';
}

/* A ">" that begins a line quotes it. */
static bool quote_acts(const char *s, size_t i)
{
	while (i > 0 && (s[i - 1] == ' ' || s[i - 1] == '\t'))
		i--;
	return i == 0 || s[i - 1] == '\n';
}

/* What each special byte becomes, and when it needs invisible neighbours, and where. */
static const struct special {
	char byte;
	const char *text;
	bool (*acts)(const char *s, size_t i);
	bool before, after;
} specials[] = {
	{ '&', "&amp;", NULL, false, false },	  { '<', "&lt;", NULL, false, false },
	{ '>', "&gt;", quote_acts, true, false }, { '`', BACK_TICK, NULL, false, false },
	{ '*', "*", mark_acts, true, true },	  { '_', "_", mark_acts, true, true },
	{ '~', "~", mark_acts, true, true },	  { ':', ":", colon_acts, false, true },
	{ '@', "@", at_acts, false, true },	  { '.', ".", dot_acts, true, false },
};

static const struct special *special_of(char c)
{
	for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
		if (specials[i].byte == c)
			return &specials[i];
	}
	return NULL;
}

static void add_escaped(char **buf, const char *text)
{
	for (size_t i = 0; text[i]; i++) {
		const struct special *sp = special_of(text[i]);
		if (!sp) {
			mem_append_n(buf, text + i, 1);
			continue;
		}
		bool acts = sp->acts && sp->acts(text, i);
		if (acts && sp->before)
			mem_append(buf, INVISIBLE);
		mem_append(buf, sp->text);
		if (acts && sp->after)
			mem_append(buf, INVISIBLE);
	}
}

/* Adds with `add` what `text` is: as valid UTF-8, without steering characters, isolated where it
 * needs to be. */
static void add_apart(char **buf, const char *text, void (*add)(char **buf, const char *text))
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	char *clean = text_unsteered(tmp, text_clean(tmp, text, strlen(text)));
	bool rtl = text_has_rtl(clean);
	mem_append(buf, rtl ? TEXT_ISOLATE : "");
	add(buf, clean);
	mem_append(buf, rtl ? TEXT_ISOLATE_END : "");
	talloc_free(tmp);
}

void mrkdwn_add_text(char **buf, const char *text)
{
	add_apart(buf, text, add_escaped);
}

void mrkdwn_add_raw(char **buf, const char *mrkdwn)
{
	mem_append(buf, mrkdwn);
}

void mrkdwn_addf_raw(char **buf, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	char *text = mem_vprintf(NULL, fmt, ap);
	va_end(ap);
	mem_append(buf, text);
	talloc_free(text);
}

/* Within marks and labels: a line end would end them, blanks at the ends would undo the marks. */
static char *one_line(TALLOC_CTX *ctx, const char *text)
{
	char *line = text_trim(ctx, text);
	for (char *p = line; *p; p++) {
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	}
	return line;
}

static void add_bold_escaped(char **buf, const char *line)
{
	mem_append(buf, "*");
	add_escaped(buf, line);
	mem_append(buf, "*");
}

static void add_code_escaped(char **buf, const char *line)
{
	mem_append(buf, "`");
	for (const char *p = line; *p; p++) {
		const struct special *sp = strchr("&<>", *p) ? special_of(*p) : NULL;
		if (sp)
			mem_append(buf, sp->text);
		else
			mem_append_n(buf, *p == '`' ? "'" : p, 1);
	}
	mem_append(buf, "`");
}

static void add_line_apart(char **buf, const char *text, void (*add)(char **buf, const char *text))
{
	char *clean = text_unsteered(NULL, text);
	char *line = one_line(NULL, clean);
	if (*line)
		add_apart(buf, line, add);
	talloc_free(line);
	talloc_free(clean);
}

void mrkdwn_add_bold(char **buf, const char *text)
{
	add_line_apart(buf, text, add_bold_escaped);
}

void mrkdwn_add_code(char **buf, const char *text)
{
	add_line_apart(buf, text, add_code_escaped);
}

static bool is_web_url(const char *url)
{
	return (strncasecmp(url, "https://", 8) == 0 && url[8]) ||
	       (strncasecmp(url, "http://", 7) == 0 && url[7]);
}

char *mrkdwn_url(TALLOC_CTX *ctx, const char *url)
{
	if (!url || !is_web_url(url))
		return NULL;
	char *out = mem_strdup(ctx, "");
	for (const char *p = url; *p; p++) {
		unsigned char c = (unsigned char)*p;
		/* Beyond ASCII too: Unicode has blanks that would end the address. */
		if (c <= ' ' || c >= 0x7f || strchr("|<>[]\"`", c))
			mem_appendf(&out, "%%%02X", c);
		else
			mem_append_n(&out, p, 1);
	}
	return out;
}

/* Within mrkdwn '&' begins an entity. */
static char *escape_url(TALLOC_CTX *ctx, const char *url)
{
	char *out = mem_strdup(ctx, "");
	for (const char *p = url; *p; p++)
		mem_append_n(&out, *p == '&' ? "&amp;" : p, *p == '&' ? 5 : 1);
	return out;
}

void mrkdwn_add_link(char **buf, const char *url, const char *label)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	char *line = text_cut(tmp, one_line(tmp, label ? label : ""), LABEL_MAX_CHARS);
	char *clean = mrkdwn_url(tmp, url);
	char *escaped = clean ? escape_url(tmp, clean) : NULL;
	bool link = escaped && strlen(escaped) <= URL_MAX_BYTES;
	if (link)
		mem_appendf(buf, *line ? "<%s|" : "<%s", escaped);
	mrkdwn_add_text(buf, line);
	if (link)
		mem_append(buf, ">");
	talloc_free(tmp);
}

void mrkdwn_add_user(char **buf, const char *user_id)
{
	size_t len = strspn(user_id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
	if ((user_id[0] == 'U' || user_id[0] == 'W') && len > 1 && user_id[len] == '\0')
		mem_appendf(buf, "<@%s>", user_id);
	else
		mrkdwn_add_text(buf, user_id);
}
