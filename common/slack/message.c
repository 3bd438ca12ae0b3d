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
#include "slack/mrkdwn.h"

/* 5 % in reserve: how Slack counts is not written down. */
#define DATA_TABLE_CHARS (SLACK_TABLE_CHARS_MAX - SLACK_TABLE_CHARS_MAX / 20)
/* So that a header and one row of the widest table always fit. */
#define CELL_CHARS(chars) ((chars) / (2 * SLACK_TABLE_COLUMNS_MAX))

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

/* A value or an address that is cut would be another one: such a button is not added. */
static bool button_fits(const struct slack_button *b, const char *url)
{
	return b->action_id && b->action_id[0] && strlen(b->action_id) <= ACTION_ID_MAX_BYTES &&
	       (!b->value || strlen(b->value) <= BUTTON_VALUE_MAX_BYTES) &&
	       (!b->url || (url && strlen(url) <= URL_MAX_BYTES));
}

char *message_button_text(TALLOC_CTX *ctx, const char *text)
{
	char *clean = text_unsteered(ctx, text_clean(ctx, text, strlen(text)));
	char *cut = message_shorten(ctx, clean, BUTTON_TEXT_MAX);

	return cut[strspn(cut, " \t\n")] ? cut : mem_strdup(ctx, "…");
}

void slack_message_add_buttons(struct slack_message *m, const struct slack_button *b, size_t n)
{
	struct slack_button *kept = mem_array(m, struct slack_button, SLACK_BUTTONS_MAX);
	size_t n_kept = 0;

	for (size_t i = 0; i < n && n_kept < SLACK_BUTTONS_MAX; i++) {
		char *url = b[i].url ? mrkdwn_url(kept, b[i].url) : NULL;

		if (!button_fits(&b[i], url))
			continue;
		kept[n_kept++] = (struct slack_button){
			.action_id = mem_strdup(kept, b[i].action_id),
			.text = message_button_text(kept, b[i].text ? b[i].text : ""),
			.value = mem_strdup(kept, b[i].value),
			.url = url,
			.primary = b[i].primary,
		};
	}
	if (n_kept == 0)
		return; /* Slack refuses an empty row */
	struct message_part *p = message_add_part(m, MESSAGE_BUTTONS);
	p->buttons = kept;
	p->n_buttons = n_kept;
}

void slack_message_copy_buttons(struct slack_message *m, const struct slack_message *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct message_part *p = &from->parts[i];
		if (p->kind == MESSAGE_BUTTONS)
			slack_message_add_buttons(m, p->buttons, p->n_buttons);
		if (p->kind == MESSAGE_MENU)
			slack_message_add_menu(m, p->action_id, p->placeholder, p->buttons,
					       p->n_buttons);
	}
}

void slack_message_add_image(struct slack_message *m, const struct slack_image *i)
{
	bool is_file = i->file_id && i->file_id[0];

	if (!is_file && (!i->url || !i->url[0]))
		return;
	struct slack_image *image = mem_zero(m, struct slack_image);
	const char *alt = i->alt ? i->alt : "";
	alt = message_shorten(image, text_unsteered(image, text_clean(image, alt, strlen(alt))),
			      ALT_MAX);
	image->file_id = is_file ? mem_strdup(image, i->file_id) : NULL;
	image->url = is_file ? NULL : mem_strdup(image, i->url);
	image->alt = alt[strspn(alt, " \t\n")] ? alt : "Picture"; /* Slack refuses none */
	image->link = mem_strdup(image, i->link);
	message_add_part(m, MESSAGE_IMAGE)->image = image;
}

bool slack_message_has_image(const struct slack_message *m)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->parts[i].kind == MESSAGE_IMAGE)
			return true;
	}
	return false;
}

/* Slack refuses "". */
char *message_cell_text(TALLOC_CTX *ctx, const char *text, size_t max_chars)
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

static size_t copy_header(struct slack_table *out, const struct slack_table *t, size_t cell_chars)
{
	struct slack_column *columns = mem_array(out, struct slack_column, out->n_columns);
	size_t chars = 0;
	for (size_t c = 0; c < out->n_columns; c++) {
		columns[c].title = message_cell_text(columns, t->columns[c].title, cell_chars);
		columns[c].numeric = t->columns[c].numeric && all_finite(t, c);
		columns[c].right = t->columns[c].right;
		chars += text_chars(columns[c].title);
	}
	out->columns = columns;
	return chars;
}

/* Whole rows as long as they fit: as many as the block takes that the table begins as. */
static void copy_rows(struct slack_table *out, const struct slack_table *t)
{
	size_t max_chars = t->fixed ? FIXED_CHARS : DATA_TABLE_CHARS;
	size_t max = t->fixed ? SLACK_FIXED_ROWS_MAX : SLACK_TABLE_ROWS_MAX;
	size_t chars = copy_header(out, t, CELL_CHARS(max_chars));
	max = t->n_rows < max ? t->n_rows : max;
	struct slack_cell *cells = mem_array(out, struct slack_cell, max * out->n_columns);
	bool *strong = t->strong ? mem_array(out, bool, max) : NULL;
	for (size_t r = 0; r < max; r++) {
		struct slack_cell *row = &cells[r * out->n_columns];
		for (size_t c = 0; c < out->n_columns; c++) {
			const struct slack_cell *from = &t->cells[r * t->n_columns + c];
			bool numeric = out->columns[c].numeric;
			row[c].text = message_cell_text(cells, from->text, CELL_CHARS(max_chars));
			row[c].number = numeric ? from->number : 0;
			row[c].link = numeric ? NULL : mem_strdup(cells, from->link);
			chars += text_chars(row[c].text);
		}
		if (chars > max_chars)
			break;
		if (strong)
			strong[r] = t->strong[r];
		out->n_rows++;
	}
	out->cells = cells;
	out->strong = strong;
}

static bool has_kind(const struct slack_message *m, enum message_part_kind kind)
{
	for (size_t i = 0; i < m->n; i++) {
		if (m->parts[i].kind == kind)
			return true;
	}
	return false;
}

bool slack_message_has_table(const struct slack_message *m)
{
	return has_kind(m, MESSAGE_TABLE) || has_kind(m, MESSAGE_CHART);
}

struct slack_table *message_copy_table(TALLOC_CTX *ctx, const struct slack_table *t)
{
	if (t->n_rows == 0 || t->n_columns == 0)
		return NULL;
	struct slack_table *out = mem_zero(ctx, struct slack_table);
	out->caption = message_cell_text(out, t->caption && *t->caption ? t->caption : "Table",
					 CAPTION_MAX_CHARS);
	out->n_columns =
		t->n_columns < SLACK_TABLE_COLUMNS_MAX ? t->n_columns : SLACK_TABLE_COLUMNS_MAX;
	out->fixed = t->fixed;
	copy_rows(out, t);
	return out;
}

void slack_message_add_table(struct slack_message *m, const struct slack_table *t, size_t *ret_rows,
			     size_t *ret_columns)
{
	/* Slack refuses a second table, and one without rows. The caller learns "0 rows". */
	struct slack_table *out = has_kind(m, MESSAGE_TABLE) ? NULL : message_copy_table(m, t);
	*ret_rows = out ? out->n_rows : 0;
	*ret_columns = out ? out->n_columns : 0;
	if (out)
		message_add_part(m, MESSAGE_TABLE)->table = out;
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

/* Forms differ in their charts and tables. */
enum slack_form slack_message_look(const struct slack_message *m, enum slack_form form)
{
	enum slack_form richest = SLACK_FORM_MONOSPACE;
	for (size_t i = 0; i < m->n; i++) {
		const struct message_part *p = &m->parts[i];
		enum slack_form own = SLACK_FORM_MONOSPACE;
		if (p->kind == MESSAGE_CHART)
			own = SLACK_FORM_CHART;
		else if (p->kind == MESSAGE_TABLE)
			own = p->table->fixed ? SLACK_FORM_TABLE : SLACK_FORM_DATA_TABLE;
		richest = own < richest ? own : richest;
	}
	return form > richest ? form : richest;
}

enum slack_form slack_message_simpler(const struct slack_message *m, enum slack_form form)
{
	if (form == SLACK_FORM_TEXT || m->n == 0)
		return SLACK_FORMS;
	if (!slack_message_has_table(m))
		return SLACK_FORM_TEXT;
	return (enum slack_form)(slack_message_look(m, form) + 1);
}
