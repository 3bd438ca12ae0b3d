/*
 * Rows and columns of a result as the model of Slack's table: which columns are numbers, where a
 * row's drill is kept, which columns are taken when there are too many, and the transposed form.
 */
#include "base/mem.h"
#include "base/text.h"
#include "render/forms.h"

#define CAPTION_OTHERWISE "Results"
#define COLUMNS_MAX SLACK_TABLE_COLUMNS_MAX
#define TOTALS_MAX (COLUMNS_MAX / 2) /* row totals that stay in view when columns are left out */

/* A column sorts as numbers only when every cell is one; then Slack allows no links in it. Among
 * nulls numbers still stand to the right. */
static struct slack_column column_of(const struct looker_result *r, size_t k)
{
	size_t numbers = 0, nulls = 0;

	for (size_t i = 0; i < r->n_rows; i++) {
		const struct looker_cell *c = &r->cells[i * r->n_fields + k];

		nulls += c->is_null;
		numbers += !c->is_null && c->is_number;
	}
	return (struct slack_column){
		.title = r->fields[k].label,
		.numeric = numbers == r->n_rows,
		.right = numbers > 0 && numbers + nulls == r->n_rows,
	};
}

static const char *link_of(const struct render_job *j, const struct looker_cell *c)
{
	return looker_link(j->ctx, j->about->base_url, c->link);
}

/* The row's drill: numbers cannot carry theirs. */
static const char *drill_of_row(const struct render_job *j, const struct looker_cell *row)
{
	for (size_t k = 0; k < j->result->n_fields; k++) {
		const char *link = link_of(j, &row[k]);

		if (link != NULL)
			return link;
	}
	return NULL;
}

static const char *caption_of(const struct render_job *j)
{
	const char *title = j->about->title;

	return title != NULL && title[0] != '\0' ? title : CAPTION_OTHERWISE;
}

/* ---- as it is ---- */

/* The first columns; a pivot's row totals are kept as well. */
static size_t *choose_columns(const struct render_job *j, size_t *ret_n, bool *ret_totals)
{
	const struct looker_result *r = j->result;
	size_t *chosen = mem_array(j->ctx, size_t, COLUMNS_MAX);
	size_t totals = 0, others, n = 0;

	for (size_t k = 0; k < r->n_fields; k++)
		totals += r->fields[k].is_row_total;
	*ret_totals = r->n_fields > COLUMNS_MAX && totals > 0 && totals <= TOTALS_MAX;
	others = COLUMNS_MAX - (*ret_totals ? totals : 0);
	for (size_t k = 0; k < r->n_fields && n < COLUMNS_MAX; k++) {
		if (*ret_totals && r->fields[k].is_row_total)
			chosen[n++] = k;
		else if (others > 0 && others--)
			chosen[n++] = k;
	}
	*ret_n = n;
	return chosen;
}

static void fill_row(const struct render_job *j, const struct slack_table *t, const size_t *chosen,
		     const struct looker_cell *row, struct slack_cell *ret)
{
	bool first_text = true;

	for (size_t k = 0; k < t->n_columns; k++) {
		const struct looker_cell *cell = &row[chosen[k]];

		ret[k].text = cell->text;
		ret[k].number = cell->number;
		if (t->columns[k].numeric)
			continue;
		ret[k].link = link_of(j, cell);
		if (first_text && ret[k].link == NULL)
			ret[k].link = drill_of_row(j, row);
		first_text = false;
	}
}

static struct slack_table upright(const struct render_job *j, struct render_grid *grid)
{
	const struct looker_result *r = j->result;
	struct slack_table t = { .caption = caption_of(j), .n_rows = r->n_rows };
	size_t *chosen = choose_columns(j, &t.n_columns, &grid->first_and_totals);
	struct slack_column *columns = mem_array(j->ctx, struct slack_column, t.n_columns);
	struct slack_cell *cells = mem_array(j->ctx, struct slack_cell, r->n_rows * t.n_columns);

	for (size_t k = 0; k < t.n_columns; k++)
		columns[k] = column_of(r, chosen[k]);
	t.columns = columns;
	for (size_t i = 0; i < r->n_rows; i++)
		fill_row(j, &t, chosen, &r->cells[i * r->n_fields], &cells[i * t.n_columns]);
	t.cells = cells;
	t.fixed = r->n_subtotals > 0;
	t.strong = r->is_subtotal;
	return t;
}

/* ---- transposed ---- */

/* The labels, or the texts of a row, of all dimensions: "EMEA / Spain". */
static char *join_dimensions(const struct render_job *j, const struct looker_cell *row)
{
	const struct looker_result *r = j->result;
	char *ret = mem_strdup(j->ctx, "");

	for (size_t k = 0; k < r->n_fields; k++) {
		if (r->fields[k].is_measure)
			continue;
		mem_append(&ret, ret[0] != '\0' ? " / " : "");
		mem_append(&ret, row != NULL ? row[k].text : r->fields[k].label);
	}
	return ret;
}

static size_t count_measures(const struct looker_result *r)
{
	size_t n = 0;

	for (size_t k = 0; k < r->n_fields; k++)
		n += r->fields[k].is_measure;
	return n;
}

/* A table of more rows than Slack has columns would lose some: it stays upright. */
static bool is_transposed(const struct render_job *j)
{
	const struct looker_result *r = j->result;
	size_t measures = count_measures(r);

	return j->vis->transpose && r->n_rows < COLUMNS_MAX && r->n_subtotals == 0 &&
	       measures > 0 && measures < r->n_fields;
}

static bool is_number_row(const struct looker_result *r, size_t i)
{
	for (size_t k = 0; k < r->n_fields; k++) {
		const struct looker_cell *c = &r->cells[i * r->n_fields + k];

		if (r->fields[k].is_measure && (c->is_null || !c->is_number))
			return false;
	}
	return true;
}

/* Its rows have the author's order, and mix what cannot be compared: nobody sorts it. */
static struct slack_table transposed(const struct render_job *j)
{
	const struct looker_result *r = j->result;
	size_t n_rows = count_measures(r), n_columns = r->n_rows + 1, row = 0;
	struct slack_column *columns = mem_array(j->ctx, struct slack_column, n_columns);
	struct slack_cell *cells = mem_array(j->ctx, struct slack_cell, n_rows * n_columns);

	columns[0].title = join_dimensions(j, NULL);
	for (size_t i = 0; i < r->n_rows; i++) {
		columns[i + 1].title = join_dimensions(j, &r->cells[i * r->n_fields]);
		columns[i + 1].numeric = is_number_row(r, i);
	}
	for (size_t k = 0; k < r->n_fields; k++) {
		struct slack_cell *to = &cells[row * n_columns];

		if (!r->fields[k].is_measure)
			continue;
		to[0].text = r->fields[k].label;
		for (size_t i = 0; i < r->n_rows; i++) {
			const struct looker_cell *from = &r->cells[i * r->n_fields + k];

			to[i + 1] = (struct slack_cell){ from->text, from->number, NULL };
			if (!columns[i + 1].numeric)
				to[i + 1].link = link_of(j, from);
		}
		row++;
	}
	return (struct slack_table){
		.caption = caption_of(j),
		.columns = columns,
		.n_columns = n_columns,
		.cells = cells,
		.n_rows = n_rows,
		.fixed = n_rows < SLACK_FIXED_ROWS_MAX,
	};
}

void render_make_grid(const struct render_job *j, struct render_grid *ret)
{
	*ret = (struct render_grid){ .transposed = is_transposed(j) };
	ret->table = ret->transposed ? transposed(j) : upright(j, ret);
}
