/*
 * Fields and pivots of json_detail into columns: which are seen, what heads them, their order.
 * Looker's keys for a pivot's values are opaque; what people read is made of the values.
 */
#include "looker/columns.h"

#include "base/mem.h"
#include "base/text.h"
#include "looker/cell.h"

#define ROW_TOTAL_LABEL "Total"
#define PIVOT_LABEL_MAX_CHARS 200
#define PIVOT_FIELDS_MAX 20

struct columns {
	TALLOC_CTX *ctx;
	const struct json_object *detail;
	const struct json_object *fields;
	const struct json_object *pivots;
	const struct json_object *vis;
	size_t max;
	struct looker_field *own; /* one for each visible field */
	bool *spread;		  /* own: it has a cell for each of the pivot's values */
	size_t n_own, n_spread;
	struct looker_result *r;
};

static const char *text_or(const char *a, const char *b)
{
	return a != NULL && a[0] != '\0' ? a : b;
}

/* ---- fields ---- */

static bool list_has(const struct json_object *list, const char *name)
{
	for (size_t i = 0; i < json_len(list); i++) {
		const char *s = json_object_get_string(json_item(list, i));

		if (s != NULL && strcmp(s, name) == 0)
			return true;
	}
	return false;
}

/* What decides which rows are seen (hidden_points_if_no) is not shown itself. */
static bool is_hidden(const struct json_object *field, const char *name,
		      const struct json_object *vis)
{
	return json_bool_or(field, "hidden", false) ||
	       list_has(json_array_at(vis, "hidden_fields"), name) ||
	       list_has(json_array_at(vis, "hidden_points_if_no"), name);
}

static const char *label_of(const struct json_object *field, const char *name,
			    const struct json_object *vis)
{
	const char *own = json_str(json_object_at(vis, "series_labels"), name);
	const char *label = text_or(json_str(field, "label"), name);

	if (!json_bool_or(vis, "show_view_names", true))
		label = text_or(json_str(field, "label_short"), label);
	return text_or(own, label);
}

/* Old releases say is_measure, newer ones measure. */
static bool says_measure(const struct json_object *field)
{
	return json_bool_or(field, "measure", json_bool_or(field, "is_measure", false));
}

/* The lists of `fields` in the order of the columns. */
static const struct {
	const char *list;
	bool is_measure;
	bool by_flag; /* only those whose own flag says so */
} lists[] = {
	{ "dimensions", false, false },
	{ "table_calculations", false, true },
	{ "measures", true, false },
	{ "table_calculations", true, true },
};
#define N_LISTS (sizeof(lists) / sizeof(lists[0]))

static void read_own(struct columns *c)
{
	size_t max = 0;

	for (size_t i = 0; i < N_LISTS; i++)
		max += json_len(json_array_at(c->fields, lists[i].list));
	c->own = mem_array(c->ctx, struct looker_field, max);
	c->spread = mem_array(c->ctx, bool, max);
	for (size_t i = 0; i < N_LISTS; i++) {
		const struct json_object *list = json_array_at(c->fields, lists[i].list);

		for (size_t k = 0; k < json_len(list); k++) {
			const struct json_object *o = json_item(list, k);
			const char *name = json_str(o, "name");
			struct looker_field *f = &c->own[c->n_own];

			if (name == NULL || is_hidden(o, name, c->vis) ||
			    (lists[i].by_flag && says_measure(o) != lists[i].is_measure))
				continue;
			f->name = mem_strdup(c->ctx, name);
			f->label = mem_strdup(c->ctx, label_of(o, name, c->vis));
			f->own_label = f->label;
			f->is_measure = lists[i].is_measure;
			f->is_numeric = json_bool_or(o, "is_numeric", lists[i].is_measure);
			c->spread[c->n_own] = f->is_measure && json_bool_or(o, "can_pivot", true);
			c->n_spread += c->spread[c->n_own];
			c->n_own++;
		}
	}
}

/* ---- pivots ---- */

/* A value as Looker writes it; its label may be HTML. NULL when Looker does not say. */
static char *pivot_part(TALLOC_CTX *ctx, const struct json_object *pivot, const char *name)
{
	struct json_object *meta = json_object_at(json_object_at(pivot, "metadata"), name);
	struct json_object *data = json_object_at(pivot, "data");
	const char *label = json_str(json_object_at(pivot, "labels"), name);
	char *plain = label != NULL ? text_from_html(ctx, label) : NULL;

	if (text_or(json_str(meta, "rendered"), NULL) == NULL && plain != NULL && plain[0] != '\0')
		return plain;
	if (meta == NULL && !json_object_object_get_ex(data, name, NULL))
		return NULL;
	return mem_strdup(ctx,
			  looker_cell_read(ctx, meta != NULL ? meta : json_get(data, name)).text);
}

static char *pivot_label(const struct columns *c, const struct json_object *pivot, const char *key)
{
	const struct json_object *by = json_array_at(c->fields, "pivots");
	char *ret = mem_strdup(c->ctx, "");

	for (size_t i = 0; i < json_len(by) && i < PIVOT_FIELDS_MAX; i++) {
		const char *name = json_str(json_item(by, i), "name");
		const char *part = name != NULL ? pivot_part(c->ctx, pivot, name) : NULL;

		if (part == NULL)
			continue;
		mem_append(&ret, ret[0] != '\0' ? " / " : "");
		mem_append(&ret, part);
	}
	return text_cut(c->ctx, ret[0] != '\0' ? ret : text_clean(c->ctx, key, strlen(key)),
			PIVOT_LABEL_MAX_CHARS);
}

/* "EMEA · Orders", or "EMEA" where the measure is the only one, unless the author named it. */
static const char *pivoted_label(const struct columns *c, const struct looker_field *own,
				 const char *key, const char *pivot)
{
	const struct json_object *given = json_object_at(c->vis, "series_labels");
	const char *text =
		text_or(json_str(given, mem_printf(c->ctx, "%s - %s", key, own->name)), NULL);

	if (text == NULL && c->n_spread == 1)
		text = text_or(json_str(given, key), pivot);
	if (text == NULL)
		return mem_printf(c->ctx, "%s · %s", pivot, own->label);
	return mem_strdup(c->ctx, text);
}

static bool is_pivot_hidden(const struct columns *c, const char *key, const char *name)
{
	const struct json_object *hidden =
		json_object_at(json_object_at(c->vis, "hidden_pivots"), key);

	return json_bool_or(hidden, "is_entire_pivot_hidden", false) ||
	       list_has(json_array_at(hidden, "measure_names"), name);
}

/* Calculations have no row total unless Looker gave one. */
static bool is_anywhere(const struct columns *c, const struct looker_field *f)
{
	const struct json_object *data = json_array_at(c->detail, "data");

	for (size_t i = 0; i < json_len(data); i++)
		if (looker_columns_at(json_item(data, i), f) != NULL)
			return true;
	return false;
}

static void add_column(struct columns *c, const struct looker_field *f)
{
	struct looker_result *r = c->r;

	if (r->n_fields < c->max)
		r->fields[r->n_fields++] = *f;
	else
		r->n_fields_left_out++;
}

static void add_pivot(struct columns *c, const struct json_object *pivot, bool total)
{
	const char *key = json_str(pivot, "key"), *label;

	if (key == NULL)
		return;
	if (c->r->n_fields >= c->max) {
		c->r->n_fields_left_out += c->n_spread;
		return;
	}
	key = mem_strdup(c->ctx, key);
	label = total ? ROW_TOTAL_LABEL : pivot_label(c, pivot, key);
	for (size_t i = 0; i < c->n_own; i++) {
		struct looker_field f = c->own[i];

		f.pivot_key = key;
		f.pivot_label = label;
		f.is_row_total = total;
		if (!c->spread[i] || is_pivot_hidden(c, key, f.name) ||
		    (total && !is_anywhere(c, &f)))
			continue;
		f.label = pivoted_label(c, &c->own[i], key, label);
		add_column(c, &f);
	}
}

static void add_pivots(struct columns *c, bool totals)
{
	for (size_t i = 0; i < json_len(c->pivots); i++) {
		const struct json_object *pivot = json_item(c->pivots, i);

		if (json_bool_or(pivot, "is_total", false) == totals)
			add_pivot(c, pivot, totals);
	}
}

static void add_own(struct columns *c, bool measures)
{
	for (size_t i = 0; i < c->n_own; i++)
		if (c->own[i].is_measure == measures && (!measures || !c->spread[i]))
			add_column(c, &c->own[i]);
}

/* Looker computes row totals even where the table hides them: newer tables say show_row_totals,
 * old ones hide_row_totals. */
static bool shows_row_totals(const struct json_object *vis)
{
	return json_bool_or(vis, "show_row_totals", true) &&
	       !json_bool_or(vis, "hide_row_totals", false);
}

static void spread(struct columns *c)
{
	size_t most = c->n_own + json_len(c->pivots) * c->n_spread;

	c->r->fields = mem_array(c->ctx, struct looker_field, most < c->max ? most : c->max);
	add_own(c, false);
	add_pivots(c, false);
	if (shows_row_totals(c->vis))
		add_pivots(c, true);
	add_own(c, true);
}

/* ---- order ---- */

static bool is_entry_of(const char *entry, const struct looker_field *f)
{
	size_t len = f->pivot_key != NULL ? strlen(f->pivot_key) : 0;

	if (len == 0)
		return strcmp(entry, f->name) == 0;
	return strncmp(entry, f->pivot_key, len) == 0 && entry[len] == '_' &&
	       strcmp(entry + len + 1, f->name) == 0;
}

static size_t place_in(const struct json_object *order, const struct looker_field *f)
{
	for (size_t i = 0; i < json_len(order); i++) {
		const char *entry = json_object_get_string(json_item(order, i));

		if (entry != NULL && is_entry_of(entry, f))
			return i;
	}
	return SIZE_MAX;
}

/* A table's columns as somebody dragged them; what the order does not name stays behind. Other
 * visualizations may still carry the order of a table that they once were: it means nothing. */
static void order_columns(const struct columns *c)
{
	const struct json_object *order = json_array_at(c->vis, "column_order");
	struct looker_result *r = c->r;
	size_t *places;

	if (json_len(order) == 0 || looker_vis_read(c->ctx, c->vis).kind != LOOKER_VIS_TABLE)
		return;
	places = mem_array(c->ctx, size_t, r->n_fields);
	for (size_t i = 0; i < r->n_fields; i++) {
		struct looker_field f = r->fields[i];
		size_t place = place_in(order, &f), k = i;

		for (; k > 0 && places[k - 1] > place; k--) {
			r->fields[k] = r->fields[k - 1];
			places[k] = places[k - 1];
		}
		r->fields[k] = f;
		places[k] = place;
	}
}

void looker_columns_read(TALLOC_CTX *ctx, const struct json_object *detail,
			 const struct json_object *vis, size_t max, struct looker_result *r)
{
	struct columns c = {
		.ctx = ctx,
		.detail = detail,
		.fields = json_object_at(detail, "fields"),
		.pivots = json_array_at(detail, "pivots"),
		.vis = vis,
		.max = max,
		.r = r,
	};

	read_own(&c);
	r->pivoted = json_len(c.pivots) > 0 || json_len(json_array_at(c.fields, "pivots")) > 0;
	if (json_len(c.pivots) > 0) {
		spread(&c);
	} else {
		r->fields = c.own;
		r->n_fields = c.n_own;
	}
	order_columns(&c);
}

struct json_object *looker_columns_at(const struct json_object *row, const struct looker_field *f)
{
	struct json_object *o = json_get(row, f->name);

	return f->pivot_key != NULL ? json_get(o, f->pivot_key) : o;
}
