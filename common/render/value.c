/*
 * A single value: the first visible measure of the first row, else the first dimension, in bold
 * and linked to its drill; below it what it is. Comparisons are not shown.
 */
#include "base/mem.h"
#include "base/text.h"
#include "render/forms.h"
#include "slack/mrkdwn.h"

static size_t pick_field(const struct looker_result *r)
{
	for (size_t k = 0; k < r->n_fields; k++)
		if (r->fields[k].is_measure)
			return k;
	return 0;
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

void render_value(const struct render_job *j)
{
	size_t k = pick_field(j->result);
	const struct looker_cell *cell = &j->result->cells[k];
	const char *caption = caption_of(j, k);
	char *heading = render_heading(j->ctx, j->about);
	char *section = mem_strdup(j->ctx, "*");
	char *text = render_lead(j->ctx, j->about);

	render_add_cell(&section, j, cell);
	mrkdwn_add_raw(&section, "*");
	if (caption[0] != '\0') {
		mrkdwn_add_raw(&section, " ");
		mrkdwn_add_text(&section, caption);
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
}
