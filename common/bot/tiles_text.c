/*
 * The text of a text tile for Slack. Looker takes Markdown with HTML in it; what both have in
 * common with mrkdwn is kept: line breaks, headings, lists, bold, links. Everything else is text.
 */
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/text.h"
#include "bot/tiles.h"
#include "slack/mrkdwn.h"

#define TEXT_MAX_CHARS 6000
#define HREF_MAX_BYTES 2000
#define MARKS "*_[" /* that may begin something */

/* --- HTML as Markdown --- */

static const struct {
	const char *tag; /* how it begins, without '<'; the rest up to '>' goes with it */
	const char *text;
} tags[] = {
	{ "br", "\n" }, { "/p", "\n" },	    { "/div", "\n" },	 { "/li", "\n" },  { "li", "\n- " },
	{ "/h", "\n" }, { "h1", "\n# " },   { "h2", "\n# " },	 { "h3", "\n# " }, { "b", "**" },
	{ "/b", "**" }, { "strong", "**" }, { "/strong", "**" }, { "ul", "\n" },   { "/ul", "\n" },
	{ "ol", "\n" }, { "/ol", "\n" },
};
#define N_TAGS (sizeof(tags) / sizeof(tags[0]))

/* Whether the text after '<' is that tag: its name ends there, but for "/h" (of any number). */
static bool is_tag(const char *s, const char *tag)
{
	size_t len = strlen(tag);

	return strncasecmp(s, tag, len) == 0 &&
	       (strcmp(tag, "/h") == 0 || s[len] == '>' || s[len] == ' ' || s[len] == '/');
}

/* <a href="https://…">label</a> at `s` (after '<'): appends [label](https://…) and returns what
 * follows; NULL when it is none. */
static const char *take_anchor(TALLOC_CTX *ctx, char **out, const char *s)
{
	const char *open_end = is_tag(s, "a") ? strchr(s, '>') : NULL;
	const char *href = open_end ? strstr(s, "href=") : NULL;
	const char *close = open_end ? strcasestr(open_end, "</a>") : NULL;

	if (!href || !close || href > open_end)
		return NULL;
	href += strlen("href=");
	const char quote[] = { *href, '\0' };
	if (strcmp(quote, "\"") != 0 && strcmp(quote, "'") != 0)
		return NULL;
	size_t len = strcspn(href + 1, quote);
	if (href + 1 + len > open_end || len > HREF_MAX_BYTES)
		return NULL;
	const char *label =
		text_from_html(ctx, mem_strndup(ctx, open_end + 1, (size_t)(close - open_end - 1)));
	mem_appendf(out, "[%s](%.*s)", label, (int)len, href + 1);
	return close + strlen("</a>");
}

static const char *take_tag(char **out, const char *s)
{
	const char *end = strchr(s, '>');

	for (size_t i = 0; end && i < N_TAGS; i++) {
		if (!is_tag(s, tags[i].tag))
			continue;
		mem_append(out, tags[i].text);
		return end + 1;
	}
	return NULL;
}

static char *as_markdown(TALLOC_CTX *ctx, const char *html)
{
	char *out = mem_strdup(ctx, "");

	while (*html) {
		size_t plain = strcspn(html, "<");
		mem_append_n(&out, html, plain);
		html += plain;
		if (!*html)
			break;
		const char *after = take_anchor(ctx, &out, html + 1);
		if (!after)
			after = take_tag(&out, html + 1);
		if (!after) { /* another tag, or no tag: text_from_html knows */
			mem_append(&out, "<");
			after = html + 1;
		}
		html = after;
	}
	return out;
}

/* --- Markdown as mrkdwn --- */

/* **bold** or __bold__ at `s`. */
static const char *take_bold(TALLOC_CTX *ctx, char **out, const char *s)
{
	const char mark[] = { s[0], s[0], '\0' };

	if ((s[0] != '*' && s[0] != '_') || s[1] != s[0])
		return NULL;
	const char *end = strstr(s + 2, mark);
	if (!end || end == s + 2)
		return NULL;
	mrkdwn_add_bold(out, mem_strndup(ctx, s + 2, (size_t)(end - s - 2)));
	return end + 2;
}

/* [label](https://…) at `s`. */
static const char *take_link(TALLOC_CTX *ctx, char **out, const char *s)
{
	const char *middle = s[0] == '[' ? strstr(s, "](http") : NULL;
	const char *end = middle ? strchr(middle, ')') : NULL;

	if (!end || memchr(s + 1, '[', (size_t)(middle - s - 1)))
		return NULL;
	mrkdwn_add_link(out, mem_strndup(ctx, middle + 2, (size_t)(end - middle - 2)),
			mem_strndup(ctx, s + 1, (size_t)(middle - s - 1)));
	return end + 1;
}

static void add_plain(TALLOC_CTX *ctx, char **out, const char *from, const char *to)
{
	if (to > from)
		mrkdwn_add_text(out, mem_strndup(ctx, from, (size_t)(to - from)));
}

static void add_inline(TALLOC_CTX *ctx, char **out, const char *s)
{
	const char *plain = s;

	for (s += strcspn(s, MARKS); *s; s += strcspn(s, MARKS)) {
		char *marked = mem_strdup(ctx, "");
		const char *after = take_bold(ctx, &marked, s);
		if (!after)
			after = take_link(ctx, &marked, s);
		if (!after) {
			s++;
			continue;
		}
		add_plain(ctx, out, plain, s);
		mrkdwn_add_raw(out, marked);
		plain = s = after;
	}
	add_plain(ctx, out, plain, s);
}

static void add_line(TALLOC_CTX *ctx, char **out, const char *s)
{
	size_t hashes = strspn(s, "#");

	if (hashes > 0 && s[hashes] == ' ') {
		mrkdwn_add_bold(out, s + hashes + 1);
		return;
	}
	if (s[0] && strchr("-*+", s[0]) && s[1] == ' ') {
		mrkdwn_add_raw(out, "• ");
		s += 2;
	}
	add_inline(ctx, out, s);
}

char *tiles_text(TALLOC_CTX *ctx, const char *markdown)
{
	const char *rest = text_cut(ctx, as_markdown(ctx, markdown), TEXT_MAX_CHARS);
	char *out = mem_strdup(ctx, "");

	while (*rest) {
		size_t len = strcspn(rest, "\n");
		const char *line = text_from_html(ctx, mem_strndup(ctx, rest, len));
		rest += len + (rest[len] == '\n');
		if (!line[0])
			continue;
		mrkdwn_add_raw(&out, out[0] ? "\n" : "");
		add_line(ctx, &out, line);
	}
	return out;
}
