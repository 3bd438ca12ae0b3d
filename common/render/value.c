/*
 * A single value: the first visible measure of the first row, else the first dimension, in bold
 * and linked to its drill; below it what it is, and what it is compared with: the next measure,
 * which for a pivot is that of the next value.
 */
#include "base/mem.h"
#include "base/text.h"
#include "render/forms.h"
#include "slack/mrkdwn.h"

#define BAR_CELLS 10
#define BAR_FULL "▓"
#define BAR_EMPTY "░"
#define PERCENT_MAX 999999.0 /* beyond it nobody reads a progress */

/* The nth measure from `from` on, row totals apart; n_fields when there is none. */
static size_t measure_from(const struct looker_result *r, size_t from)
{
	while (from < r->n_fields && (!r->fields[from].is_measure || r->fields[from].is_row_total))
		from++;
	return from;
}

static size_t pick_field(const struct looker_result *r)
{
	size_t k = measure_from(r, 0);

	return k < r->n_fields ? k : 0;
}

/* "" when the visualization hides it or the heading says the same. */
static const char *caption_of(const struct render_job *j, size_t k)
{
	const char *caption = j->vis->single_value_title;

	if (!j->vis->show_title)
		return "";
	if (caption == NULL)
		caption = j->result->fields[k].label;
	if (j->about->title != NULL && text_equal_fold(caption, j->about->title))
		return "";
	return caption;
}

/* ---- comparison ---- */

/* What the arrow means stands in words as well: not everybody sees colours. */
static void add_change(char **buf, const struct render_job *j, const struct looker_cell *cell)
{
	bool up = cell->number > 0, good = up != j->vis->down_is_good;

	if (!cell->is_number || cell->number == 0) {
		render_add_cell(buf, j, cell);
		return;
	}
	mrkdwn_addf_raw(buf, "%s %s ",
			good ? ":large_green_circle:" : ":red_circle:", up ? "▲" : "▼");
	render_add_cell(buf, j, cell);
	mrkdwn_add_raw(buf, good ? " (better)" : " (worse)");
}

/* "▓▓▓▓▓▓░░░░ 62% of 1,950" */
static void add_progress(char **buf, const struct render_job *j, const struct looker_cell *value,
			 const struct looker_cell *goal)
{
	double percent = 0;

	if (value->is_number && goal->is_number && goal->number > 0)
		percent = value->number / goal->number * 100;
	if (percent > 0 && percent < PERCENT_MAX) {
		int full = percent >= 100 ? BAR_CELLS : (int)(percent / 100 * BAR_CELLS);

		for (int i = 0; i < BAR_CELLS; i++)
			mrkdwn_add_raw(buf, i < full ? BAR_FULL : BAR_EMPTY);
		mrkdwn_addf_raw(buf, " %.0f%% of ", percent);
	}
	render_add_cell(buf, j, goal);
}

/* A line below the value; "" without a comparison. */
static char *comparison_of(const struct render_job *j, size_t k)
{
	const struct looker_result *r = j->result;
	size_t other = r->fields[k].is_measure ? measure_from(r, k + 1) : r->n_fields;
	char *ret = mem_strdup(j->ctx, "");
	const char *label = j->vis->comparison_label;

	if (j->vis->comparison == LOOKER_COMPARE_NOT || other == r->n_fields)
		return ret;
	if (j->vis->comparison == LOOKER_COMPARE_CHANGE)
		add_change(&ret, j, &r->cells[other]);
	else if (j->vis->comparison == LOOKER_COMPARE_PROGRESS)
		add_progress(&ret, j, &r->cells[k], &r->cells[other]);
	else
		render_add_cell(&ret, j, &r->cells[other]);
	if (j->vis->show_comparison_label) {
		mrkdwn_add_raw(&ret, " ");
		mrkdwn_add_text(&ret, label != NULL ? label : r->fields[other].label);
	}
	return ret;
}

/* Those of its cell stand in a row. */
static void offer_actions(const struct render_job *j, size_t k)
{
	const struct looker_result *r = j->result;

	for (size_t i = 0; i < r->n_offers; i++) {
		if (r->offers[i].field != k)
			continue;
		if (j->outcome->n_offers++ == 0)
			j->outcome->offers = &r->offers[i];
	}
}

void render_value(const struct render_job *j)
{
	size_t k = pick_field(j->result);
	const struct looker_cell *cell = &j->result->cells[k];
	const char *caption = caption_of(j, k);
	char *comparison = comparison_of(j, k);
	char *heading = render_heading(j->ctx, j->about);
	char *section = mem_strdup(j->ctx, "*");
	char *text = render_lead(j->ctx, j->about);

	render_add_cell(&section, j, cell);
	mrkdwn_add_raw(&section, "*");
	if (caption[0] != '\0') {
		mrkdwn_add_raw(&section, " ");
		mrkdwn_add_text(&section, caption);
	}
	if (comparison[0] != '\0') {
		mrkdwn_add_raw(&section, "\n");
		mrkdwn_add_raw(&section, comparison);
	}
	if (heading[0] != '\0') {
		mrkdwn_add_raw(&section, "\n");
		mrkdwn_add_raw(&section, heading);
	}
	if (text[0] == '\0' && caption[0] != '\0') {
		mrkdwn_add_text(&text, caption);
		mrkdwn_add_raw(&text, ": ");
	}
	render_add_glimpse(&text, j, cell);
	slack_message_set_text(j->message, text);
	slack_message_add_section(j->message, section);
	render_add_warning(j);
	offer_actions(j, k);
}
