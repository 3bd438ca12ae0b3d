/*
 * Rows of json_detail as the visualization shows them: without those that a calculation hides, cut
 * to the first or last ones, with each subtotal behind the last row of its group.
 */
#include "looker/shown_rows.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/text.h"

#define GROUPING "$$$__grouping__$$$"
#define SUBTOTALS_MAX 1000
#define COMPARISONS_MAX 2000000 /* of a subtotal with a row */
#define NAMES_MAX 20		/* of fields in one list that is searched for every row */

static void add_row(struct looker_shown_rows *r, const struct json_object *row)
{
	r->rows[r->n++] = row;
}

/* ---- which ---- */

/* A calculation of yes and no decides: "Yes", true, or a number that is not 0. */
static bool says_no(struct json_object *value)
{
	switch (json_object_get_type(value)) {
	case json_type_string:
		return text_equal_fold(json_object_get_string(value), "no") ||
		       text_equal_fold(json_object_get_string(value), "false");
	case json_type_boolean:
	case json_type_int:
	case json_type_double:
		return json_object_get_double(value) == 0;
	case json_type_null:
	case json_type_array:
	case json_type_object:
		break;
	}
	return false;
}

/* A pivoted calculation decides about cells, not about rows: it has no value of its own. */
static bool is_hidden(const struct json_object *row, const struct json_object *deciding)
{
	for (size_t i = 0; i < json_len(deciding) && i < NAMES_MAX; i++) {
		const char *name = json_object_get_string(json_item(deciding, i));

		if (name != NULL && says_no(json_get(json_get(row, name), "value")))
			return true;
	}
	return false;
}

/* num_rows may be a text. SIZE_MAX: no number. */
static size_t rows_of(const struct json_object *values)
{
	int64_t n = json_int_or(values, "num_rows", -1);
	const char *text = json_str(values, "num_rows");

	if (text != NULL && !text_to_int(text, 0, INT32_MAX, &n))
		return SIZE_MAX;
	return n >= 0 ? (size_t)n : SIZE_MAX;
}

/* The first or last rows, or all but these. */
static void cut_rows(const struct json_object *vis, bool more, struct looker_shown_rows *r)
{
	const struct json_object *values = json_object_at(vis, "limit_displayed_rows_values");
	bool hide = strcmp(json_str_or(values, "show_hide", ""), "hide") == 0;
	bool last = strcmp(json_str_or(values, "first_last", ""), "last") == 0;
	size_t num = rows_of(values), from, n;

	if (!json_bool_or(vis, "limit_displayed_rows", false) || num == SIZE_MAX || (last && more))
		return;
	r->only_first = !hide && !last && num <= r->n;
	num = num < r->n ? num : r->n;
	n = hide ? r->n - num : num;
	from = hide == last ? 0 : r->n - n;
	if (n > 0)
		memmove(r->rows, r->rows + from, n * sizeof(r->rows[0]));
	r->n_hidden += r->n - n;
	r->n = n;
}

/* ---- subtotals ---- */

bool looker_shown_rows_group_by(const struct json_object *subtotal, const char *name)
{
	const struct json_object *by = json_array_at(subtotal, GROUPING);

	for (size_t i = 0; i < json_len(by) && i < NAMES_MAX; i++) {
		const char *s = json_object_get_string(json_item(by, i));

		if (s != NULL && strcmp(s, name) == 0)
			return true;
	}
	return false;
}

static bool is_of_group(const struct json_object *row, const struct json_object *subtotal)
{
	const struct json_object *by = json_array_at(subtotal, GROUPING);

	for (size_t i = 0; i < json_len(by) && i < NAMES_MAX; i++) {
		const char *name = json_object_get_string(json_item(by, i));

		if (name == NULL || !json_object_equal(json_get(json_get(row, name), "value"),
						       json_get(json_get(subtotal, name), "value")))
			return false;
	}
	return json_len(by) > 0;
}

struct subtotal {
	const struct json_object *row;
	size_t after; /* index of its group's last row */
	size_t level; /* of how many dimensions the group is */
};

static int by_place(const void *a, const void *b)
{
	const struct subtotal *x = a, *y = b;

	if (x->after != y->after)
		return x->after < y->after ? -1 : 1;
	return (x->level < y->level) - (x->level > y->level); /* the smaller group first */
}

/* A group none of whose rows is seen has no place. */
static bool find_place(const struct looker_shown_rows *r, struct subtotal *s)
{
	for (size_t i = r->n; i > 0; i--) {
		if (is_of_group(r->rows[i - 1], s->row)) {
			s->after = i - 1;
			return true;
		}
	}
	return false;
}

static size_t find_subtotals(struct json_object *data, const struct looker_shown_rows *r,
			     struct subtotal *ret)
{
	struct json_object_iterator at = json_object_iter_begin(data);
	struct json_object_iterator end = json_object_iter_end(data);
	size_t n = 0, tried = 0;

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		struct json_object *rows = json_object_iter_peek_value(&at);

		for (size_t i = 0; i < json_len(rows); i++) {
			const struct json_object *row = json_item(rows, i);
			struct subtotal s = { .row = row,
					      .level = json_len(json_array_at(row, GROUPING)) };

			if (n == SUBTOTALS_MAX || ++tried * (r->n + 1) > COMPARISONS_MAX)
				return n;
			if (find_place(r, &s))
				ret[n++] = s;
		}
	}
	return n;
}

static void add_subtotals(TALLOC_CTX *ctx, struct json_object *data, struct looker_shown_rows *r)
{
	struct subtotal *found = mem_array(ctx, struct subtotal, SUBTOTALS_MAX);
	size_t n = find_subtotals(data, r, found), k = 0;
	struct looker_shown_rows all = { .n_hidden = r->n_hidden, .only_first = r->only_first };

	if (n > 0) {
		qsort(found, n, sizeof(found[0]), by_place);
		all.rows = mem_array(ctx, const struct json_object *, r->n + n);
		all.is_subtotal = mem_array(ctx, bool, r->n + n);
		all.n_subtotals = n;
		for (size_t i = 0; i < r->n; i++) {
			add_row(&all, r->rows[i]);
			for (; k < n && found[k].after == i; k++) {
				all.is_subtotal[all.n] = true;
				add_row(&all, found[k].row);
			}
		}
		*r = all;
	}
	talloc_free(found);
}

void looker_shown_rows_pick(TALLOC_CTX *ctx, const struct json_object *detail,
			    const struct json_object *vis, bool more, struct looker_shown_rows *ret)
{
	const struct json_object *data = json_array_at(detail, "data");
	const struct json_object *deciding = json_array_at(vis, "hidden_points_if_no");
	struct json_object *subtotals = json_object_at(detail, "subtotals_data");

	*ret = (struct looker_shown_rows){
		.rows = mem_array(ctx, const struct json_object *, json_len(data)),
	};
	for (size_t i = 0; i < json_len(data); i++)
		if (!is_hidden(json_item(data, i), deciding))
			add_row(ret, json_item(data, i));
	ret->n_hidden = json_len(data) - ret->n;
	cut_rows(vis, more, ret);
	if (subtotals != NULL && looker_vis_read(ctx, vis).kind == LOOKER_VIS_TABLE)
		add_subtotals(ctx, subtotals, ret);
}
