/*
 * json_detail into struct looker_result: every cell, totals, and which errors are fatal. Which
 * columns there are is columns.c's, which rows shown_rows.c's, the text of a cell cell.c's.
 */
#include "looker/result.h"

#include "base/mem.h"
#include "base/text.h"
#include "looker/cell.h"
#include "looker/columns.h"
#include "looker/shown_rows.h"

#define ERROR_MAX_CHARS 900
#define SUBTOTAL_TEXT "Subtotal"
#define FIELDS_MAX 2000
#define CELLS_MAX 200000 /* what is asked for is 201 rows */

static const char *text_or(const char *a, const char *b)
{
	return a != NULL && a[0] != '\0' ? a : b;
}

static void read_cells(TALLOC_CTX *ctx, const struct looker_shown_rows *rows,
		       struct looker_result *r)
{
	r->cells = mem_array(ctx, struct looker_cell, r->n_rows * r->n_fields);
	for (size_t i = 0; i < r->n_rows; i++)
		for (size_t k = 0; k < r->n_fields; k++)
			r->cells[i * r->n_fields + k] = looker_cell_read(
				ctx, looker_columns_at(rows->rows[i], &r->fields[k]));
}

static void read_offers(TALLOC_CTX *ctx, const struct looker_shown_rows *rows,
			struct looker_result *r)
{
	if (r->n_rows == 0 || (r->is_subtotal != NULL && r->is_subtotal[0]))
		return;
	for (size_t k = 0; k < r->n_fields; k++)
		looker_cell_add_offers(ctx, looker_columns_at(rows->rows[0], &r->fields[k]), k, r);
}

/* The first dimension that a subtotal is taken over says so. */
static void mark_subtotals(const struct looker_shown_rows *rows, struct looker_result *r)
{
	for (size_t i = 0; i < r->n_rows; i++) {
		bool marked = false;

		for (size_t k = 0; r->is_subtotal[i] && k < r->n_fields; k++) {
			const struct looker_field *f = &r->fields[k];

			if (f->is_measure || looker_shown_rows_group_by(rows->rows[i], f->name))
				continue;
			r->cells[i * r->n_fields + k] =
				(struct looker_cell){ .text = marked ? "" : SUBTOTAL_TEXT,
						      .is_null = true };
			marked = true;
		}
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
		struct json_object *o = looker_columns_at(totals, &r->fields[k]);

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

static void read_errors(TALLOC_CTX *ctx, const struct json_object *detail, bool has_data,
			struct looker_result *r)
{
	const struct json_object *errors = json_array_at(detail, "errors");

	for (size_t i = 0; i < json_len(errors); i++) {
		const struct json_object *error = json_item(errors, i);

		add_error(ctx, is_fatal(error, has_data) ? &r->error : &r->warning, error);
	}
}

/* How many columns that many rows may have. */
static size_t columns_max(size_t n_rows)
{
	return n_rows == 0 || CELLS_MAX / n_rows > FIELDS_MAX ? FIELDS_MAX : CELLS_MAX / n_rows;
}

bool looker_result_read(TALLOC_CTX *ctx, const struct json_object *detail,
			const struct json_object *vis, size_t limit, struct looker_result **ret,
			struct err *e)
{
	const struct json_object *fields = json_object_at(detail, "fields");
	const struct json_object *data = json_array_at(detail, "data");
	struct looker_result *r = mem_zero(ctx, struct looker_result);
	struct looker_shown_rows rows;
	size_t max;

	read_errors(ctx, detail, json_len(data) > 0, r);
	if (r->error == NULL && (fields == NULL || data == NULL))
		return err_set(e, ERR_BAD_REPLY, "Looker's answer is no query result");
	r->more_rows = limit > 0 && json_len(data) >= limit;
	looker_shown_rows_pick(ctx, detail, vis, r->more_rows, &rows);
	r->n_rows = rows.n;
	max = columns_max(r->n_rows);
	looker_columns_read(ctx, detail, vis, max, r);
	if (r->n_fields > max || (r->n_fields == 0 && r->n_fields_left_out > 0))
		return err_set(e, ERR_BAD_REPLY,
			       "Looker's answer is too large: %zu rows of %zu fields", r->n_rows,
			       r->n_fields);
	r->is_subtotal = rows.is_subtotal;
	r->n_subtotals = rows.n_subtotals;
	r->n_rows_hidden = rows.n_hidden;
	r->more_rows = r->more_rows && !rows.only_first;
	read_cells(ctx, &rows, r);
	read_offers(ctx, &rows, r);
	if (r->is_subtotal != NULL)
		mark_subtotals(&rows, r);
	read_totals(ctx, detail, vis, r);
	*ret = r;
	return true;
}
