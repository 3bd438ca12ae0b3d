/*
 * A table as aligned lines for a code block: columns by display width, numbers to the right. What
 * does not fit is left out and said in a last line. It makes no blocks and no fences.
 */
#include "base/mem.h"
#include "base/text.h"
#include "slack/message_private.h"

#define COLUMN_WIDTH_MAX 40
#define CHARS_A_COLUMN 5   /* accents have no width: many of them would overflow a section */
#define LINE_WIDTH_MAX 120 /* wider lines wrap even on a large screen */
#define GAP "  "
#define NOTES_UNITS 80 /* room kept for the lines that say what was left out */

struct layout {
	const struct slack_table *t;
	size_t width[SLACK_TABLE_COLUMNS_MAX];
	size_t n_columns; /* shown */
};

static const char *cell_at(const struct slack_table *t, size_t row, size_t column)
{
	return t->cells[row * t->n_columns + column].text;
}

static size_t column_width(const struct slack_table *t, size_t column)
{
	size_t width = text_width(t->columns[column].title);
	for (size_t r = 0; r < t->n_rows; r++) {
		size_t w = text_width(cell_at(t, r, column));
		width = w > width ? w : width;
	}
	return width < COLUMN_WIDTH_MAX ? width : COLUMN_WIDTH_MAX;
}

static void lay_out(struct layout *l, const struct slack_table *t)
{
	size_t line = 0;
	*l = (struct layout){ .t = t };
	for (size_t c = 0; c < t->n_columns; c++) {
		l->width[c] = column_width(t, c);
		line += l->width[c] + (c > 0 ? strlen(GAP) : 0);
		if (line > LINE_WIDTH_MAX && c > 0)
			break;
		l->n_columns++;
	}
}

/* For a code block: entities, and no back tick that could end it. Blanks at the end dropped. */
static char *finish_line(TALLOC_CTX *ctx, const char *raw)
{
	size_t len = strlen(raw);
	while (len > 0 && raw[len - 1] == ' ')
		len--;
	char *out = mem_strdup(ctx, "");
	for (size_t i = 0; i < len; i++) {
		if (raw[i] == '&')
			mem_append(&out, "&amp;");
		else if (raw[i] == '<')
			mem_append(&out, "&lt;");
		else if (raw[i] == '>')
			mem_append(&out, "&gt;");
		else
			mem_append_n(&out, raw[i] == '`' ? "'" : raw + i, 1);
	}
	return out;
}

/* Padded; what is written from right to left stands apart, so that it does not draw the
 * neighbouring columns to its other side. */
static void append_cell(char **buf, const char *text, size_t width, bool right)
{
	if (!text_has_rtl(text)) {
		text_append_padded(buf, text, width, right);
		return;
	}
	size_t own = text_width(text) < width ? text_width(text) : width;
	char *blanks = mem_strdup(NULL, "");
	text_append_padded(&blanks, "", width - own, false);
	mem_append(buf, right ? blanks : "");
	mem_append(buf, TEXT_ISOLATE);
	text_append_padded(buf, text, own, false);
	mem_append(buf, TEXT_ISOLATE_END);
	mem_append(buf, right ? "" : blanks);
	talloc_free(blanks);
}

/* A row, or the header for row == n_rows. */
static char *row_line(TALLOC_CTX *ctx, const struct layout *l, size_t row)
{
	char *raw = mem_strdup(NULL, "");
	for (size_t c = 0; c < l->n_columns; c++) {
		const char *text =
			row < l->t->n_rows ? cell_at(l->t, row, c) : l->t->columns[c].title;
		char *some = text_cut(NULL, text, CHARS_A_COLUMN * l->width[c]);
		mem_append(&raw, c > 0 ? GAP : "");
		append_cell(&raw, some, l->width[c],
			    l->t->columns[c].numeric || l->t->columns[c].right);
		talloc_free(some);
	}
	char *line = finish_line(ctx, raw);
	talloc_free(raw);
	return line;
}

static char *rule_line(TALLOC_CTX *ctx, const struct layout *l)
{
	char *line = mem_strdup(ctx, "");
	for (size_t c = 0; c < l->n_columns; c++) {
		mem_append(&line, c > 0 ? GAP : "");
		for (size_t i = 0; i < l->width[c]; i++)
			mem_append(&line, "-");
	}
	return line;
}

static void add_line(struct message_lines *out, char *line, size_t *units)
{
	out->lines[out->n++] = line;
	*units += message_units(line) + 1;
}

static void add_note(TALLOC_CTX *ctx, struct message_lines *out, size_t left, const char *what)
{
	if (left > 0)
		out->lines[out->n++] =
			mem_printf(ctx, "… %zu more %s%s", left, what, left == 1 ? "" : "s");
}

struct message_lines message_table_lines(TALLOC_CTX *ctx, const struct slack_table *t,
					 size_t max_units)
{
	struct layout l;
	struct message_lines out = { .lines = mem_array(ctx, char *, t->n_rows + 4) };
	size_t units = NOTES_UNITS, row = 0;
	lay_out(&l, t);
	add_line(&out, row_line(out.lines, &l, t->n_rows), &units);
	add_line(&out, rule_line(out.lines, &l), &units);
	for (; row < t->n_rows; row++) {
		char *line = row_line(out.lines, &l, row);
		if (units + message_units(line) + 1 > max_units)
			break;
		add_line(&out, line, &units);
	}
	add_note(out.lines, &out, t->n_rows - row, "row");
	add_note(out.lines, &out, t->n_columns - l.n_columns, "column");
	return out;
}
