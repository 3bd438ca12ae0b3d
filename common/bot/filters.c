/*
 * From a person's text to filter values, in two steps: the text is cut into pieces (`name=value`,
 * free text, `;`), then the pieces are given to filters. Which text fits which kind of filter is
 * in filters_fit.c; where a value goes in a query is the tile's matter.
 */
#include "bot/filters.h"

#include <ctype.h>
#include <string.h>

#include "base/fuzzy.h"
#include "base/mem.h"
#include "base/text.h"

#define QUOTED_MAX_CHARS 60 /* of a person's text in an error */
#define NAME_MAX_BYTES 300  /* a name that is longer is found by no one */

/* What stands between two ';'. */
struct segment {
	char *free; /* its text without names and their values, trimmed; "" when there is none */
	bool has_pair;
};

struct assignment {
	TALLOC_CTX *ctx;
	const struct looker_filter *filters;
	size_t n;
	char **folded_titles;
	char **folded_names;
	struct filters_value *values;
	struct segment *segments;
	size_t n_segments;
	struct err *e;
};

/* ---- sentences ---- */

static const char *quoted(const struct assignment *a, const char *text)
{
	return mem_printf(a->ctx, "\"%s\"", text_cut(a->ctx, text, QUOTED_MAX_CHARS));
}

static bool refuse_unknown(const struct assignment *a, const char *name)
{
	const char *const *titles = (const char *const *)a->folded_titles;
	struct fuzzy_hit *hits = mem_array(a->ctx, struct fuzzy_hit, a->n);
	size_t n_hits = fuzzy_rank(text_fold(a->ctx, name), titles, a->n, 0, hits, a->n);
	size_t first = n_hits > 0 ? hits[0].index : 0;
	bool *named = mem_array(a->ctx, bool, a->n);
	char *list = mem_strdup(a->ctx, "");

	if (a->n == 0)
		return err_set(a->e, ERR_BAD_INPUT, "there is no filter %s: this takes no values",
			       quoted(a, name));
	for (size_t i = 0; i < n_hits + a->n; i++) {
		size_t k = i < n_hits ? hits[i].index : i - n_hits;

		if (named[k])
			continue;
		named[k] = true;
		mem_appendf(&list, "%s%s", list[0] != '\0' ? ", " : "", a->filters[k].title);
	}
	return err_set(a->e, ERR_BAD_INPUT,
		       "there is no filter %s. The filters are: %s. For example: %s=%s",
		       quoted(a, name), list, a->filters[first].title,
		       filters_kind_example(a->filters[first].kind));
}

static bool refuse_misfit(const struct assignment *a, const struct looker_filter *f,
			  const char *value)
{
	return err_set(a->e, ERR_BAD_INPUT, "%s is not %s for %s. Try for example: %s",
		       quoted(a, value), filters_kind_word(f->kind), f->title,
		       filters_kind_examples(f->kind));
}

/* No filter can take the free text: say what each of them takes. */
static bool refuse_free(const struct assignment *a, const char *text)
{
	char *list = mem_strdup(a->ctx, "");

	if (a->n == 0)
		return err_set(a->e, ERR_BAD_INPUT, "this takes no values, so %s has no place",
			       quoted(a, text));
	for (size_t k = 0; k < a->n; k++)
		if (a->values[k].origin != FILTERS_NAME)
			mem_appendf(&list, "%s%s takes %s (%s)", list[0] != '\0' ? "; " : "",
				    a->filters[k].title, filters_kind_word(a->filters[k].kind),
				    filters_kind_examples(a->filters[k].kind));
	if (list[0] == '\0')
		return err_set(a->e, ERR_BAD_INPUT,
			       "%s is left over: every filter has its value by name already",
			       quoted(a, text));
	return err_set(a->e, ERR_BAD_INPUT, "no filter can take %s: %s", quoted(a, text), list);
}

static bool refuse_positions(const struct assignment *a, size_t n_positions, size_t n_open)
{
	char *list = mem_strdup(a->ctx, "");

	for (size_t k = 0; k < a->n; k++)
		if (a->values[k].origin != FILTERS_NAME)
			mem_appendf(&list, "%s%s", list[0] != '\0' ? "; " : "",
				    a->filters[k].title);
	if (n_open == 0)
		return err_set(a->e, ERR_BAD_INPUT,
			       "Every filter has its value already: there is none "
			       "left for the rest of what you typed.");
	return err_set(a->e, ERR_BAD_INPUT,
		       "There are %zu values, but only %zu filter%s for them: %s", n_positions,
		       n_open, n_open == 1 ? "" : "s", list);
}

/* ---- cutting ---- */

static bool is_blank(char c)
{
	return isspace((unsigned char)c) != 0;
}

/* The end of the quoted text that begins at s, or NULL. */
static const char *closing_quote(const char *s)
{
	return s[0] == '"' ? strchr(s + 1, '"') : NULL;
}

/* A value as Looker shall get it: our quotes removed, a trailing comma (which Looker cannot parse)
 * dropped. Quotes around a part only are Looker's own and stay. */
static char *clean_value(TALLOC_CTX *ctx, const char *text)
{
	char *s = text_trim(ctx, text);
	size_t len = strlen(s);
	const char *end;

	while (len > 0 && (s[len - 1] == ',' || is_blank(s[len - 1])))
		s[--len] = '\0';
	end = closing_quote(s);
	if (end != NULL && end[1] == '\0')
		return mem_strndup(ctx, s + 1, (size_t)(end - s - 1));
	return s;
}

static void add_free(struct assignment *a, const char *text)
{
	struct segment *s = &a->segments[a->n_segments - 1];
	char *trimmed = text_trim(a->ctx, text);

	if (trimmed[0] == '\0')
		return;
	s->free = s->free[0] == '\0' ? trimmed : mem_printf(a->ctx, "%s %s", s->free, trimmed);
}

static void add_segment(struct assignment *a)
{
	a->segments = mem_grow(a->ctx, a->segments, struct segment, a->n_segments + 1);
	a->segments[a->n_segments++] = (struct segment){ .free = mem_strdup(a->ctx, "") };
}

static bool give(struct assignment *a, size_t k, const char *value, enum filters_origin origin)
{
	const struct looker_filter *f = &a->filters[k];

	if (!filters_fit(f->kind, value))
		return refuse_misfit(a, f, value);
	a->values[k].value = value;
	a->values[k].origin = origin;
	return true;
}

/* The value of filter k; what follows a quoted value is free text again. */
static bool add_value(struct assignment *a, size_t k, const char *text)
{
	char *s = text_trim(a->ctx, text);
	const char *end = closing_quote(s);

	a->segments[a->n_segments - 1].has_pair = true;
	if (a->values[k].origin == FILTERS_NAME)
		return err_set(a->e, ERR_BAD_INPUT, "%s is given twice", a->filters[k].title);
	if (end != NULL && is_blank(end[1])) {
		add_free(a, end + 1);
		s = mem_strndup(a->ctx, s, (size_t)(end + 1 - s));
	}
	return give(a, k, clean_value(a->ctx, s), FILTERS_NAME);
}

/* "region" for "users.region", a query's own filter, when no other one ends so. */
static size_t find_field(const struct assignment *a, const char *folded)
{
	size_t found = a->n;

	for (size_t i = 0; i < a->n; i++) {
		const char *dot = strrchr(a->folded_titles[i], '.');
		if (!dot || strcmp(dot + 1, folded) != 0)
			continue;
		if (found < a->n)
			return a->n;
		found = i;
	}
	return found;
}

/* The filter that `name` (as typed) means. */
static bool find_filter(const struct assignment *a, const char *name, size_t *ret)
{
	TALLOC_CTX *tmp = mem_ctx(a->ctx);
	char *folded = text_fold(tmp, clean_value(tmp, name));
	size_t k;

	for (k = 0; k < a->n; k++)
		if (strcmp(folded, a->folded_titles[k]) == 0)
			break;
	for (size_t i = 0; k == a->n && i < a->n; i++)
		if (strcmp(folded, a->folded_names[i]) == 0)
			k = i;
	if (k == a->n)
		k = find_field(a, folded);
	talloc_free(tmp);
	if (k == a->n || name[0] == '\0')
		return false;
	*ret = k;
	return true;
}

/* The longest run of words before the '=' at `equals` that is a filter's name: it begins at
 * *ret_start. False: no filter, the error is set. */
static bool find_name(const struct assignment *a, const char *from, const char *equals,
		      const char **ret_start, size_t *ret_k)
{
	const char *end = equals;
	const char *word;

	while (end > from && is_blank(end[-1]))
		end--;
	for (const char *p = from; p < end; p++) {
		bool starts = !is_blank(*p) && (p == from || is_blank(p[-1]));

		if (!starts || end - p > NAME_MAX_BYTES)
			continue;
		if (find_filter(a, mem_strndup(a->ctx, p, (size_t)(end - p)), ret_k)) {
			*ret_start = p;
			return true;
		}
	}
	for (word = end; word > from && !is_blank(word[-1]); word--)
		;
	return refuse_unknown(a, mem_strndup(a->ctx, word, (size_t)(end - word)));
}

/* What is being read: a filter's value, or free text. */
struct piece {
	const char *from;
	bool is_value;
	size_t k;
};

static bool end_piece(struct assignment *a, const struct piece *piece, const char *end)
{
	const char *text = mem_strndup(a->ctx, piece->from, (size_t)(end - piece->from));

	if (piece->is_value)
		return add_value(a, piece->k, text);
	add_free(a, text);
	return true;
}

/* ">=5", "<=5", "!=5" are Looker's. */
static bool is_operator(const char *text, const char *equals)
{
	return equals > text && strchr("<>!", equals[-1]) != NULL;
}

/* A quote opens only where a value can begin: 5" is five inches. */
static bool opens_quote(const char *text, const char *p)
{
	return *p == '"' && (p == text || is_blank(p[-1]) || strchr(",;=", p[-1]) != NULL);
}

static bool cut(struct assignment *a, const char *text)
{
	struct piece piece = { .from = text };
	const char *p, *start = text;
	size_t k = 0;

	add_segment(a);
	for (p = text; *p != '\0'; p++) {
		if (opens_quote(text, p)) {
			p = closing_quote(p);
			if (p == NULL)
				return err_set(a->e, ERR_BAD_INPUT, "a quote (\") is not closed");
		} else if (*p == ';') {
			if (!end_piece(a, &piece, p))
				return false;
			add_segment(a);
			piece = (struct piece){ .from = p + 1 };
		} else if (*p == '=' && !is_operator(text, p)) {
			if (!find_name(a, piece.from, p, &start, &k) ||
			    !end_piece(a, &piece, start))
				return false;
			a->segments[a->n_segments - 1].has_pair = true;
			piece = (struct piece){ .from = p + 1, .is_value = true, .k = k };
		}
	}
	return end_piece(a, &piece, p);
}

/* ---- giving ---- */

/* The one free text, to each filter that can take it. */
static bool give_everything(struct assignment *a, const char *text)
{
	char *value = clean_value(a->ctx, text);
	bool taken = false;

	if (text[0] == '\0')
		return true;
	for (size_t k = 0; k < a->n; k++) {
		if (a->values[k].origin == FILTERS_NAME || !filters_fit(a->filters[k].kind, value))
			continue;
		a->values[k].value = value;
		a->values[k].origin = FILTERS_EVERYTHING;
		taken = true;
	}
	return taken || refuse_free(a, value);
}

static bool is_position(const struct segment *s)
{
	return !s->has_pair || s->free[0] != '\0';
}

/* The i-th position to the i-th filter that has no value by name. */
static bool give_positions(struct assignment *a)
{
	size_t n_positions = 0, last = 0, n_open = 0, k = 0;

	for (size_t i = 0; i < a->n_segments; i++) {
		n_positions += is_position(&a->segments[i]);
		if (a->segments[i].free[0] != '\0')
			last = n_positions; /* empty ones at the end mean nothing */
	}
	for (size_t i = 0; i < a->n; i++)
		n_open += a->values[i].origin != FILTERS_NAME;
	if (last > n_open)
		return refuse_positions(a, last, n_open);
	for (size_t i = 0; i < a->n_segments; i++) {
		const struct segment *s = &a->segments[i];

		if (!is_position(s))
			continue;
		while (k < a->n && a->values[k].origin == FILTERS_NAME)
			k++;
		if (k == a->n)
			break;
		if (s->free[0] != '\0' &&
		    !give(a, k, clean_value(a->ctx, s->free), FILTERS_POSITION))
			return false;
		k++;
	}
	return true;
}

static void prepare(struct assignment *a)
{
	a->values = mem_array(a->ctx, struct filters_value, a->n);
	a->folded_titles = mem_array(a->ctx, char *, a->n);
	a->folded_names = mem_array(a->ctx, char *, a->n);
	for (size_t k = 0; k < a->n; k++) {
		const struct looker_filter *f = &a->filters[k];

		a->folded_titles[k] = text_fold(a->ctx, text_trim(a->ctx, f->title));
		a->folded_names[k] = text_fold(a->ctx, text_trim(a->ctx, f->name));
		a->values[k] = (struct filters_value){ .filter = f, .value = f->default_value };
	}
}

static void find_missing(const struct assignment *a, struct filters_assigned *ret)
{
	ret->missing = mem_array(a->ctx, const struct looker_filter *, a->n);
	for (size_t k = 0; k < a->n; k++)
		if (a->filters[k].required && a->values[k].value[0] == '\0')
			ret->missing[ret->n_missing++] = &a->filters[k];
}

bool filters_assign(TALLOC_CTX *ctx, const struct looker_filter *filters, size_t n,
		    const char *text, struct filters_assigned **ret, struct err *e)
{
	struct filters_assigned *assigned = mem_zero(ctx, struct filters_assigned);
	struct assignment a = { .ctx = assigned, .filters = filters, .n = n, .e = e };

	if (strlen(text) > FILTERS_TEXT_MAX_BYTES)
		return err_set(e, ERR_BAD_INPUT, "the text after the command is too long");
	if (strstr(text, "{{") != NULL || strstr(text, "{%") != NULL)
		return err_set(e, ERR_BAD_INPUT, "Liquid ({{ or {%%) may not be typed in a value");
	prepare(&a);
	if (!cut(&a, text))
		return false;
	if (a.n_segments > 1 ? !give_positions(&a) : !give_everything(&a, a.segments[0].free))
		return false;
	assigned->values = a.values;
	assigned->n = n;
	find_missing(&a, assigned);
	*ret = assigned;
	return true;
}
