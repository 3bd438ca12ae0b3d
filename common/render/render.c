/*
 * Which form a result takes: the first entry of the table that fits. Here too the forms that are
 * one sentence: an error, no rows, and what only Looker can draw. Values, records, tables and
 * charts have files of their own.
 */
#include "render/render.h"

#include "base/mem.h"
#include "base/text.h"
#include "render/forms.h"
#include "slack/mrkdwn.h"

#define CELL_MAX_CHARS 500
#define EMPTY_TEXT "(empty)"
#define GLIMPSE_MAX_CHARS 60
#define CELL_LINK_MAX_BYTES 1000 /* text and link share a field of 2,000 characters */
#define ERROR_MAX_CHARS 900

/* ---- what the forms share ---- */

static bool has_text(const char *s)
{
	return s != NULL && s[0] != '\0';
}

char *render_heading(TALLOC_CTX *ctx, const struct render_about *about)
{
	char *ret = mem_strdup(ctx, "");

	if (!has_text(about->title))
		return ret;
	if (!has_text(about->link)) {
		mrkdwn_add_bold(&ret, about->title);
		return ret;
	}
	mrkdwn_add_raw(&ret, "*");
	mrkdwn_add_link(&ret, about->link, about->title);
	mrkdwn_add_raw(&ret, "*");
	return ret;
}

char *render_lead(TALLOC_CTX *ctx, const struct render_about *about)
{
	char *ret = mem_strdup(ctx, "");

	if (!has_text(about->title))
		return ret;
	mrkdwn_add_text(&ret, about->title);
	mrkdwn_add_raw(&ret, ": ");
	return ret;
}

void render_add_cell(char **buf, const struct render_job *j, const struct looker_cell *cell)
{
	const char *text = text_cut(j->ctx, cell->text, CELL_MAX_CHARS);
	const char *link = looker_link(j->ctx, j->about->base_url, cell->link);

	if (!has_text(text))
		text = EMPTY_TEXT;
	if (link != NULL && strlen(link) <= CELL_LINK_MAX_BYTES)
		mrkdwn_add_link(buf, link, text);
	else
		mrkdwn_add_text(buf, text);
}

void render_add_glimpse(char **buf, const struct render_job *j, const struct looker_cell *cell)
{
	const char *text = text_cut(j->ctx, cell->text, GLIMPSE_MAX_CHARS);

	mrkdwn_add_text(buf, has_text(text) ? text : EMPTY_TEXT);
}

void render_add_warning(const struct render_job *j)
{
	char *text;

	if (j->result->warning == NULL)
		return;
	text = mem_strdup(j->ctx, ":warning: ");
	mrkdwn_add_text(&text, text_cut(j->ctx, j->result->warning, ERROR_MAX_CHARS));
	slack_message_add_context(j->message, text);
}

/* ---- the forms of one sentence ---- */

void render_error(const struct render_job *j)
{
	char *heading = render_heading(j->ctx, j->about);
	char *section = mem_printf(j->ctx, ":warning: %s%s", heading, heading[0] ? "\n" : "");
	char *text = render_lead(j->ctx, j->about);

	mrkdwn_add_raw(&text, "Looker could not run this query.");
	mrkdwn_add_raw(&section, "Looker could not run this query.\n");
	mrkdwn_add_text(&section, text_cut(j->ctx, j->result->error, ERROR_MAX_CHARS));
	slack_message_set_text(j->message, text);
	slack_message_add_section(j->message, section);
}

void render_empty(const struct render_job *j)
{
	const char *words = j->result->n_fields == 0 ? "No visible columns." : "No results.";
	char *heading = render_heading(j->ctx, j->about);
	char *section = mem_printf(j->ctx, "%s%s%s", heading, heading[0] ? "\n" : "", words);

	slack_message_set_text(j->message,
			       mem_printf(j->ctx, "%s%s", render_lead(j->ctx, j->about), words));
	slack_message_add_section(j->message, section);
	render_add_warning(j);
}

void render_line(struct slack_message *m, const struct render_about *about, const char *what)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	char *line = render_heading(ctx, about);
	char *text = mem_strdup(ctx, "");
	bool titled = line[0] != '\0';

	mrkdwn_add_raw(&line, titled ? " is " : "This is ");
	mrkdwn_add_text(&line, what);
	mrkdwn_add_raw(&line, ": ");
	if (has_text(about->link))
		mrkdwn_add_link(&line, about->link, "open it in Looker");
	else
		mrkdwn_add_raw(&line, "open it in Looker");
	mrkdwn_add_raw(&line, ".");
	mrkdwn_add_text(&text, titled ? about->title : "This");
	mrkdwn_add_raw(&text, " is ");
	mrkdwn_add_text(&text, what);
	mrkdwn_add_raw(&text, ", to be opened in Looker.");
	slack_message_set_text(m, text);
	slack_message_add_section(m, line);
	talloc_free(ctx);
}

/* ---- which form ---- */

static bool is_error(const struct looker_result *r, const struct looker_vis *vis)
{
	(void)vis;
	return r->error != NULL;
}

static bool is_empty(const struct looker_result *r, const struct looker_vis *vis)
{
	(void)vis;
	return r->n_rows == 0 || r->n_fields == 0;
}

static bool is_other(const struct looker_result *r, const struct looker_vis *vis)
{
	(void)r;
	return vis->kind == LOOKER_VIS_OTHER;
}

static bool is_any(const struct looker_result *r, const struct looker_vis *vis)
{
	(void)r;
	(void)vis;
	return true;
}

static bool is_value(const struct looker_result *r, const struct looker_vis *vis)
{
	return vis->kind == LOOKER_VIS_SINGLE || (r->n_rows == 1 && r->n_fields == 1);
}

/* What is pivoted has headers that belong together. */
static bool is_record(const struct looker_result *r, const struct looker_vis *vis)
{
	return vis->kind == LOOKER_VIS_RECORD || (r->n_rows == 1 && !r->pivoted);
}

struct form {
	bool (*fits)(const struct looker_result *r, const struct looker_vis *vis);
	void (*render)(const struct render_job *j);
};

static const struct form forms[] = {
	{ is_error, render_error },
	{ is_empty, render_empty },
	{ is_other, render_other },
	{ is_any, render_data },
};

static const struct form data_forms[] = {
	{ is_value, render_value },
	{ is_record, render_record },
	{ is_any, render_table },
};

static void render_first(const struct form *form, const struct render_job *j)
{
	while (!form->fits(j->result, j->vis))
		form++;
	form->render(j);
}

void render_data(const struct render_job *j)
{
	render_first(data_forms, j);
}

void render_result(struct slack_message *m, const struct looker_result *r,
		   const struct looker_vis *vis, const struct render_about *about,
		   struct render_outcome *ret)
{
	struct render_outcome outcome = { .rows_known = r->n_rows - r->n_subtotals,
					  .more_rows = r->more_rows };
	struct render_job job = {
		.ctx = mem_ctx(NULL),
		.message = m,
		.result = r,
		.vis = vis,
		.about = about,
		.outcome = &outcome,
	};

	render_first(forms, &job);
	*ret = outcome;
	talloc_free(job.ctx);
}
