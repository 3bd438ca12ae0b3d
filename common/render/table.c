/*
 * Rows as Slack's sortable table, and under it what a sortable table cannot hold: totals, what was
 * cut, Looker's warning. How many rows and columns fit is decided in slack/message.
 */
#include "base/mem.h"
#include "render/forms.h"
#include "slack/mrkdwn.h"

#define CELLS_IN_TEXT 3
#define TOTALS_IN_LINE 40

/* "Total: Orders 1,204 · Revenue $5.00" */
static void add_totals(const struct render_job *j)
{
	const struct looker_result *r = j->result;
	char *line = mem_strdup(j->ctx, "Total: ");
	bool any = false;
	size_t n = 0;

	for (size_t k = 0; r->totals != NULL && k < r->n_fields; k++) {
		if (r->totals[k].is_null || r->totals[k].text[0] == '\0')
			continue;
		if (++n > TOTALS_IN_LINE)
			break;
		mrkdwn_add_raw(&line, any ? " · " : "");
		mrkdwn_add_text(&line, r->fields[k].label);
		mrkdwn_add_raw(&line, " ");
		mrkdwn_add_bold(&line, r->totals[k].text);
		any = true;
	}
	if (n > TOTALS_IN_LINE)
		mrkdwn_add_raw(&line, " · …");
	if (any)
		slack_message_add_section(j->message, line);
}

static size_t subtotals_within(const struct looker_result *r, size_t rows)
{
	size_t n = 0;

	for (size_t i = 0; r->is_subtotal != NULL && i < rows; i++)
		n += r->is_subtotal[i];
	return n;
}

static void add_sentence(char **line, const char *sentence)
{
	mrkdwn_add_raw(line, (*line)[0] != '\0' ? " " : "");
	mrkdwn_add_raw(line, sentence);
}

/* What is missing is one click away. */
static void add_column_cut(const struct render_job *j, char **line, const struct render_grid *grid,
			   size_t columns)
{
	size_t all = j->result->n_fields + j->result->n_fields_left_out;

	if (grid->transposed || columns >= all)
		return;
	add_sentence(line, mem_printf(j->ctx,
				      grid->first_and_totals
					      ? "%zu of %zu columns: the first ones and the totals"
					      : "First %zu of %zu columns",
				      columns, all));
	if (j->about->link != NULL && j->about->link[0] != '\0') {
		mrkdwn_add_raw(line, "; ");
		mrkdwn_add_link(line, j->about->link, "all are in Looker");
	}
	mrkdwn_add_raw(line, ".");
}

static void add_cuts(const struct render_job *j, const struct render_grid *grid, size_t rows,
		     size_t columns)
{
	const struct looker_result *r = j->result;
	size_t known = r->n_rows - r->n_subtotals;
	char *line = mem_strdup(j->ctx, "");

	if (r->more_rows)
		mem_appendf(&line, "First %zu rows; Looker %s more.", rows,
			    rows < known ? "has" : "may have");
	else if (rows < known)
		mem_appendf(&line, "First %zu of %zu rows.", rows, known);
	add_column_cut(j, &line, grid, columns);
	if (r->n_rows_hidden > 0)
		add_sentence(&line, "Some rows are left out, as in Looker.");
	if (line[0] != '\0')
		slack_message_add_context(j->message, line);
}

/* "Sales: 12 rows. North 1,204 …" */
char *render_summary(const struct render_job *j, size_t rows)
{
	const struct looker_result *r = j->result;
	size_t known = r->n_rows - r->n_subtotals;
	char *ret = render_lead(j->ctx, j->about);

	if (!r->more_rows)
		mrkdwn_addf_raw(&ret, "%zu row%s.", known, known == 1 ? "" : "s");
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
	struct render_grid grid;
	char *heading = render_heading(j->ctx, j->about);
	size_t rows = 0, columns = 0;

	render_make_grid(j, &grid);
	if (heading[0] != '\0')
		slack_message_add_section(j->message, heading);
	slack_message_add_table(j->message, &grid.table, &rows, &columns);
	rows = grid.transposed ? j->result->n_rows : rows - subtotals_within(j->result, rows);
	slack_message_set_text(j->message, render_summary(j, rows));
	add_totals(j);
	add_cuts(j, &grid, rows, columns);
	render_add_warning(j);
	j->outcome->rows_shown = rows;
}
