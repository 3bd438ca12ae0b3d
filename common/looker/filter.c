/*
 * A dashboard's filters out of the Dashboard object: their order, and the kind of text each one
 * takes. The grammar of that text is bot/filters'.
 */
#include "looker/client.h"

#include <strings.h>

#include "base/mem.h"

/* The API says "date_filter" where its description says "date": compare the beginning. */
static const struct {
	const char *prefix;
	enum looker_filter_kind kind;
} kinds[] = {
	{ "date", LOOKER_FILTER_DATE },
	{ "number", LOOKER_FILTER_NUMBER },
	{ "string", LOOKER_FILTER_STRING },
};

/* A field filter takes what its field's expressions take. Looker's own order: a fixed list of
 * values (tiers) is text, whatever lies below it; only yes/no comes before that. */
static enum looker_filter_kind kind_of_field(const struct json_object *field)
{
	if (strcmp(json_str_or(field, "type", ""), "yesno") == 0)
		return LOOKER_FILTER_YESNO;
	if (json_len(json_array_at(field, "enumerations")) > 0)
		return LOOKER_FILTER_STRING;
	if (json_bool_or(field, "is_numeric", false))
		return LOOKER_FILTER_NUMBER;
	if (json_bool_or(field, "is_timeframe", false))
		return LOOKER_FILTER_DATE;
	return LOOKER_FILTER_STRING;
}

static enum looker_filter_kind kind_of(const struct json_object *o)
{
	const char *type = json_str_or(o, "type", "");

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strncasecmp(type, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
			return kinds[i].kind;
	return kind_of_field(json_object_at(o, "field"));
}

struct placed {
	const struct json_object *object;
	int64_t row;
	size_t index;
};

static int compare_placed(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static const char *filled(const char *a, const char *b)
{
	return a != NULL && a[0] != '\0' ? a : b;
}

/* What the model lists: [{"label", "value"}] for a case, a tier or a parameter, else texts. */
static void read_choices(TALLOC_CTX *ctx, const struct json_object *field, struct looker_filter *f)
{
	const struct json_object *list = json_array_at(field, "enumerations");
	const char **choices;

	if (json_len(list) == 0)
		list = json_array_at(field, "suggestions");
	choices = mem_array(ctx, const char *, json_len(list));
	for (size_t i = 0; i < json_len(list) && f->n_choices < LOOKER_SUGGESTIONS_MAX; i++) {
		struct json_object *o = json_item(list, i);
		const char *text = json_object_is_type(o, json_type_string)
					   ? json_object_get_string(o)
					   : json_str(o, "value");

		if (text != NULL && text[0] != '\0')
			choices[f->n_choices++] = mem_strdup(ctx, text);
	}
	f->choices = choices;
}

/* Looker's own pages ask for the suggestions of these. */
static void read_suggest(TALLOC_CTX *ctx, const struct json_object *o, struct looker_filter *f)
{
	const struct json_object *field = json_object_at(o, "field");
	const char *explore = filled(json_str(field, "suggest_explore"), json_str(field, "view"));
	const char *name = filled(json_str(field, "suggest_dimension"), json_str(field, "name"));
	const char *model = json_str(o, "model");

	f->model = f->suggest_explore = f->suggest_field = "";
	read_choices(ctx, field, f);
	if (filled(model, NULL) == NULL || filled(explore, NULL) == NULL ||
	    filled(name, NULL) == NULL || !json_bool_or(field, "suggestable", true))
		return;
	f->model = mem_strdup(ctx, model);
	f->suggest_explore = mem_strdup(ctx, explore);
	f->suggest_field = mem_strdup(ctx, name);
}

void looker_filters_read(TALLOC_CTX *ctx, const struct json_object *dashboard,
			 struct looker_dashboard *ret)
{
	const struct json_object *list = json_array_at(dashboard, "dashboard_filters");
	size_t n = json_len(list);
	struct placed *placed = mem_array(ctx, struct placed, n);

	for (size_t i = 0; i < n; i++) {
		placed[i].object = json_item(list, i);
		placed[i].row = json_int_or(placed[i].object, "row", INT64_MAX);
		placed[i].index = i;
	}
	if (n > 1)
		qsort(placed, n, sizeof(placed[0]), compare_placed);
	ret->filters = mem_array(ctx, struct looker_filter, n);
	ret->n_filters = 0;
	for (size_t i = 0; i < n; i++) {
		const struct json_object *o = placed[i].object;
		struct looker_filter *f = &ret->filters[ret->n_filters];
		const char *name = filled(json_str(o, "name"), json_str(o, "title"));

		if (name == NULL || name[0] == '\0')
			continue; /* nothing could address it */
		f->name = mem_strdup(ctx, name);
		f->title = mem_strdup(ctx, filled(json_str(o, "title"), name));
		f->kind = kind_of(o);
		f->default_value = mem_strdup(ctx, json_str_or(o, "default_value", ""));
		f->required = json_bool_or(o, "required", false);
		read_suggest(ctx, o, f);
		ret->n_filters++;
	}
}
