/*
 * Goes through the directory's pages once and keeps the best `max` entries: 20,000 channels are
 * some milliseconds, and no more memory than a page and what is kept.
 */
#include "bot/directory_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "bot/directory_private.h"

#define FIELDS_MAX 4 /* of a line, behind the id */
#define PART_MAX_CHARS 100

/* How well a name fits what is looked for: the first that holds. */
enum fit { FIT_EQUAL, FIT_BEGINS, FIT_CONTAINS, FIT_NOT };

struct found {
	struct directory_entry entry; /* first: the comparison takes either */
	enum fit fit;
};

struct listing {
	TALLOC_CTX *ctx;
	const char *part; /* folded */
	size_t max;
	enum directory_kind kind;
	bool anywhere; /* the bot may post in any public channel */
	struct found *best;
	size_t n, worst; /* worst: of the n, once they are `max` */
	bool more;
};

static enum fit fit_of(const struct listing *l, const char *name)
{
	const char *at = strstr(name, l->part);

	if (!l->part[0]) /* all are as good */
		return FIT_EQUAL;
	if (!at)
		return FIT_NOT;
	if (at != name && at[-1] != ' ')
		return FIT_CONTAINS;
	return strcmp(name, l->part) == 0 ? FIT_EQUAL : FIT_BEGINS;
}

static int compare(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->fit != y->fit)
		return x->fit < y->fit ? -1 : 1;
	if (x->entry.kind != y->entry.kind)
		return x->entry.kind < y->entry.kind ? -1 : 1;
	return strcmp(x->entry.name, y->entry.name);
}

static void find_worst(struct listing *l)
{
	l->worst = 0;
	for (size_t i = 1; i < l->n; i++)
		if (compare(&l->best[i], &l->best[l->worst]) > 0)
			l->worst = i;
}

static void keep(struct listing *l, const struct found *f)
{
	struct found *place = &l->best[l->n];

	if (l->n == l->max) {
		l->more = true;
		place = &l->best[l->worst];
		if (compare(f, place) >= 0)
			return;
	} else {
		l->n++;
	}
	*place = *f;
	place->entry.id = mem_strdup(l->ctx, f->entry.id);
	place->entry.name = mem_strdup(l->ctx, f->entry.name);
	place->entry.display = mem_strdup(l->ctx, f->entry.display);
	if (l->n == l->max)
		find_worst(l);
}

/* A channel's name and "1" where the bot is in it; a person's user name, e-mail address and display
 * name. */
static void take_line(struct listing *l, char *line)
{
	char *fields[FIELDS_MAX] = { NULL };
	struct found f = { .entry = { .kind = l->kind, .id = line }, .fit = FIT_NOT };
	size_t n = 0;

	for (char *tab; n < FIELDS_MAX && (tab = strchr(line, '\t')); n++) {
		*tab = '\0';
		fields[n] = line = tab + 1;
	}
	if (n < 2 || !fields[0][0])
		return;
	f.entry.name = fields[0];
	f.entry.display = "";
	f.fit = fit_of(l, fields[0]);
	if (l->kind == DIRECTORY_CHANNELS && !l->anywhere && strcmp(fields[1], "1") != 0)
		return;
	for (size_t i = 1; l->kind == DIRECTORY_PEOPLE && i < 3 && fields[i]; i++) {
		enum fit other = fit_of(l, fields[i]);

		f.fit = other < f.fit ? other : f.fit;
		f.entry.display = fields[i]; /* the last of them */
	}
	if (f.fit != FIT_NOT)
		keep(l, &f);
}

static bool is_full(const struct listing *l)
{
	return l->more && !l->part[0];
}

/* What is done with each page; false: enough. */
typedef bool page_fn(void *arg, char *page);

static bool take_page(void *arg, char *page)
{
	struct listing *l = arg;

	for (char *line = page, *next; line && *line && !is_full(l); line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		take_line(l, line);
	}
	return !is_full(l);
}

/* *ret_whole becomes false when a page was missing, as it is while they are being replaced. */
static bool each_page(struct bot *bot, const struct json_object *head, enum directory_kind kind,
		      page_fn *take, void *arg, bool *ret_whole, struct err *e)
{
	const struct json_object *part = json_object_at(head, directory_kind_names[kind]);
	const int64_t began_ms = json_int_or(head, "began_ms", 0);
	const int64_t pages = json_int_or(part, "pages", 0);
	bool more = true;

	for (int64_t i = 0; more && i < pages && i < DIRECTORY_PAGES_MAX; i++) {
		TALLOC_CTX *tmp = mem_ctx(NULL);
		const char *key = directory_page_key(tmp, began_ms, kind, (size_t)i);
		char *page = NULL;
		size_t len = 0;
		bool ok = queue_state_get(bot->queue, tmp, key, &page, &len, e);

		if (ok && page)
			more = take(arg, page);
		*ret_whole &= page != NULL;
		talloc_free(tmp);
		if (!ok)
			return false;
	}
	return true;
}

bool directory_list(TALLOC_CTX *ctx, struct bot *bot, const char *part, size_t max,
		    struct directory_list *ret, struct err *e)
{
	struct json_object *head = directory_head(ctx, bot, e);
	struct listing l = { .ctx = ctx, .max = max, .best = mem_array(ctx, struct found, max) };
	bool whole = true;

	*ret = (struct directory_list){ .n = 0 };
	if (!head)
		return e->kind == ERR_NONE || e->kind == ERR_BAD_INPUT;
	l.part = text_fold(ctx, text_cut(ctx, part, PART_MAX_CHARS));
	l.anywhere = json_bool_or(head, "anywhere", false);
	for (; l.kind < DIRECTORY_KINDS && !is_full(&l); l.kind++)
		if (!each_page(bot, head, l.kind, take_page, &l, &whole, e))
			return false;
	if (!whole)
		return true;
	qsort(l.best, l.n, sizeof(l.best[0]), compare);
	ret->entries = mem_array(ctx, struct directory_entry, l.n);
	for (size_t i = 0; i < l.n; i++)
		ret->entries[i] = l.best[i].entry;
	ret->n = l.n;
	ret->more = l.more;
	ret->read_ms = json_int_or(head, "began_ms", 0);
	return true;
}

/* --- the name of one --- */

struct naming {
	TALLOC_CTX *ctx;
	const char *needle; /* id TAB */
	const char *name;
};

static bool find_in_page(void *arg, char *page)
{
	struct naming *n = arg;
	const size_t len = strlen(n->needle);

	for (const char *at = page; (at = strstr(at, n->needle)); at += len) {
		if (at != page && at[-1] != '\n')
			continue;
		n->name = mem_strndup(n->ctx, at + len, strcspn(at + len, "\t\n"));
		return false;
	}
	return true;
}

bool directory_name(TALLOC_CTX *ctx, struct bot *bot, enum directory_kind kind, const char *id,
		    const char **ret, struct err *e)
{
	struct naming n = { .ctx = ctx, .needle = mem_printf(ctx, "%s\t", id) };
	struct json_object *head = directory_head(ctx, bot, e);
	bool whole = true;

	*ret = NULL;
	if (!head)
		return e->kind == ERR_NONE || e->kind == ERR_BAD_INPUT;
	if (!each_page(bot, head, kind, find_in_page, &n, &whole, e))
		return false;
	*ret = n.name && n.name[0] ? n.name : NULL;
	return true;
}
