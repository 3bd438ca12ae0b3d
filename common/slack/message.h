/*
 * The one message model. A message is a list of parts; it is encoded for Slack in one of several
 * forms, from the richest that a workspace takes down to plain text. Slack's limits are applied
 * here and nowhere else; nothing is dropped silently: what was cut says so.
 */
#ifndef SLACK_MESSAGE_H
#define SLACK_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <talloc.h>

#include "base/err.h"
#include "base/json.h"

#define SLACK_TABLE_ROWS_MAX 200 /* beside the header row */
#define SLACK_TABLE_COLUMNS_MAX 20
#define SLACK_TABLE_CHARS_MAX 20000
#define SLACK_FIXED_ROWS_MAX 99 /* of a table that is not to be sorted */

/* The ladder: each form is tried when Slack refused the blocks of the one before. */
enum slack_form {
	SLACK_FORM_CHART,
	SLACK_FORM_DATA_TABLE, /* charts as tables of their data */
	SLACK_FORM_TABLE,      /* the older block: not sortable, 99 rows */
	SLACK_FORM_MONOSPACE,  /* tables as aligned text in code blocks */
	SLACK_FORM_TEXT,       /* no blocks at all */
	SLACK_FORMS
};

struct slack_column {
	const char *title;
	bool numeric; /* every cell is a number: raw_number, right-aligned, sorts as number */
	bool right;   /* right-aligned where Slack lets it be, though not every cell is a number */
};

struct slack_cell {
	const char *text; /* what is shown; never NULL */
	double number;	  /* with a numeric column */
	const char *link; /* NULL, or an http(s) URL; ignored in numeric columns */
};

struct slack_table {
	const char *caption;
	const struct slack_column *columns;
	size_t n_columns;
	const struct slack_cell *cells; /* row by row */
	size_t n_rows;
	bool fixed;	    /* its order has a meaning: never sortable, 99 rows */
	const bool *strong; /* rows in bold where it is fixed; or NULL */
};

#define SLACK_CHARTS_MAX 2
#define SLACK_CHART_SERIES_MAX 12
#define SLACK_CHART_POINTS_MAX 20
#define SLACK_PIE_SEGMENTS_MAX 12

enum slack_chart_kind {
	SLACK_CHART_BAR,
	SLACK_CHART_LINE,
	SLACK_CHART_AREA,
	SLACK_CHART_PIE, /* one series; every value above 0 */
};

struct slack_series {
	const char *name;
	const double *values; /* n_points */
};

struct slack_chart {
	enum slack_chart_kind kind;
	const char *title;
	const char *x_label, *y_label; /* or NULL */
	const char
		*note; /* mrkdwn below it, only where it is drawn: what it cannot show; or NULL */
	const char *const *labels; /* n_points; shortened so that they still differ */
	size_t n_points;
	const struct slack_series *series;
	size_t n_series;
};

struct slack_field {
	const char *title;  /* plain text */
	const char *mrkdwn; /* value, escaped already */
};

/* What is pressed comes back with action_id and value; one with a URL opens it as well. */
struct slack_button {
	const char *action_id; /* unique in the message */
	const char *text;      /* plain; about 30 characters are shown */
	const char *value;     /* up to 2,000 bytes; NULL with a URL */
	const char *url;       /* NULL, or an http(s) URL */
	bool primary;
};

#define SLACK_BUTTONS_MAX 25

/* A picture that is a file in Slack (facts: png, jpg or gif; Slack refuses the block until it has
 * looked at the file), or one elsewhere, which Slack fetches without a login. */
struct slack_image {
	const char *file_id;
	const char *alt;  /* plain: what it shows, for those who do not see it */
	const char *link; /* NULL, or where it can be seen instead: for the form without blocks */
	const char *url;  /* http(s), in place of the file's id */
};

struct slack_message;

struct slack_message *slack_message_new(TALLOC_CTX *ctx);

/* The notification and fallback text (mrkdwn, escaped already). Required. */
void slack_message_set_text(struct slack_message *m, const char *mrkdwn);
const char *slack_message_text(const struct slack_message *m);

/* mrkdwn parts are escaped already (slack/mrkdwn.h). Longer ones are split at line ends. */
void slack_message_add_section(struct slack_message *m, const char *mrkdwn);
void slack_message_add_fields(struct slack_message *m, const struct slack_field *f, size_t n);
void slack_message_add_context(struct slack_message *m, const char *mrkdwn);
void slack_message_add_divider(struct slack_message *m);

/* A row of buttons. Forms without blocks leave them out. */
void slack_message_add_buttons(struct slack_message *m, const struct slack_button *b, size_t n);

/* A menu: what is chosen comes back with action_id and the choice's value. `b` are the choices, of
 * which text and value count (values up to 150 bytes). At most SLACK_MENU_MAX. */
#define SLACK_MENU_MAX 100
void slack_message_add_menu(struct slack_message *m, const char *action_id, const char *text,
			    const struct slack_button *b, size_t n);

/* The rows of buttons that another message has, its menus too. */
void slack_message_copy_buttons(struct slack_message *m, const struct slack_message *from);

/* With neither a file's id nor a URL there is none. */
void slack_message_add_image(struct slack_message *m, const struct slack_image *i);
bool slack_message_has_image(const struct slack_message *m);

/*
 * At most one table a message (Slack's rule). Keeps as many rows and columns as Slack allows and
 * reports how many, so that the caller can say "first N of M". A table without rows, or a second
 * one, is not added: 0 rows.
 */
void slack_message_add_table(struct slack_message *m, const struct slack_table *t, size_t *ret_rows,
			     size_t *ret_columns);

/* Whether Slack can draw it: not too many series and points, all values finite, and above 0 in a
 * pie. */
bool slack_chart_fits(const struct slack_chart *c);

/*
 * A chart, and the table of its data for the forms that have no charts (NULL: an earlier chart's
 * table has them). False, and nothing is added, when it does not fit or there are two already.
 */
bool slack_message_add_chart(struct slack_message *m, const struct slack_chart *c,
			     const struct slack_table *t);

/* {"text":…,"blocks":[…]} for chat.postMessage and response_url; TEXT has no "blocks". */
struct json_object *slack_message_encode(TALLOC_CTX *ctx, const struct slack_message *m,
					 enum slack_form form);

/* The next form that looks different from `form`; SLACK_FORMS when there is none. */
enum slack_form slack_message_simpler(const struct slack_message *m, enum slack_form form);

/* The simplest form that looks like `form`: a message without a chart shows as CHART what it shows
 * as DATA_TABLE. */
enum slack_form slack_message_look(const struct slack_message *m, enum slack_form form);

/* Whether it has a table or a chart: without one all forms with blocks are the same. */
bool slack_message_has_table(const struct slack_message *m);

/* To and from a job's progress: rendering runs once, sending may run often. */
struct json_object *slack_message_save(TALLOC_CTX *ctx, const struct slack_message *m);
bool slack_message_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_message **ret,
			struct err *e) ERR_MUST_CHECK;

#endif
