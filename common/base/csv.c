/*
 * The filter byte by byte, with a fast way through the inside of cells. What begins with a sign is
 * held until it is known whether it is a number; a closing quote is held with it, since what stands
 * behind one belongs to the cell, too.
 */
#include "base/csv.h"

#include <string.h>

#define BOM "\xEF\xBB\xBF"
#define BOM_BYTES 3
#define MARK '\''

/* What comes out of one call. */
struct output {
	char *to;
	size_t n;
};

static void put(struct output *out, char c)
{
	out->to[out->n++] = c;
}

static void release(struct csv_filter *f, struct output *out)
{
	memcpy(out->to + out->n, f->held, f->n_held);
	out->n += f->n_held;
	f->n_held = 0;
}

static bool is_number(enum csv_number at)
{
	return at == CSV_DIGITS || at == CSV_FRACTION || at == CSV_EXPONENT_DIGITS;
}

static enum csv_number number_next(enum csv_number at, char c)
{
	bool digit = c >= '0' && c <= '9';

	switch (at) {
	case CSV_SIGN:
		return digit ? CSV_DIGITS : c == '.' ? CSV_POINT : CSV_NO_NUMBER;
	case CSV_DIGITS:
		if (digit)
			return CSV_DIGITS;
		return c == '.' ? CSV_POINT : c == 'e' || c == 'E' ? CSV_EXPONENT : CSV_NO_NUMBER;
	case CSV_POINT:
		return digit ? CSV_FRACTION : CSV_NO_NUMBER;
	case CSV_FRACTION:
		return digit ? CSV_FRACTION : c == 'e' || c == 'E' ? CSV_EXPONENT : CSV_NO_NUMBER;
	case CSV_EXPONENT:
		if (c == '+' || c == '-')
			return CSV_EXPONENT_SIGN;
		return digit ? CSV_EXPONENT_DIGITS : CSV_NO_NUMBER;
	case CSV_EXPONENT_SIGN:
	case CSV_EXPONENT_DIGITS:
		return digit ? CSV_EXPONENT_DIGITS : CSV_NO_NUMBER;
	case CSV_NO_NUMBER:
		break;
	}
	return CSV_NO_NUMBER;
}

static bool is_dangerous(char c)
{
	return c != '\0' && strchr("=+-@\t\r\n", c) != NULL;
}

/* --- cells and records --- */

static void end_held(struct csv_filter *f, struct output *out)
{
	if (f->n_held == 0)
		return;
	if (!is_number(f->number))
		put(out, MARK);
	release(f, out);
}

static void end_cell(struct csv_filter *f, struct output *out)
{
	end_held(f, out);
	f->place = CSV_CELL_START;
	f->in_value = false;
	f->cells++;
}

static void end_record(struct csv_filter *f, struct output *out)
{
	bool blank = !f->begun;

	end_cell(f, out);
	/* Only a record of one cell can be nothing at all. */
	if (!blank || f->columns == 1) {
		f->records++;
		if (f->records == 1)
			f->columns = f->cells;
		if (f->odd == 0) {
			f->line[f->n_line] = '\0';
			f->odd = f->cells != f->columns ? f->records : 0;
			f->odd_cells = f->odd ? f->cells : 0;
		}
	}
	f->cells = 0;
	f->begun = false;
	if (f->odd == 0)
		f->n_line = 0;
}

/* One byte of a cell's value. */
static void add_value(struct csv_filter *f, char c, struct output *out)
{
	if (!f->in_value) {
		f->in_value = true;
		if (c == '+' || c == '-') {
			f->number = CSV_SIGN;
			f->held[f->n_held++] = c;
			return;
		}
		if (is_dangerous(c))
			put(out, MARK);
		put(out, c);
		return;
	}
	if (f->n_held == 0) {
		put(out, c);
		return;
	}
	f->number = f->n_held < CSV_HELD_MAX - 1 ? number_next(f->number, c) : CSV_NO_NUMBER;
	if (f->number == CSV_NO_NUMBER) {
		end_held(f, out);
		put(out, c);
		return;
	}
	f->held[f->n_held++] = c;
}

/* A quote that may close the cell. It waits with what is held. */
static void add_quote(struct csv_filter *f, struct output *out)
{
	if (f->n_held > 0)
		f->held[f->n_held++] = '"';
	else
		put(out, '"');
	f->place = CSV_QUOTE_IN_QUOTED;
}

/* Outside quotes. False: it is a byte of the value. */
static bool is_structure(struct csv_filter *f, char c, struct output *out)
{
	if (c == ',')
		end_cell(f, out);
	else if (c == '\n' && f->after_cr) /* the second half of a line's end */
		;
	else if (c == '\n' || c == '\r')
		end_record(f, out);
	else
		return false;
	put(out, c);
	return true;
}

static void add_byte(struct csv_filter *f, char c, struct output *out)
{
	switch (f->place) {
	case CSV_QUOTED:
		if (c == '"')
			add_quote(f, out);
		else
			add_value(f, c, out);
		return;
	case CSV_QUOTE_IN_QUOTED:
		if (is_structure(f, c, out))
			return;
		/* Not closed, or something stands behind it: no number any more. */
		f->number = CSV_NO_NUMBER;
		end_held(f, out);
		f->place = c == '"' ? CSV_QUOTED : CSV_BARE;
		if (c == '"') {
			f->in_value = true;
			put(out, c);
		} else {
			add_value(f, c, out);
		}
		return;
	case CSV_CELL_START:
		if (is_structure(f, c, out))
			return;
		f->place = c == '"' ? CSV_QUOTED : CSV_BARE;
		if (c == '"')
			put(out, c);
		else
			add_value(f, c, out);
		return;
	case CSV_BARE:
		if (!is_structure(f, c, out))
			add_value(f, c, out);
		return;
	}
}

/* How many of these bytes are the inside of a cell, and nothing else. */
static size_t plain_run(const struct csv_filter *f, const char *in, size_t len)
{
	size_t n = 0;

	if (!f->in_value || f->n_held > 0 || f->place == CSV_QUOTE_IN_QUOTED)
		return 0;
	if (f->place == CSV_QUOTED) {
		const char *quote = memchr(in, '"', len);
		return quote ? (size_t)(quote - in) : len;
	}
	while (n < len && in[n] != ',' && in[n] != '\n' && in[n] != '\r')
		n++;
	return n;
}

static void remember(struct csv_filter *f, const char *in, size_t len)
{
	size_t room = CSV_LINE_MAX - f->n_line;

	if (f->odd > 0)
		return;
	len = len < room ? len : room;
	memcpy(f->line + f->n_line, in, len);
	f->n_line += len;
}

static bool is_line_end(char c)
{
	return c == '\n' || c == '\r';
}

/* A byte order mark is no part of the first cell; what only begins like one is its beginning. */
static bool takes_bom(struct csv_filter *f, char c)
{
	if (f->bom_over)
		return false;
	if (c == BOM[f->n_bom]) {
		f->n_bom++;
		f->bom_over = f->n_bom == BOM_BYTES;
		return true;
	}
	f->bom_over = true;
	if (f->n_bom > 0) {
		f->place = CSV_BARE;
		f->in_value = true;
		f->begun = true;
	}
	return false;
}

size_t csv_filter_feed(struct csv_filter *f, const char *in, size_t len, char *out)
{
	struct output o = { .to = out };

	for (size_t i = 0; i < len;) {
		size_t run = plain_run(f, in + i, len - i);
		char c = in[i];

		if (run > 0) {
			memcpy(out + o.n, in + i, run);
			o.n += run;
			remember(f, in + i, run);
			f->after_cr = false;
			i += run;
			continue;
		}
		if (takes_bom(f, c)) {
			put(&o, c);
		} else {
			bool outside = f->place != CSV_QUOTED;

			if (!(outside && is_line_end(c))) {
				remember(f, in + i, 1);
				f->begun = true;
			}
			add_byte(f, c, &o);
			f->after_cr = outside && c == '\r';
		}
		i++;
	}
	return o.n;
}

size_t csv_filter_end(struct csv_filter *f, char *out)
{
	struct output o = { .to = out };

	f->open = f->place == CSV_QUOTED;
	if (f->begun)
		end_record(f, &o);
	return o.n;
}
