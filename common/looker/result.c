/*
 * json_detail into struct looker_result: which fields are seen and in which order, their labels,
 * every cell, totals, and which errors are fatal. Pivoted results keep their fields and their
 * number of rows only; the text of a cell is cell.c's.
 */
#include "looker/result.h"

#include "base/mem.h"
#include "base/text.h"
#include "looker/cell.h"

#define ERROR_MAX_CHARS 900
#define FIELDS_MAX 2000
#define CELLS_MAX 200000 /* what is asked for is 201 rows */

static const char *text_or(const char *a, const char *b)
{
	return a != NULL && a[0] != '\0' ? a : b;
}

static bool is_hidden(const struct json_object *field, const char *name,
		      const struct json_object *vis)
{
	const struct json_object *hidden = json_array_at(vis, "hidden_fields");

	for (size_t i = 0; i < json_len(hidden); i++) {
		const char *h = json_object_get_string(json_item(hidden, i));

		if (h != NULL && strcmp(h, name) == 0)
			return true;
	}
	return json_bool_or(field, "hidden", false);
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

static void read_fields(TALLOC_CTX *ctx, const struct json_object *fields,
			const struct json_object *vis, struct looker_result *r)
{
	size_t max = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		max += json_len(json_array_at(fields, lists[i].list));
	r->fields = mem_array(ctx, struct looker_field, max);
	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		const struct json_object *list = json_array_at(fields, lists[i].list);

		for (size_t k = 0; k < json_len(list); k++) {
			const struct json_object *o = json_item(list, k);
			const char *name = json_str(o, "name");
			struct looker_field *f = &r->fields[r->n_fields];

			if (name == NULL || is_hidden(o, name, vis) ||
			    (lists[i].by_flag && says_measure(o) != lists[i].is_measure))
				continue;
			f->name = mem_strdup(ctx, name);
			f->label = mem_strdup(ctx, label_of(o, name, vis));
			f->is_measure = lists[i].is_measure;
			f->is_numeric = json_bool_or(o, "is_numeric", lists[i].is_measure);
			r->n_fields++;
		}
	}
}

static size_t place_in(const struct json_object *order, const char *name)
{
	for (size_t i = 0; i < json_len(order); i++) {
		const char *entry = json_object_get_string(json_item(order, i));

		if (entry != NULL && strcmp(entry, name) == 0)
			return i;
	}
	return SIZE_MAX;
}

/* A table's columns as somebody dragged them; what the order does not name stays behind. Other
 * visualizations may still carry the order of a table that they once were: it means nothing. */
static void order_columns(TALLOC_CTX *ctx, const struct json_object *vis, struct looker_result *r)
{
	const struct json_object *order = json_array_at(vis, "column_order");

	if (order == NULL || looker_vis_read(ctx, vis).kind != LOOKER_VIS_TABLE)
		return;
	for (size_t i = 1; i < r->n_fields; i++) {
		struct looker_field f = r->fields[i];
		size_t place = place_in(order, f.name), k = i;

		for (; k > 0 && place_in(order, r->fields[k - 1].name) > place; k--)
			r->fields[k] = r->fields[k - 1];
		r->fields[k] = f;
	}
}

static void read_cells(TALLOC_CTX *ctx, const struct json_object *data, struct looker_result *r)
{
	r->cells = mem_array(ctx, struct looker_cell, r->n_rows * r->n_fields);
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct json_object *row = json_item(data, i);

		for (size_t k = 0; k < r->n_fields; k++)
			r->cells[i * r->n_fields + k] =
				looker_cell_read(ctx, json_get(row, r->fields[k].name));
	}
}

/* Looker computes totals even where the table hides them: newer tables say show_totals, old ones
 * hide_totals. */
static void read_totals(TALLOC_CTX *ctx, const struct json_object *detail,
			const struct json_object *vis, struct looker_result *r)
{
	const struct json_object *totals = json_object_at(detail, "totals_data");

	if (totals == NULL || json_object_object_length(totals) == 0 ||
	    !json_bool_or(vis, "show_totals", true) || json_bool_or(vis, "hide_totals", false))
		return;
	r->totals = mem_array(ctx, struct looker_cell, r->n_fields);
	for (size_t k = 0; k < r->n_fields; k++) {
		struct json_object *o = json_get(totals, r->fields[k].name);

		if (r->fields[k].is_measure && o != NULL)
			r->totals[k] = looker_cell_read(ctx, o);
		else
			r->totals[k] = (struct looker_cell){ .text = "", .is_null = true };
	}
}

/* What Looker says went wrong ends the answer when it says so, or when no data came with it. */
static bool is_fatal(const struct json_object *error, bool has_data)
{
	if (strcmp(json_str_or(error, "level", ""), "warning") == 0)
		return json_bool_or(error, "fatal", false);
	return json_bool_or(error, "fatal", !has_data);
}

static void add_error(TALLOC_CTX *ctx, const char **text, const struct json_object *error)
{
	const char *message = text_or(json_str(error, "message"), "unknown error");
	const char *details = text_or(json_str(error, "message_details"), NULL);
	char *all = mem_strdup(ctx, "");

	if (*text != NULL)
		mem_appendf(&all, "%s\n", *text);
	mem_append(&all, message);
	if (details != NULL)
		mem_appendf(&all, "\n%s", details);
	*text = text_cut(ctx, text_clean(ctx, all, strlen(all)), ERROR_MAX_CHARS);
}

static void read_errors(TALLOC_CTX *ctx, const struct json_object *detail, struct looker_result *r)
{
	const struct json_object *errors = json_array_at(detail, "errors");

	for (size_t i = 0; i < json_len(errors); i++) {
		const struct json_object *error = json_item(errors, i);

		add_error(ctx, is_fatal(error, r->n_rows > 0) ? &r->error : &r->warning, error);
	}
}

bool looker_result_read(TALLOC_CTX *ctx, const struct json_object *detail,
			const struct json_object *vis, size_t limit, struct looker_result **ret,
			struct err *e)
{
	const struct json_object *fields = json_object_at(detail, "fields");
	const struct json_object *data = json_array_at(detail, "data");
	struct looker_result *r = mem_zero(ctx, struct looker_result);

	r->n_rows = json_len(data);
	read_errors(ctx, detail, r);
	if (r->error == NULL && (fields == NULL || data == NULL))
		return err_set(e, ERR_BAD_REPLY, "Looker's answer is no query result");
	read_fields(ctx, fields, vis, r);
	r->pivoted = json_len(json_array_at(fields, "pivots")) > 0 ||
		     json_len(json_array_at(detail, "pivots")) > 0;
	if (r->n_fields > FIELDS_MAX || (!r->pivoted && r->n_rows * r->n_fields > CELLS_MAX))
		return err_set(e, ERR_BAD_REPLY,
			       "Looker's answer is too large: %zu rows of %zu fields", r->n_rows,
			       r->n_fields);
	order_columns(ctx, vis, r);
	r->more_rows = limit > 0 && r->n_rows >= limit;
	if (!r->pivoted) {
		read_cells(ctx, data, r);
		read_totals(ctx, detail, vis, r);
	}
	*ret = r;
	return true;
}
