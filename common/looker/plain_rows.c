/*
 * CSV, tab-separated text and plain JSON rows as json_detail. What is missing there is guessed with
 * care: a column is numeric when every value of it reads as a plain number, and the numeric columns
 * at the end are the measures, since Looker writes dimensions first.
 */
#include "looker/plain_rows.h"

#include <ctype.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"

#define CELL_MAX_BYTES 4000 /* more than a message shows of one */
#define NUMBER_MAX_CHARS 15 /* what a double holds exactly */

/* --- fields --- */

/* "order_items.total_amount" as Looker would label it: "Order Items Total Amount". Anything that is
 * no field's name stays as it is. */
static const char *label_of(TALLOC_CTX *ctx, const char *name)
{
	char *label = mem_strdup(ctx, name);
	bool start = true;

	if (!strchr(name, '.') || name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.")])
		return label;
	for (char *p = label; *p; p++) {
		if (*p == '_' || *p == '.')
			*p = ' ';
		else if (start)
			*p = (char)toupper((unsigned char)*p);
		start = *p == ' ';
	}
	return label;
}

static void add_field(struct json_object *list, const char *name, const char *label, bool numeric,
		      bool measure)
{
	struct json_object *o = json_object_new_object();
	const char *dot = strchr(name, '.');

	json_set_str(o, "name", name);
	json_set_str(o, "label", label);
	if (dot && strcmp(name, label) != 0) /* without the view's name */
		json_set_str(o, "label_short", label + (dot - name) + 1);
	json_set_bool(o, "is_numeric", numeric);
	json_set_bool(o, "measure", measure);
	json_object_array_add(list, o);
}

struct column {
	const char *name, *label;
	bool numeric;
};

static struct json_object *make_detail(TALLOC_CTX *ctx, const struct column *columns, size_t n,
				       struct json_object *data)
{
	struct json_object *detail = json_new_object(ctx), *fields = json_object_new_object();
	struct json_object *dimensions = json_object_new_array();
	struct json_object *measures = json_object_new_array();
	size_t first_measure = n;

	while (first_measure > 0 && columns[first_measure - 1].numeric)
		first_measure--;
	for (size_t i = 0; i < n; i++)
		add_field(i < first_measure ? dimensions : measures, columns[i].name,
			  columns[i].label, columns[i].numeric, i >= first_measure);
	json_set(fields, "dimensions", dimensions);
	json_set(fields, "measures", measures);
	json_set(detail, "fields", fields);
	json_set(detail, "data", json_object_get(data));
	return detail;
}

/* --- JSON --- */

static struct column *find_column(struct column *columns, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(columns[i].name, name) == 0)
			return &columns[i];
	return NULL;
}

static bool is_number(struct json_object *value)
{
	return json_object_is_type(value, json_type_int) ||
	       json_object_is_type(value, json_type_double);
}

/* The keys of one row, new ones at the end. A column of nothing but nulls is no numeric one. */
static void note_columns(TALLOC_CTX *ctx, struct column *columns, size_t *n, bool *seen,
			 struct json_object *row)
{
	struct json_object_iterator at = json_object_iter_begin(row);
	struct json_object_iterator end = json_object_iter_end(row);

	for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
		const char *name = json_object_iter_peek_name(&at);
		struct json_object *value = json_object_iter_peek_value(&at);
		struct column *c = find_column(columns, *n, name);

		if (!c) {
			if (*n == LOOKER_ROWS_COLUMNS_MAX)
				continue;
			c = &columns[(*n)++];
			c->name = mem_strdup(ctx, name);
			c->label = label_of(ctx, name);
			c->numeric = true;
		}
		if (value) {
			seen[c - columns] = true;
			c->numeric = c->numeric && is_number(value);
		}
	}
}

bool looker_rows_from_json(TALLOC_CTX *ctx, const struct json_object *rows, size_t rows_max,
			   struct json_object **ret, size_t *ret_rows, struct err *e)
{
	struct column *columns = mem_array(ctx, struct column, LOOKER_ROWS_COLUMNS_MAX);
	bool *seen = mem_array(ctx, bool, LOOKER_ROWS_COLUMNS_MAX);
	struct json_object *data = json_new_array(ctx);
	size_t n = 0;

	for (size_t i = 0; i < json_len(rows) && i < rows_max; i++) {
		struct json_object *row = json_item(rows, i);

		if (!json_object_is_type(row, json_type_object))
			return err_set(e, ERR_BAD_INPUT,
				       "The data is no list of rows, as Looker's JSON has it.");
		note_columns(ctx, columns, &n, seen, row);
		json_object_array_add(data, json_object_get(row));
	}
	for (size_t i = 0; i < n; i++)
		columns[i].numeric = columns[i].numeric && seen[i];
	*ret = make_detail(ctx, columns, n, data);
	*ret_rows = json_len(rows);
	return true;
}

/* --- text --- */

struct reader {
	TALLOC_CTX *ctx;
	const char *at, *end;
	char separator;
};

/* One field without its quotes; stops at what ends it. NULL: it is not wanted. */
static const char *read_field(struct reader *r, bool wanted)
{
	bool quoted = r->at < r->end && *r->at == '"';
	char *text = wanted ? mem_strdup(r->ctx, "") : NULL;
	size_t len = 0;

	for (r->at += quoted; r->at < r->end; r->at++) {
		if (quoted && *r->at == '"') {
			if (r->at + 1 < r->end && r->at[1] == '"') {
				r->at++;
			} else { /* its end; what follows up to the separator belongs to it */
				quoted = false;
				continue;
			}
		} else if (!quoted && (*r->at == r->separator || *r->at == '\n')) {
			break;
		}
		if (wanted && len++ < CELL_MAX_BYTES)
			mem_append_n(&text, r->at, 1);
	}
	if (!wanted)
		return NULL;
	if (len > 0 && len <= CELL_MAX_BYTES && r->at < r->end && *r->at == '\n' &&
	    text[len - 1] == '\r')
		mem_truncate(text, len - 1);
	return text_clean(r->ctx, text, strlen(text));
}

/* One line's fields, "" for those that are missing; false at the end. */
static bool read_line(struct reader *r, const char **fields, size_t max, size_t *ret_n)
{
	size_t n = 0;

	if (r->at >= r->end)
		return false;
	for (;;) {
		const char *field = read_field(r, n < max);

		if (n < max)
			fields[n++] = field;
		if (r->at >= r->end)
			break;
		if (*r->at++ == '\n')
			break;
	}
	*ret_n = n;
	return true;
}

/* A number as Looker writes raw ones. "007" is no number, and neither are more digits than a double
 * holds: both are somebody's identifiers. */
static bool reads_as_number(const char *text, double *ret)
{
	const char *digits = text + (text[0] == '-');

	if (!isdigit((unsigned char)digits[0]) || strlen(digits) > NUMBER_MAX_CHARS)
		return false;
	if (digits[0] == '0' && digits[1] != '\0' && digits[1] != '.')
		return false;
	return text_to_number(text, ret);
}

struct text_table {
	struct column columns[LOOKER_ROWS_COLUMNS_MAX];
	size_t n;
	const char **cells; /* row by row */
	size_t n_rows, rows;
};

static void read_head(struct reader *r, struct text_table *t)
{
	const char *labels[LOOKER_ROWS_COLUMNS_MAX];

	if (!read_line(r, labels, LOOKER_ROWS_COLUMNS_MAX, &t->n))
		t->n = 0;
	if (t->n == 1 && !labels[0][0]) /* no head, no rows */
		t->n = 0;
	for (size_t i = 0; i < t->n; i++)
		t->columns[i] = (struct column){ mem_printf(r->ctx, "%zu", i), labels[i], false };
}

static void read_rows(struct reader *r, struct text_table *t, size_t rows_max)
{
	const char *fields[LOOKER_ROWS_COLUMNS_MAX];
	size_t n;

	t->cells = mem_array(r->ctx, const char *, 0);
	while (read_line(r, fields, t->rows < rows_max ? t->n : 0, &n)) {
		if (t->rows++ >= rows_max)
			continue;
		t->cells = mem_grow(r->ctx, t->cells, const char *, (t->n_rows + 1) * t->n);
		for (size_t i = 0; i < t->n; i++)
			t->cells[t->n_rows * t->n + i] = i < n ? fields[i] : "";
		t->n_rows++;
	}
}

static void judge_columns(struct text_table *t)
{
	for (size_t k = 0; k < t->n; k++) {
		bool any = false, all = true;

		for (size_t i = 0; i < t->n_rows && all; i++) {
			const char *text = t->cells[i * t->n + k];
			double number;

			any |= text[0] != '\0';
			all = !text[0] || reads_as_number(text, &number);
		}
		t->columns[k].numeric = any && all;
	}
}

/* An empty field is a null: CSV cannot tell. */
static struct json_object *make_cell(const struct text_table *t, size_t k, const char *text)
{
	double number;

	if (!text[0])
		return NULL;
	if (!t->columns[k].numeric || !reads_as_number(text, &number))
		return json_object_new_string(text);
	struct json_object *o = json_object_new_object();
	json_set(o, "value", json_object_new_double(number));
	json_set_str(o, "rendered", text);
	return o;
}

struct json_object *looker_rows_from_text(TALLOC_CTX *ctx, const char *text, size_t len,
					  char separator, size_t rows_max, size_t *ret_rows)
{
	static const char bom[] = "\xef\xbb\xbf";
	TALLOC_CTX *tmp = mem_ctx(ctx);
	struct text_table *t = mem_zero(tmp, struct text_table);
	struct json_object *data = json_new_array(tmp);
	size_t skip = len >= 3 && memcmp(text, bom, 3) == 0 ? 3 : 0;
	struct reader r = { tmp, text + skip, text + len, separator };

	read_head(&r, t);
	if (t->n > 0)
		read_rows(&r, t, rows_max);
	judge_columns(t);
	for (size_t i = 0; i < t->n_rows; i++) {
		struct json_object *row = json_object_new_object();

		for (size_t k = 0; k < t->n; k++)
			json_set(row, t->columns[k].name, make_cell(t, k, t->cells[i * t->n + k]));
		json_object_array_add(data, row);
	}
	struct json_object *detail = make_detail(ctx, t->columns, t->n, data);
	*ret_rows = t->rows;
	talloc_free(tmp);
	return detail;
}
