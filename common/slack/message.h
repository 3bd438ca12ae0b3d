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

/* The ladder: each form is tried when Slack refused the blocks of the one before. */
enum slack_form {
	SLACK_FORM_DATA_TABLE,
	SLACK_FORM_TABLE,     /* the older block: not sortable, 99 rows */
	SLACK_FORM_MONOSPACE, /* tables as aligned text in code blocks */
	SLACK_FORM_TEXT,      /* no blocks at all */
	SLACK_FORMS
};

struct slack_column {
	const char *title;
	bool numeric; /* every cell is a number: raw_number, right-aligned, sorts as number */
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
};

struct slack_field {
	const char *title;  /* plain text */
	const char *mrkdwn; /* value, escaped already */
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

/*
 * At most one table a message (Slack's rule). Keeps as many rows and columns as Slack allows and
 * reports how many, so that the caller can say "first N of M". A table without rows, or a second
 * one, is not added: 0 rows.
 */
void slack_message_add_table(struct slack_message *m, const struct slack_table *t, size_t *ret_rows,
			     size_t *ret_columns);

/* {"text":…,"blocks":[…]} for chat.postMessage and response_url; TEXT has no "blocks". */
struct json_object *slack_message_encode(TALLOC_CTX *ctx, const struct slack_message *m,
					 enum slack_form form);

/* The next form that looks different from `form`; SLACK_FORMS when there is none. */
enum slack_form slack_message_simpler(const struct slack_message *m, enum slack_form form);

/* Whether it has a table: without one all forms with blocks are the same. */
bool slack_message_has_table(const struct slack_message *m);

/* To and from a job's progress: rendering runs once, sending may run often. */
struct json_object *slack_message_save(TALLOC_CTX *ctx, const struct slack_message *m);
bool slack_message_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_message **ret,
			struct err *e) ERR_MUST_CHECK;

#endif
