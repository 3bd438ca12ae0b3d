/*
 * Words into a target. Addresses are compared with the instances' by origin, never by prefix, and
 * their path is decoded segment by segment.
 */
#include "bot/target.h"

#include "base/mem.h"
#include "base/text.h"
#include "bot/command.h"
#include "net/url.h"

#define ID_MAX_BYTES 300

/* Looker's pages by the beginning of their path. */
static const struct {
	const char *path;
	enum target_kind kind;
} pages[] = {
	{ "/looks/", TARGET_LOOK },
	{ "/dashboards/", TARGET_DASHBOARD },
	{ "/dashboards-next/", TARGET_DASHBOARD },
	{ "/dashboards-legacy/", TARGET_DASHBOARD },
	{ "/x/", TARGET_SLUG },
	{ "/explore/", TARGET_EXPLORE },
};

static bool is_number(const char *word)
{
	return word[0] != '\0' && word[strspn(word, "0123456789")] == '\0';
}

static bool is_lookml_id(const char *word)
{
	const char *colons = strstr(word, "::");

	return colons && colons > word && colons[2] != '\0';
}

/* --- addresses --- */

/* The instance of that origin, or COMMAND_NOBODY. */
static size_t instance_of(TALLOC_CTX *ctx, const struct bot *bot, const struct url *url)
{
	for (size_t i = 0; i < bot->n_lookers; i++) {
		struct url *own;
		struct err e;

		if (url_parse(ctx, looker_url(bot->lookers[i]), &own, &e) &&
		    url_same_origin(own, url))
			return i;
	}
	return COMMAND_NOBODY;
}

/* An address that was typed without its scheme, completed: "looker.example.com/looks/42". */
static const char *complete(TALLOC_CTX *ctx, const struct bot *bot, const char *word)
{
	for (size_t i = 0; i < bot->n_lookers; i++) {
		const char *name = looker_name(bot->lookers[i]);
		const char *url = looker_url(bot->lookers[i]);
		size_t len = strlen(name);

		if (strncasecmp(word, name, len) == 0 && word[len] == '/')
			return mem_printf(ctx, "%.*s://%s", (int)strcspn(url, ":"), url, word);
	}
	return NULL;
}

static const char *address_in(TALLOC_CTX *ctx, const struct bot *bot, const char *word)
{
	return strstr(word, "://") ? word : complete(ctx, bot, word);
}

/* The first segment of `path`, decoded; NULL when it is none or holds more than an id does. */
static const char *decode_segment(TALLOC_CTX *ctx, const char *path)
{
	size_t len = strcspn(path, "/?#");
	struct form *f;
	struct err e;
	/* As the value of a form, but for the '+', which a path keeps. */
	char *pair = mem_printf(ctx, "id=%.*s", (int)len, path);

	if (len == 0 || len > ID_MAX_BYTES || strchr(pair, '+') || strchr(pair, '&') ||
	    !form_parse(ctx, pair, strlen(pair), &f, &e))
		return NULL;
	return form_get(f, "id");
}

static const char *second_segment(TALLOC_CTX *ctx, const char *path)
{
	path += strcspn(path, "/?#");
	return *path == '/' ? decode_segment(ctx, path + 1) : NULL;
}

/* False: there are filters, and they cannot be read; to run without them would be wrong. */
static bool read_query(TALLOC_CTX *ctx, const struct url *url, struct target *t)
{
	struct form *f = NULL;
	struct err e;

	if (url->query && !form_parse(ctx, url->query, strlen(url->query), &f, &e))
		return false;
	t->link = f;
	return true;
}

static void read_path(TALLOC_CTX *ctx, const struct url *url, struct target *t)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
		size_t len = strlen(pages[i].path);

		if (strncmp(url->path, pages[i].path, len) != 0)
			continue;
		t->kind = pages[i].kind;
		t->id = decode_segment(ctx, url->path + len);
		if (t->kind == TARGET_EXPLORE)
			t->view = second_segment(ctx, url->path + len);
		break;
	}
	if (t->kind == TARGET_EXPLORE && t->link && form_get(t->link, "qid")) {
		t->kind = TARGET_SLUG;
		t->id = form_get(t->link, "qid");
	}
	if (!t->id || (t->kind == TARGET_EXPLORE && !t->view))
		t->kind = TARGET_PAGE;
}

static struct target read_address(TALLOC_CTX *ctx, const struct bot *bot, const char *text,
				  const char *rest)
{
	struct target t = {
		.kind = TARGET_FOREIGN, .instance = COMMAND_NOBODY, .url = text, .rest = rest
	};
	struct url *url;
	struct err e;

	if (!url_parse(ctx, text, &url, &e))
		return t;
	t.instance = instance_of(ctx, bot, url);
	if (t.instance == COMMAND_NOBODY)
		return t;
	t.kind = TARGET_PAGE;
	if (read_query(ctx, url, &t))
		read_path(ctx, url, &t);
	if (t.kind == TARGET_PAGE)
		t.instance = COMMAND_NOBODY;
	return t;
}

/* --- words --- */

static enum target_kind kind_of(const struct titles_wanted *w)
{
	if (w->looks && w->dashboards)
		return TARGET_NUMBER;
	return w->looks ? TARGET_LOOK : TARGET_DASHBOARD;
}

struct target target_read(TALLOC_CTX *ctx, const struct bot *bot, const char *text)
{
	struct titles_wanted w = titles_wanted_read(ctx, bot, text);
	struct target t = { .kind = TARGET_TITLE, .instance = w.instance, .rest = "", .wanted = w };
	const char *rest;
	const char *folded = command_first_word(ctx, w.words, &rest);
	const char *word = mem_strndup(ctx, w.words, strcspn(w.words, " \t\n"));
	const char *address = address_in(ctx, bot, word);

	if (address)
		return read_address(ctx, bot, address, rest);
	if (folded[0] == '\0') {
		t.kind = TARGET_NOTHING;
		t.instance = COMMAND_NOBODY;
	} else if (is_number(word) &&
		   (kind_of(&w) != TARGET_NUMBER || !*rest || strchr(rest, '='))) {
		/* "24 hours" is a title, "24 region=EMEA" is not. */
		t.kind = kind_of(&w);
	} else if (is_lookml_id(word) && w.dashboards) {
		t.kind = TARGET_DASHBOARD;
	}
	if (t.kind != TARGET_TITLE) {
		t.id = word;
		t.rest = rest;
	}
	return t;
}
