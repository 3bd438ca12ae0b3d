/* The CSV filter: what is made harmless, what is left alone, what is counted, in pieces of any
 * size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define OUT_BYTES 4096

/* Through the filter, `step` bytes at a time. */
static void filter(const char *in, size_t step, char out[OUT_BYTES], struct csv_filter *f)
{
	size_t len = strlen(in), n = 0;

	memset(f, 0, sizeof(*f));
	for (size_t at = 0; at < len; at += step) {
		size_t piece = len - at < step ? len - at : step;
		/* A copy of exactly that size: reading beyond it is seen. */
		char *copy = malloc(piece), *got = malloc(CSV_OUT_MAX(piece));
		memcpy(copy, in + at, piece);
		size_t more = csv_filter_feed(f, copy, piece, got);
		assert_true(more <= CSV_OUT_MAX(piece) && n + more < OUT_BYTES);
		memcpy(out + n, got, more);
		n += more;
		free(copy);
		free(got);
	}
	n += csv_filter_end(f, out + n);
	out[n] = '\0';
}

static const struct {
	const char *in, *out; /* out NULL: the same */
} cells[] = {
	{ "a,b\n1,2\n", NULL },
	{ "=1+1\n", "'=1+1\n" },
	{ "a\n=1+1,@x\n", "a\n'=1+1,'@x\n" },
	{ "a\n\"=cmd|' /C calc'!A0\"\n", "a\n\"'=cmd|' /C calc'!A0\"\n" },
	{ "\"\"\"=1\"\"\",x\n", NULL }, /* the value begins with a quote */
	{ "\"\"=1+1\n", "\"\"'=1+1\n" },
	{ "\"-5\"=1+1\n", "\"'-5\"=1+1\n" },
	{ "\"\t=1\",\"\r=1\",\"\n=1\"\n", "\"'\t=1\",\"'\r=1\",\"'\n=1\"\n" },
	{ "\t=1\n", "'\t=1\n" },
	{ "a=1,b@c,d+e\n", NULL },
	{ "@SUM(A1)", "'@SUM(A1)" },
	/* numbers */
	{ "-5,+5,-1.5,-.5,-1e6,-1.5E-7,+1e+6\n", NULL },
	{ "\"-5\",\"+1.25\"\n", NULL },
	{ "-5", NULL },
	{ "\"-5\"", NULL },
	{ "-5\r\n-6\r\n", NULL },
	{ "-,+,-.,-1.,-1e,-1e+\n", "'-,'+,'-.,'-1.,'-1e,'-1e+\n" },
	{ "-1-1,--1,-1+cmd|' /C calc'!A0,-a\n", "'-1-1,'--1,'-1+cmd|' /C calc'!A0,'-a\n" },
	{ "-1 \n", "'-1 \n" },
	{ "\"-1\"\"\"\n", "\"'-1\"\"\"\n" },
	{ "\"-5", NULL }, /* cut off */
	{ "-5=1", "'-5=1" },
	{ "-123456789012345678901234567890123456789012345678901234567890\n",
	  "'-123456789012345678901234567890123456789012345678901234567890\n" },
	{ "-12345678901234567890123456789012345678901234567\n",
	  "'-12345678901234567890123456789012345678901234567\n" },
	{ "\"-1234567890123456789012345678901234567890123456\"\n", NULL },
	/* structure */
	{ "", NULL },
	{ "\n\n", NULL },
	{ "a,\n,b\n", NULL },
	{ "\"a,b\nc\",d\n", NULL },
	{ "a\r=1\r", "a\r'=1\r" }, /* old ends of lines */
	{ "\xEF\xBB\xBF=1\n", "\xEF\xBB\xBF'=1\n" },
	{ "a\n\xEF\xBB\xBF=1\n", NULL },
	{ "caf\xC3\xA9,\xE2\x88\x92"
	  "5\n",
	  NULL },
	{ "a\"b,\"c\"d\n", NULL },
};

static void test_cells(void **state)
{
	char out[OUT_BYTES];
	struct csv_filter f;

	(void)state;
	for (size_t i = 0; i < COUNT(cells); i++) {
		const char *want = cells[i].out ? cells[i].out : cells[i].in;
		for (size_t step = 1; step <= 20; step++) {
			filter(cells[i].in, step, out, &f);
			assert_string_equal(out, want);
		}
		filter(cells[i].in, OUT_BYTES, out, &f);
		assert_string_equal(out, want);
	}
}

/* What is safe is safe for good. */
static void test_again(void **state)
{
	char once[OUT_BYTES], twice[OUT_BYTES];
	struct csv_filter f;

	(void)state;
	for (size_t i = 0; i < COUNT(cells); i++) {
		filter(cells[i].in, 3, once, &f);
		filter(once, 5, twice, &f);
		assert_string_equal(twice, once);
	}
}

static const struct {
	const char *in;
	uint64_t records, columns, odd;
	const char *line;
	bool open;
} counts[] = {
	{ "", 0, 0, 0, "", false },
	{ "a,b\n", 1, 2, 0, "a,b", false },
	{ "a,b\n1,2\n3,4", 3, 2, 0, "3,4", false },
	{ "a,b\r\n1,2\r\n3,4\r\n", 3, 2, 0, "3,4", false },
	{ "a\n\nx\n", 3, 1, 0, "x", false },	     /* one column: nothing is a value */
	{ "a,b\n\n1,2\n\n", 2, 2, 0, "1,2", false }, /* more: it is a blank line */
	{ "\"a\nb\",c\n\"1\r\n2\",3\n", 2, 2, 0, "\"1\r\n2\",3", false },
	{ "a,b\n1,2\nSQL Error: gone away\n", 3, 2, 3, "SQL Error: gone away", false },
	{ "a,b\n1,2\n3,4,5\nx\n", 4, 2, 3, "3,4,5", false },
	{ "a,b\n1,\"2", 2, 2, 0, "1,\"2", true },
	{ "a,b\n\"1", 2, 2, 2, "\"1", true },
	{ "a,b\n1,\n", 2, 2, 0, "1,", false },
	{ "a,b\n,\n", 2, 2, 0, ",", false },
	{ "\xEF\xBB\xBF"
	  "a,b\n",
	  1, 2, 0, "a,b", false },
};

static void test_counts(void **state)
{
	char out[OUT_BYTES];
	struct csv_filter f;

	(void)state;
	for (size_t i = 0; i < COUNT(counts); i++) {
		for (size_t step = 1; step <= 20; step += 3) {
			filter(counts[i].in, step, out, &f);
			assert_int_equal(f.records, counts[i].records);
			assert_int_equal(f.columns, counts[i].columns);
			assert_int_equal(f.odd, counts[i].odd);
			if (strcmp(counts[i].line, "a,b") != 0 || f.records == 1)
				assert_string_equal(f.line, counts[i].line);
			assert_int_equal(f.open, counts[i].open);
		}
	}
}

static void test_long_line(void **state)
{
	char in[1000], out[OUT_BYTES];
	struct csv_filter f;

	(void)state;
	memset(in, 'x', sizeof(in) - 1);
	in[sizeof(in) - 1] = '\0';
	memcpy(in, "a,b\n", 4);
	filter(in, 100, out, &f);
	assert_string_equal(out, in);
	assert_int_equal(f.odd, 2);
	assert_int_equal(strlen(f.line), CSV_LINE_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_long_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
