/*
 * Rows as Slack's sortable table, and under it what a sortable table cannot hold: totals, what was
 * cut, Looker's warning. How many rows and columns fit is decided in slack/message.
 */
#include "base/mem.h"
#include "base/text.h"
#include "render/forms.h"
#include "slack/mrkdwn.h"

#define CELLS_IN_TEXT 3
#define CAPTION_OTHERWISE "Results"

/* A column sorts as numbers only when every cell is one; then Slack allows no links in it. */
static bool all_numbers(const struct looker_result *r, size_t k)
{
	for (size_t i = 0; i < r->n_rows; i++) {
		const struct looker_cell *c = &r->cells[i * r->n_fields + k];

		if (c->is_null || !c->is_number)
			return false;
	}
	return true;
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

static void fill_row(const struct render_job *j, const struct slack_column *columns,
		     const struct looker_cell *row, struct slack_cell *ret)
{
	bool first_text = true;

	for (size_t k = 0; k < j->result->n_fields; k++) {
		ret[k].text = row[k].text;
		ret[k].number = row[k].number;
		if (columns[k].numeric)
			continue;
		ret[k].link = link_of(j, &row[k]);
		if (first_text && ret[k].link == NULL)
			ret[k].link = drill_of_row(j, row);
		first_text = false;
	}
}

static struct slack_table make_table(const struct render_job *j)
{
	const struct looker_result *r = j->result;
	const char *title = j->about->title;
	struct slack_column *columns = mem_array(j->ctx, struct slack_column, r->n_fields);
	struct slack_cell *cells = mem_array(j->ctx, struct slack_cell, r->n_rows * r->n_fields);

	for (size_t k = 0; k < r->n_fields; k++) {
		columns[k].title = r->fields[k].label;
		columns[k].numeric = all_numbers(r, k);
	}
	for (size_t i = 0; i < r->n_rows; i++)
		fill_row(j, columns, &r->cells[i * r->n_fields], &cells[i * r->n_fields]);
	return (struct slack_table){
		.caption = title != NULL && title[0] != '\0' ? title : CAPTION_OTHERWISE,
		.columns = columns,
		.n_columns = r->n_fields,
		.cells = cells,
		.n_rows = r->n_rows,
	};
}

/* "Total: Orders 1,204 · Revenue $5.00" */
static void add_totals(const struct render_job *j)
{
	const struct looker_result *r = j->result;
	char *line = mem_strdup(j->ctx, "Total: ");
	bool any = false;

	for (size_t k = 0; r->totals != NULL && k < r->n_fields; k++) {
		if (r->totals[k].is_null || r->totals[k].text[0] == '\0')
			continue;
		mrkdwn_add_raw(&line, any ? " · " : "");
		mrkdwn_add_text(&line, r->fields[k].label);
		mrkdwn_add_raw(&line, " ");
		mrkdwn_add_bold(&line, r->totals[k].text);
		any = true;
	}
	if (any)
		slack_message_add_section(j->message, line);
}

static void add_cuts(const struct render_job *j, size_t rows, size_t columns)
{
	const struct looker_result *r = j->result;
	char *line = mem_strdup(j->ctx, "");

	if (r->more_rows)
		mem_appendf(&line, "First %zu rows; Looker %s more.", rows,
			    rows < r->n_rows ? "has" : "may have");
	else if (rows < r->n_rows)
		mem_appendf(&line, "First %zu of %zu rows.", rows, r->n_rows);
	if (columns < r->n_fields)
		mem_appendf(&line, "%sFirst %zu of %zu columns.", line[0] != '\0' ? " " : "",
			    columns, r->n_fields);
	if (line[0] != '\0')
		slack_message_add_context(j->message, line);
}

/* "Sales: 12 rows. North 1,204 …" */
static char *summary(const struct render_job *j, size_t rows)
{
	const struct looker_result *r = j->result;
	char *ret = render_lead(j->ctx, j->about);

	if (!r->more_rows)
		mrkdwn_addf_raw(&ret, "%zu rows.", r->n_rows);
	else
		mrkdwn_addf_raw(&ret, "the first %zu rows.", rows);
	for (size_t k = 0; k < r->n_fields && k < CELLS_IN_TEXT; k++) {
		mrkdwn_add_raw(&ret, " ");
		render_add_glimpse(&ret, j, &r->cells[k]);
	}
	mrkdwn_add_raw(&ret, " …");
	return ret;
}

void render_table(const struct render_job *j)
{
	struct slack_table table = make_table(j);
	char *heading = render_heading(j->ctx, j->about);
	size_t rows = 0, columns = 0;

	if (heading[0] != '\0')
		slack_message_add_section(j->message, heading);
	slack_message_add_table(j->message, &table, &rows, &columns);
	slack_message_set_text(j->message, summary(j, rows));
	add_totals(j);
	add_cuts(j, rows, columns);
	render_add_warning(j);
	j->outcome->rows_shown = rows;
}
