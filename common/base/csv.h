/*
 * CSV on its way into a file that somebody will open in a spreadsheet: a filter over pieces of any
 * size that makes every cell harmless, counts rows, and notices what is no row. Pure; nothing is
 * kept but a few hundred bytes.
 *
 * A cell that a spreadsheet would take for a formula (it begins with = + - @, a tab, a carriage
 * return or a line feed) gets an apostrophe before it, unless it is a plain number (OWASP, "CSV
 * Injection"). Quotes are as in RFC 4180; what breaks its rules is passed on, and is made harmless
 * by what a spreadsheet would read.
 */
#ifndef BASE_CSV_H
#define BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CSV_HELD_MAX 48	 /* of a cell that may be a number; longer ones are none */
#define CSV_LINE_MAX 200 /* of a record, for who wants to say what was wrong with it */

/* Room for what comes out of `len` bytes. */
#define CSV_OUT_MAX(len) (2 * (len) + CSV_HELD_MAX + 1)

enum csv_place { CSV_CELL_START, CSV_BARE, CSV_QUOTED, CSV_QUOTE_IN_QUOTED };

enum csv_number {
	CSV_SIGN,
	CSV_DIGITS,
	CSV_POINT,
	CSV_FRACTION,
	CSV_EXPONENT,
	CSV_EXPONENT_SIGN,
	CSV_EXPONENT_DIGITS,
	CSV_NO_NUMBER,
};

/* All zero: at the beginning. */
struct csv_filter {
	/* for the caller, right after csv_filter_end */
	uint64_t records;   /* the heading is one */
	uint64_t columns;   /* of the heading */
	uint64_t odd;	    /* the first record with another number of cells, from 1; 0: none */
	uint64_t odd_cells; /* that it has */
	char line[CSV_LINE_MAX + 1]; /* the odd record's beginning, else the last one's */
	bool open;		     /* it ended within quotes: cut off */
	/* its own */
	enum csv_place place;
	bool in_value; /* the cell's value has begun */
	bool after_cr;
	bool begun; /* something of this record was there */
	bool bom_over;
	uint64_t cells;
	size_t n_bom, n_line;
	enum csv_number number; /* of what is held */
	size_t n_held;
	char held[CSV_HELD_MAX];
};

/* Bytes written to `out`, which has CSV_OUT_MAX(len) bytes. */
size_t csv_filter_feed(struct csv_filter *f, const char *in, size_t len, char *out);

/* What is still held; `out` has CSV_OUT_MAX(0) bytes. */
size_t csv_filter_end(struct csv_filter *f, char *out);

#endif
