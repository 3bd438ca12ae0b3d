/*
 * One row as titled fields: a record of a single row, or a visualization that shows one row only
 * of several.
 */
#include "base/mem.h"
#include "render/forms.h"
#include "slack/mrkdwn.h"

#define FIELDS_A_GROUP 10 /* Slack's, for one section */
#define FIELDS_IN_TEXT 3

static void add_groups(const struct render_job *j)
{
	const struct looker_result *r = j->result;
	struct slack_field group[FIELDS_A_GROUP];
	size_t n = 0;

	for (size_t k = 0; k < r->n_fields; k++) {
		char *value = mem_strdup(j->ctx, "");

		render_add_cell(&value, j, &r->cells[k]);
		group[n++] = (struct slack_field){ .title = r->fields[k].label, .mrkdwn = value };
		if (n == FIELDS_A_GROUP || k + 1 == r->n_fields) {
			slack_message_add_fields(j->message, group, n);
			n = 0;
		}
	}
}

void render_record(const struct render_job *j)
{
	const struct looker_result *r = j->result;
	char *heading = render_heading(j->ctx, j->about);
	char *text = render_lead(j->ctx, j->about);

	for (size_t k = 0; k < r->n_fields && k < FIELDS_IN_TEXT; k++) {
		mrkdwn_add_raw(&text, k > 0 ? " · " : "");
		mrkdwn_add_text(&text, r->fields[k].label);
		mrkdwn_add_raw(&text, " ");
		render_add_glimpse(&text, j, &r->cells[k]);
	}
	mrkdwn_add_raw(&text, r->n_fields > FIELDS_IN_TEXT ? " …" : "");
	slack_message_set_text(j->message, text);
	if (heading[0] != '\0')
		slack_message_add_section(j->message, heading);
	add_groups(j);
	if (r->n_rows > 1)
		slack_message_add_context(
			j->message,
			r->more_rows ? mem_printf(j->ctx, "First of at least %zu rows.", r->n_rows)
				     : mem_printf(j->ctx, "First of %zu rows.", r->n_rows));
	render_add_warning(j);
	j->outcome->rows_shown = 1;
	j->outcome->offers = r->offers;
	j->outcome->n_offers = r->n_offers;
}
