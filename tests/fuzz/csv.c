/*
 * The CSV filter: whatever comes in whatever pieces, what comes out is harmless when it is read as
 * a spreadsheet reads it, and nothing is lost but nothing: apostrophes taken away, it is what came
 * in.
 */
#include "base/csv.h"

#include <string.h>

#include "base/mem.h"
#include "fuzz.h"

/* In pieces whose sizes the first byte decides. */
static char *filter(TALLOC_CTX *ctx, const char *in, size_t len, size_t step, struct csv_filter *f,
		    size_t *ret_len)
{
	char *out = mem_array(ctx, char, CSV_OUT_MAX(len) + 1);
	size_t n = 0;

	*f = (struct csv_filter){ 0 };
	for (size_t at = 0; at < len; at += step) {
		size_t piece = len - at < step ? len - at : step;
		char *got = mem_array(ctx, char, CSV_OUT_MAX(piece));
		size_t more = csv_filter_feed(f, in + at, piece, got);
		FUZZ_CHECK(more <= CSV_OUT_MAX(piece));
		memcpy(out + n, got, more);
		n += more;
		talloc_free(got);
	}
	n += csv_filter_end(f, out + n);
	FUZZ_CHECK(n <= CSV_OUT_MAX(len));
	*ret_len = n;
	return out;
}

/* A number as this test has it, without the filter's own states. */
static bool is_number(const char *s, size_t len)
{
	size_t i = 1, digits = 0, point = 0;

	for (; i < len && ((s[i] >= '0' && s[i] <= '9') || (s[i] == '.' && point == 0)); i++) {
		point += s[i] == '.';
		digits += s[i] != '.';
	}
	if (digits == 0)
		return false;
	if (i < len && (s[i] == 'e' || s[i] == 'E')) {
		i++;
		i += i < len && (s[i] == '+' || s[i] == '-');
		size_t from = i;
		for (; i < len && s[i] >= '0' && s[i] <= '9'; i++)
			;
		return i == len && i > from;
	}
	return i == len;
}

static void check_value(const char *value, size_t len)
{
	if (len == 0 || value[0] == '\0' || !strchr("=+-@\t\r\n", value[0]))
		return;
	FUZZ_CHECK((value[0] == '-' || value[0] == '+') && is_number(value, len));
}

/* Reads it as a spreadsheet does, each cell's value. */
static void check_cells(TALLOC_CTX *ctx, const char *s, size_t len)
{
	char *value = mem_array(ctx, char, len + 1);
	size_t n = 0;
	bool quoted = false, start = true;

	if (len >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
		s += 3, len -= 3;
	for (size_t i = 0; i < len; i++) {
		if (quoted && s[i] == '"' && i + 1 < len && s[i + 1] == '"') {
			value[n++] = s[i++];
		} else if (s[i] == '"' && (quoted || start)) {
			quoted = !quoted;
			start = false;
		} else if (!quoted && (s[i] == ',' || s[i] == '\n' || s[i] == '\r')) {
			check_value(value, n);
			n = 0;
			start = true;
		} else {
			value[n++] = s[i];
			start = false;
		}
	}
	check_value(value, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	const char *in = (const char *)data;
	struct csv_filter f, again;
	size_t n, n_again, at = 0;

	char *out = filter(ctx, in, size, size > 0 ? data[0] % 16 + 1 : 1, &f, &n);
	check_cells(ctx, out, n);
	for (size_t i = 0; i < n; i++) /* only apostrophes are added */
		if (at < size && out[i] == in[at])
			at++;
		else
			FUZZ_CHECK(out[i] == '\'');
	FUZZ_CHECK(at == size);
	FUZZ_CHECK(strlen(f.line) <= CSV_LINE_MAX && f.odd <= f.records);
	char *twice = filter(ctx, out, n, n + 1, &again, &n_again);
	FUZZ_CHECK(n_again == n && memcmp(twice, out, n) == 0);
	FUZZ_CHECK(again.records == f.records && again.columns == f.columns && again.odd == f.odd &&
		   again.open == f.open);
	talloc_free(ctx);
	return 0;
}
