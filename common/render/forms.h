/* The forms of render.c's table, one file each, and what they share. Private to render/. */
#ifndef RENDER_FORMS_H
#define RENDER_FORMS_H

#include "render/render.h"

/* What a form is given. */
struct render_job {
	TALLOC_CTX *ctx; /* scratch: dies with the message */
	struct slack_message *message;
	const struct looker_result *result;
	const struct looker_vis *vis;
	const struct render_about *about;
	struct render_outcome *outcome;
};

/* "*<link|Title>*", "*Title*" without a link, "" without a title. */
char *render_heading(TALLOC_CTX *ctx, const struct render_about *about);

/* Title and ": " for the notification text, escaped; "" without a title. */
char *render_lead(TALLOC_CTX *ctx, const struct render_about *about);

/* Appends a cell's text, escaped, with the link of its drill when it has one that is short enough
 * to stand beside the text. Never nothing: an empty text shows as "(empty)". */
void render_add_cell(char **buf, const struct render_job *j, const struct looker_cell *cell);

/* Appends a cell's text to a notification: escaped, cut, without link. */
void render_add_glimpse(char **buf, const struct render_job *j, const struct looker_cell *cell);

/* Looker's warning below the answer. */
void render_add_warning(const struct render_job *j);

/* The result as Slack's table, within j->ctx. */
struct render_grid {
	struct slack_table table;
	bool transposed;
	bool first_and_totals; /* columns are left out between the first ones and the row totals */
};
void render_make_grid(const struct render_job *j, struct render_grid *ret);

/* The notification text of many rows. */
char *render_summary(const struct render_job *j, size_t rows);

/* As text, whatever Looker draws: a value, a record or a table. */
void render_data(const struct render_job *j);

/* "a stacked column chart"; with one series there is no stack. */
const char *render_vis_words(TALLOC_CTX *ctx, const struct looker_vis *vis, size_t n_series);

void render_error(const struct render_job *j);
void render_empty(const struct render_job *j);
void render_value(const struct render_job *j);
void render_other(const struct render_job *j);
void render_record(const struct render_job *j);
void render_table(const struct render_job *j);

#endif
