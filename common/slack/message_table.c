/*
 * A table as one of Slack's two blocks. data_table sorts and pages, so its numbers are numbers; the
 * older table holds less, and its cells are text. What a block cannot hold is cut here, the caller
 * says so. Cells need no escape: both blocks show them as they are.
 */
#include "base/mem.h"
#include "base/text.h"
#include "slack/message_private.h"
#include "slack/mrkdwn.h"

#define PAGE_ROWS 25

static struct json_object *typed(const char *type)
{
	struct json_object *o = json_object_new_object();
	json_set_str(o, "type", type);
	return o;
}

static struct json_object *raw_text(const char *text)
{
	struct json_object *o = typed("raw_text");
	json_set_str(o, "text", text);
	return o;
}

static struct json_object *raw_number(const struct slack_cell *cell)
{
	struct json_object *o = typed("raw_number");
	json_set(o, "value", message_number(cell->number));
	json_set_str(o, "text", cell->text);
	return o;
}

/* A cell with one element of rich text; takes it over. */
static struct json_object *rich_cell(struct json_object *element)
{
	struct json_object *section = typed("rich_text_section"), *cell = typed("rich_text");
	struct json_object *inner = json_object_new_array(), *outer = json_object_new_array();
	json_object_array_add(inner, element);
	json_set(section, "elements", inner);
	json_object_array_add(outer, section);
	json_set(cell, "elements", outer);
	return cell;
}

static struct json_object *text_cell(const struct slack_cell *cell, const char *text, bool strong)
{
	char *url = mrkdwn_url(NULL, cell->link);
	bool link = url && strlen(url) <= URL_MAX_BYTES;
	struct json_object *o;
	if (!link && !strong) {
		o = raw_text(text);
	} else {
		struct json_object *element = typed(link ? "link" : "text");
		if (link)
			json_set_str(element, "url", url);
		json_set_str(element, "text", text);
		if (strong) {
			struct json_object *style = json_object_new_object();
			json_set_bool(style, "bold", true);
			json_set(element, "style", style);
		}
		o = rich_cell(element);
	}
	talloc_free(url);
	return o;
}

/* A cell's text of at most `max_chars`; adds what it shows to *chars. */
static char *cut_text(const char *text, size_t max_chars, size_t *chars)
{
	char *cut = text_cut(NULL, text, max_chars);
	*chars += text_chars(cut);
	return cut;
}

static struct json_object *header_row(const struct slack_table *t, size_t max_chars, size_t *chars)
{
	struct json_object *row = json_object_new_array();
	for (size_t c = 0; c < t->n_columns; c++) {
		char *text = cut_text(t->columns[c].title, max_chars, chars);
		json_object_array_add(row, raw_text(text));
		talloc_free(text);
	}
	return row;
}

struct json_object *message_data_table(const struct slack_table *t)
{
	struct json_object *block = typed("data_table"), *rows = json_object_new_array();
	size_t chars = 0;
	json_object_array_add(rows, header_row(t, SIZE_MAX, &chars));
	for (size_t r = 0; r < t->n_rows; r++) {
		struct json_object *row = json_object_new_array();
		for (size_t c = 0; c < t->n_columns; c++) {
			const struct slack_cell *cell = &t->cells[r * t->n_columns + c];
			json_object_array_add(row, t->columns[c].numeric
							   ? raw_number(cell)
							   : text_cell(cell, cell->text, false));
		}
		json_object_array_add(rows, row);
	}
	json_set_str(block, "caption", t->caption);
	json_set_int(block, "page_size", (int64_t)(t->n_rows < PAGE_ROWS ? t->n_rows : PAGE_ROWS));
	/* Names the rows for screen readers: only where the first column is no number. */
	if (!t->columns[0].numeric)
		json_set_int(block, "row_header_column_index", 0);
	json_set(block, "rows", rows);
	return block;
}

/* Numbers to the right; long text wraps instead of running out of view. */
static struct json_object *column_settings(const struct slack_table *t)
{
	struct json_object *settings = json_object_new_array();
	for (size_t c = 0; c < t->n_columns; c++) {
		struct json_object *one = json_object_new_object();
		if (t->columns[c].numeric || t->columns[c].right)
			json_set_str(one, "align", "right");
		else
			json_set_bool(one, "is_wrapped", true);
		json_object_array_add(settings, one);
	}
	return settings;
}

static struct json_object *text_row(const struct slack_table *t, size_t r, size_t max_chars,
				    size_t *chars)
{
	struct json_object *row = json_object_new_array();
	for (size_t c = 0; c < t->n_columns; c++) {
		const struct slack_cell *cell = &t->cells[r * t->n_columns + c];
		char *text = cut_text(cell->text, max_chars, chars);
		json_object_array_add(row, text_cell(cell, text, t->strong && t->strong[r]));
		talloc_free(text);
	}
	return row;
}

struct json_object *message_table(const struct slack_table *t, size_t *ret_rows)
{
	struct json_object *block = typed("table"), *rows = json_object_new_array();
	size_t cell_chars = FIXED_CHARS / (2 * t->n_columns); /* header and one row always fit */
	size_t chars = 0, n = 0;
	json_object_array_add(rows, header_row(t, cell_chars, &chars));
	for (; n < t->n_rows && n < SLACK_FIXED_ROWS_MAX; n++) {
		struct json_object *row = text_row(t, n, cell_chars, &chars);
		if (chars > FIXED_CHARS) {
			json_object_put(row);
			break;
		}
		json_object_array_add(rows, row);
	}
	json_set(block, "column_settings", column_settings(t));
	json_set(block, "rows", rows);
	*ret_rows = n;
	return block;
}
