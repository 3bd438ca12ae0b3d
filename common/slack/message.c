/*
 * The message model: parts are collected here, tables cut to what Slack takes, and the form is
 * chosen at the end. How a form looks is in message_blocks.c, message_text.c and message_lines.c,
 * how a message is kept between attempts in message_save.c. Nothing here knows Looker.
 */
#include "slack/message.h"

#include <math.h>

#include "base/mem.h"
#include "base/text.h"
#include "slack/message_private.h"

/* 5 % in reserve: how Slack counts is not written down. */
#define TABLE_CHARS (SLACK_TABLE_CHARS_MAX - SLACK_TABLE_CHARS_MAX / 20)
/* So that a header and one row of the widest table always fit. */
#define CELL_CHARS_MAX (TABLE_CHARS / (2 * SLACK_TABLE_COLUMNS_MAX))

struct slack_message *slack_message_new(TALLOC_CTX *ctx)
{
	return mem_zero(ctx, struct slack_message);
}

void slack_message_set_text(struct slack_message *m, const char *mrkdwn)
{
	char *text = mem_strdup(m, mrkdwn);
	talloc_free(m->text);
	m->text = text;
}

const char *slack_message_text(const struct slack_message *m)
{
	return m->text ? m->text : "";
}

struct message_part *message_add_part(struct slack_message *m, enum message_part_kind kind)
{
	m->parts = mem_grow(m, m->parts, struct message_part, m->n + 1);
	m->parts[m->n] = (struct message_part){ .kind = kind };
	return &m->parts[m->n++];
}

/* Slack refuses a block with an empty text, so there is none. */
static void add_mrkdwn(struct slack_message *m, enum message_part_kind kind, const char *mrkdwn)
{
	if (mrkdwn[strspn(mrkdwn, " \t\n")])
		message_add_part(m, kind)->mrkdwn = mem_strdup(m, mrkdwn);
}

void slack_message_add_section(struct slack_message *m, const char *mrkdwn)
{
	add_mrkdwn(m, MESSAGE_SECTION, mrkdwn);
}

void slack_message_add_context(struct slack_message *m, const char *mrkdwn)
{
	add_mrkdwn(m, MESSAGE_CONTEXT, mrkdwn);
}

void slack_message_add_divider(struct slack_message *m)
{
	message_add_part(m, MESSAGE_DIVIDER);
}

void slack_message_add_fields(struct slack_message *m, const struct slack_field *f, size_t n)
{
	if (n == 0)
		return;
	struct message_part *p = message_add_part(m, MESSAGE_FIELDS);
	p->fields = mem_array(m, struct slack_field, n);
	p->n_fields = n;
	for (size_t i = 0; i < n; i++) {
		p->fields[i].title = mem_strdup(p->fields, f[i].title ? f[i].title : "");
		p->fields[i].mrkdwn = mem_strdup(p->fields, f[i].mrkdwn ? f[i].mrkdwn : "");
	}
}

/* What a cell shows: valid UTF-8 on one line, never empty (Slack refuses ""), not too long. */
static char *cell_text(TALLOC_CTX *ctx, const char *text, size_t max_chars)
{
	TALLOC_CTX *tmp = mem_ctx(NULL);
	const char *given = text ? text : "";
	char *clean = text_unsteered(tmp, text_clean(tmp, given, strlen(given)));
	char *out = text_cut(ctx, clean, max_chars);
	for (char *p = out; *p; p++) {
		if (*p == '\n' || *p == '\t')
			*p = ' ';
	}
	talloc_free(tmp);
	return *out ? out : mem_strdup(ctx, " ");
}

/* Raw numbers must be in every cell of their column; JSON has no infinity. */
static bool all_finite(const struct slack_table *t, size_t column)
{
	for (size_t r = 0; r < t->n_rows; r++) {
		if (!isfinite(t->cells[r * t->n_columns + column].number))
			return false;
	}
	return true;
}

static size_t copy_header(struct slack_table *out, const struct slack_table *t)
{
	struct slack_column *columns = mem_array(out, struct slack_column, out->n_columns);
	size_t chars = 0;
	for (size_t c = 0; c < out->n_columns; c++) {
		columns[c].title = cell_text(columns, t->columns[c].title, CELL_CHARS_MAX);
		columns[c].numeric = t->columns[c].numeric && all_finite(t, c);
		chars += text_chars(columns[c].title);
	}
	out->columns = columns;
	return chars;
}

/* Whole rows as long as they fit. */
static void copy_rows(struct slack_table *out, const struct slack_table *t, size_t chars)
{
	size_t max = t->n_rows < SLACK_TABLE_ROWS_MAX ? t->n_rows : SLACK_TABLE_ROWS_MAX;
	struct slack_cell *cells = mem_array(out, struct slack_cell, max * out->n_columns);
	for (size_t r = 0; r < max; r++) {
		struct slack_cell *row = &cells[r * out->n_columns];
		for (size_t c = 0; c < out->n_columns; c++) {
			const struct slack_cell *from = &t->cells[r * t->n_columns + c];
			bool numeric = out->columns[c].numeric;
			row[c].text = cell_text(cells, from->text, CELL_CHARS_MAX);
			row[c].number = numeric ? from->number : 0;
			row[c].link = numeric ? NULL : mem_strdup(cells, from->link);
			chars += text_chars(row[c].text);
		}
		if (chars > TABLE_CHARS)
			break;
		out->n_rows++;
	}
	out->cells = cells;
}

bool slack_message_has_table(const struct slack_message *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->parts[i].kind == MESSAGE_TABLE)
			return true;
	}
	return false;
}

void slack_message_add_table(struct slack_message *m, const struct slack_table *t, size_t *ret_rows,
			     size_t *ret_columns)
{
	*ret_rows = 0;
	*ret_columns = 0;
	/* Slack refuses a second table, and one without rows. The caller learns "0 rows". */
	if (t->n_rows == 0 || t->n_columns == 0 || slack_message_has_table(m))
		return;
	struct slack_table *out = mem_zero(m, struct slack_table);
	out->caption =
		cell_text(out, t->caption && *t->caption ? t->caption : "Table", CAPTION_MAX_CHARS);
	out->n_columns =
		t->n_columns < SLACK_TABLE_COLUMNS_MAX ? t->n_columns : SLACK_TABLE_COLUMNS_MAX;
	copy_rows(out, t, copy_header(out, t));
	message_add_part(m, MESSAGE_TABLE)->table = out;
	*ret_rows = out->n_rows;
	*ret_columns = out->n_columns;
}

/* Never empty: it is what a notification shows and a screen reader reads. */
static const char *fallback_text(const struct slack_message *m)
{
	if (m->text && m->text[strspn(m->text, " \t\n")])
		return m->text;
	for (size_t i = 0; i < m->n; i++) {
		if (m->parts[i].mrkdwn)
			return m->parts[i].mrkdwn;
	}
	return "Looker";
}

struct json_object *slack_message_encode(TALLOC_CTX *ctx, const struct slack_message *m,
					 enum slack_form form)
{
	struct json_object *o = json_new_object(ctx);
	TALLOC_CTX *tmp = mem_ctx(NULL);
	if (form == SLACK_FORM_TEXT) {
		json_set_str(o, "text", message_plain(tmp, m));
	} else {
		json_set_str(o, "text", message_shorten(tmp, fallback_text(m), FALLBACK_MAX));
		struct json_object *blocks = message_blocks(tmp, m, form);
		if (json_len(blocks) > 0)
			json_set(o, "blocks", json_object_get(blocks));
	}
	talloc_free(tmp);
	return o;
}

enum slack_form slack_message_simpler(const struct slack_message *m, enum slack_form form)
{
	if (form == SLACK_FORM_TEXT || m->n == 0)
		return SLACK_FORMS;
	return slack_message_has_table(m) ? (enum slack_form)(form + 1) : SLACK_FORM_TEXT;
}
