/* Text: clean, cut, wide, padded, folded, out of HTML. All results are text again. */
#include "base/text.h"

#include "base/fuzzy.h"
#include "base/mem.h"
#include "base/text_code.h"
#include "fuzz.h"

#define TEXT_MAX_BYTES 4096
#define WORD_MAX_BYTES 60 /* fuzzy_edits is quadratic */

static void check_no_controls(const char *s, bool lines)
{
	size_t len = strlen(s);
	int32_t code;
	for (size_t i = 0; i < len;) {
		i += text_code_next(s + i, len - i, &code);
		FUZZ_CHECK(!text_code_is_control(code) ||
			   (lines && (code == '\n' || code == '\t')));
	}
}

static void check_clean(TALLOC_CTX *ctx, const char *clean)
{
	fuzz_check_utf8(clean);
	check_no_controls(clean, true);
	FUZZ_CHECK(strcmp(text_clean(ctx, clean, strlen(clean)), clean) == 0);
}

static void check_cut(TALLOC_CTX *ctx, const char *s, size_t max)
{
	static const char ellipsis[] = "…";
	char *out = text_cut(ctx, s, max);
	size_t len = strlen(out);
	fuzz_check_utf8(out);
	FUZZ_CHECK(text_chars(out) <= max);
	if (text_chars(s) <= max) {
		FUZZ_CHECK(strcmp(out, s) == 0);
		return;
	}
	if (max == 0)
		return;
	len -= strlen(ellipsis);
	FUZZ_CHECK(strcmp(out + len, ellipsis) == 0 && strncmp(out, s, len) == 0);
}

/* The sum of padding, text and "…". A mark at the text's beginning joins the blank before it. */
static size_t width_of_parts(TALLOC_CTX *ctx, const char *padded)
{
	static const char ellipsis[] = "…";
	size_t blanks = strspn(padded, " "), len = strlen(padded) - blanks, width = blanks;
	char *text = mem_strndup(ctx, padded + blanks, len);
	for (; len > 0 && text[len - 1] == ' '; width++)
		text[--len] = '\0';
	if (len >= strlen(ellipsis) && strcmp(text + len - strlen(ellipsis), ellipsis) == 0) {
		text[len - strlen(ellipsis)] = '\0';
		width++;
	}
	return width + text_width(text);
}

static void check_padded(TALLOC_CTX *ctx, const char *s, size_t width, bool right)
{
	char *out = mem_strdup(ctx, "");
	text_append_padded(&out, s, width, right);
	fuzz_check_utf8(out);
	check_no_controls(out, false);
	FUZZ_CHECK(text_width(out) == width || width_of_parts(ctx, out) == width);
}

static void check_html(TALLOC_CTX *ctx, const char *bytes)
{
	char *out = text_from_html(ctx, bytes);
	fuzz_check_utf8(out);
	check_no_controls(out, false);
	FUZZ_CHECK(strstr(out, "  ") == NULL);
	FUZZ_CHECK(strcmp(text_trim(ctx, out), out) == 0);
}

static void check_trim(TALLOC_CTX *ctx, const char *s)
{
	char *out = text_trim(ctx, s);
	FUZZ_CHECK(strstr(s, out) != NULL);
	FUZZ_CHECK(strcmp(text_trim(ctx, out), out) == 0);
}

static void check_numbers(const char *s)
{
	int64_t i = 0;
	double d = 0;
	if (text_to_int(s, INT64_MIN, INT64_MAX, &i))
		FUZZ_CHECK(text_to_number(s, &d) && d == (double)i);
}

/* The first line against the second. */
static void check_words(TALLOC_CTX *ctx, const char *s)
{
	size_t first = strcspn(s, "\n");
	char *a = text_fold(ctx, text_cut(ctx, mem_strndup(ctx, s, first), WORD_MAX_BYTES));
	char *b = text_fold(ctx, text_cut(ctx, s + first + (s[first] != '\0'), WORD_MAX_BYTES));
	const char *rest = text_after_word(b, a);
	fuzz_check_utf8(a);
	FUZZ_CHECK(text_equal_fold(s, text_fold(ctx, s)));
	FUZZ_CHECK(rest == NULL || (rest >= b + strlen(a) && rest <= b + strlen(b)));
	FUZZ_CHECK(fuzzy_edits(a, b) == fuzzy_edits(b, a));
	FUZZ_CHECK((fuzzy_edits(a, b) == 0) == (strcmp(a, b) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	TALLOC_CTX *ctx = mem_ctx(NULL);
	size_t len = size < TEXT_MAX_BYTES ? size : TEXT_MAX_BYTES;
	char *clean = text_clean(ctx, (const char *)data, len);
	check_clean(ctx, clean);
	for (size_t max = 0; max < 12; max++) {
		check_cut(ctx, clean, max);
		check_padded(ctx, clean, max, max % 2 == 1);
	}
	check_cut(ctx, clean, len / 2);
	check_padded(ctx, clean, len, true);
	check_html(ctx, mem_strndup(ctx, (const char *)data, len));
	check_trim(ctx, clean);
	check_numbers(clean);
	check_words(ctx, clean);
	talloc_free(ctx);
	return 0;
}
