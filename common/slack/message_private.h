/* What the files of the message model share. Private to slack/. */
#ifndef SLACK_MESSAGE_PRIVATE_H
#define SLACK_MESSAGE_PRIVATE_H

#include "slack/message.h"

/* Slack's limits (block-kit reference; facts: "characters" is not defined, so UTF-16 units are
 * counted, which is never less than code points). */
#define SECTION_MAX 3000
#define FIELD_MAX 2000
#define FIELDS_A_SECTION 10
#define CONTEXT_ELEMENTS 10
#define BLOCKS_MAX 50
#define CAPTION_MAX_CHARS 150
#define FIXED_CHARS (10000 - 10000 / 20) /* of the older block */
#define URL_MAX_BYTES 3000
#define BUTTON_TEXT_MAX 75
#define BUTTON_VALUE_MAX_BYTES 2000
#define ACTION_ID_MAX_BYTES 255
#define ALT_MAX 1000		 /* Slack takes 2,000 */
#define FALLBACK_MAX 4000	 /* recommended for `text` beside blocks */
#define BLOCKS_TEXT_MAX 12000	 /* msg_blocks_too_long was seen near 13,200 */
#define MONOSPACE_TEXT_MAX 11000 /* the same limit, with tables inside */
#define PLAIN_TEXT_MAX 12000	 /* Slack cuts at 40,000; people give up earlier */

enum message_part_kind {
	MESSAGE_SECTION,
	MESSAGE_FIELDS,
	MESSAGE_CONTEXT,
	MESSAGE_DIVIDER,
	MESSAGE_TABLE,
	MESSAGE_BUTTONS,
	MESSAGE_CHART,
	MESSAGE_IMAGE,
	MESSAGE_MENU,
};

struct message_part {
	enum message_part_kind kind;
	char *mrkdwn;		    /* section, context */
	struct slack_field *fields; /* fields */
	size_t n_fields;
	struct slack_table *table;    /* table; the cells are within Slack's limits */
	struct slack_chart *chart;    /* chart; its table may be NULL */
	struct slack_button *buttons; /* buttons; within Slack's limits too */
	size_t n_buttons;
	struct slack_image *image; /* image */
	const char *action_id;	   /* menu, whose choices are `buttons` ... */
	const char *placeholder;   /* ... and what it says before one is chosen */
};

struct slack_message {
	char *text;
	struct message_part *parts;
	size_t n;
};

struct message_part *message_add_part(struct slack_message *m, enum message_part_kind kind);

/* UTF-16 units: the largest of the counts that Slack may mean by "characters". */
size_t message_units(const char *s);

/* Where to cut mrkdwn that is longer than max_units: at a line's end, else at a blank (neither in
 * the first half), else before the entity, link or character that is too much. */
struct message_cut {
	size_t len;  /* bytes that stay */
	size_t next; /* where the rest begins; the text's end when all fits */
};
struct message_cut message_cut_at(const char *mrkdwn, size_t max_units);

/* A copy of at most max_units; "…" at its end when it was cut. */
char *message_shorten(TALLOC_CTX *ctx, const char *mrkdwn, size_t max_units);

/* A JSON number that reads as short as it can ("0.1", "12"); owned by the caller. */
struct json_object *message_number(double value);

/* What a cell or label shows: valid UTF-8 on one line, never empty, not too long. */
char *message_cell_text(TALLOC_CTX *ctx, const char *text, size_t max_chars);

/* As much of a table as Slack takes; NULL when that is nothing. */
struct slack_table *message_copy_table(TALLOC_CTX *ctx, const struct slack_table *t);

/* The table as aligned lines within max_units (line ends counted): header, rule, rows, and what
 * was left out. Escaped for a code block. */
struct message_lines {
	char **lines;
	size_t n;
};
struct message_lines message_table_lines(TALLOC_CTX *ctx, const struct slack_table *t,
					 size_t max_units);

/* The chart as a block; owned by the caller. */
struct json_object *message_chart(const struct slack_chart *c);

/* Into a job's progress and back. False: it is no saved chart. */
struct json_object *message_chart_save(const struct slack_chart *c);
bool message_chart_load(TALLOC_CTX *ctx, const struct json_object *o, struct slack_chart *ret);

/* The table as a block; owned by the caller. A `table` holds less: *ret_rows of the rows. */
struct json_object *message_data_table(const struct slack_table *t);
struct json_object *message_table(const struct slack_table *t, size_t *ret_rows);

/* A button's or choice's text as Slack takes it. */
char *message_button_text(TALLOC_CTX *ctx, const char *text);

/* The menu as an element of an actions block; owned by the caller. */
struct json_object *message_menu(const struct message_part *p);

/* Into a job's progress and back. */
void message_menu_save(const struct message_part *p, struct json_object *part);
void message_menu_load(TALLOC_CTX *ctx, const struct json_object *part, struct slack_message *m);

/* The two ways to encode. */
struct json_object *message_blocks(TALLOC_CTX *ctx, const struct slack_message *m,
				   enum slack_form form);
char *message_plain(TALLOC_CTX *ctx, const struct slack_message *m);

#endif
