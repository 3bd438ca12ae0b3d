/* Which columns and rows of json_detail are seen: pivots, row totals, subtotals, what is hidden. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "looker/result.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static int set_up(void **state)
{
	*state = mem_ctx(NULL);
	return 0;
}

static int tear_down(void **state)
{
	talloc_free(*state);
	return 0;
}

static struct json_object *parse(TALLOC_CTX *ctx, const char *text)
{
	struct json_object *o = NULL;
	struct err e;

	if (text == NULL)
		return NULL;
	if (!json_parse(ctx, text, strlen(text), &o, &e))
		fail_msg("%s: %s", text, e.text);
	return o;
}

static struct looker_result *read_with(TALLOC_CTX *ctx, const char *detail, const char *vis)
{
	struct looker_result *r;
	struct err e;

	if (!looker_result_read(ctx, parse(ctx, detail), parse(ctx, vis), 3, &r, &e))
		fail_msg("%s", e.text);
	return r;
}

static char *labels_of(TALLOC_CTX *ctx, const struct looker_result *r)
{
	char *ret = mem_strdup(ctx, "");

	for (size_t i = 0; i < r->n_fields; i++)
		mem_appendf(&ret, "%s%s%s", i > 0 ? "|" : "", r->fields[i].label,
			    r->fields[i].is_measure ? "+" : "");
	return ret;
}

static char *texts_of(TALLOC_CTX *ctx, const struct looker_result *r)
{
	char *ret = mem_strdup(ctx, "");

	for (size_t i = 0; i < r->n_rows * r->n_fields; i++)
		mem_appendf(&ret, "%s%s", i % r->n_fields ? "|" : i ? "\n" : "", r->cells[i].text);
	return ret;
}

#define PIVOTED                                                                                    \
	"{\"fields\":{\"dimensions\":[{\"name\":\"d\"}],\"measures\":[{\"name\":\"m\"}],"          \
	"\"pivots\":[{\"name\":\"p\"},{\"name\":\"q\"}],\"table_calculations\":["                  \
	"{\"name\":\"once\",\"measure\":true,\"can_pivot\":false}]},\"pivots\":["                  \
	"{\"key\":\"k1\",\"data\":{\"p\":\"a\",\"q\":null},\"labels\":{\"p\":\"<b>A</b>\"}},"      \
	"{\"key\":\"k2\"},{\"key\":7},{\"key\":\"t\",\"is_total\":true}],"                         \
	"\"data\":[{\"d\":{\"value\":1},\"m\":{\"k1\":{\"value\":2},\"t\":{\"value\":2}},"         \
	"\"once\":{\"value\":9}}],\"totals_data\":{\"m\":{\"k1\":{\"value\":5}}}}"

static void test_pivoted(void **state)
{
	struct looker_result *r = read_with(*state, PIVOTED, NULL);

	assert_true(r->pivoted);
	assert_string_equal(labels_of(*state, r), "d|A / ∅+|k2+|Total+|once+");
	assert_string_equal(texts_of(*state, r), "1|2|∅|2|9");
	assert_string_equal(r->fields[1].pivot_key, "k1");
	assert_string_equal(r->fields[1].pivot_label, "A / ∅");
	assert_string_equal(r->fields[1].own_label, "m");
	assert_null(r->fields[0].pivot_key);
	assert_true(r->fields[3].is_row_total && !r->fields[2].is_row_total);
	assert_string_equal(r->totals[1].text, "5");
	assert_string_equal(r->totals[3].text, "");
	r = read_with(*state, PIVOTED,
		      "{\"hide_row_totals\":true,\"column_order\":[\"k2_m\",\"once\",\"k1_m\"],"
		      "\"series_labels\":{\"k2 - m\":\"Second\",\"k1\":\"First\"}}");
	assert_string_equal(labels_of(*state, r), "Second+|once+|First+|d");
	/* Not pivoted: newer releases send the list empty. */
	assert_false(read_with(*state, "{\"fields\":{},\"pivots\":[],\"data\":[]}", NULL)->pivoted);
}

/* More pivots than anybody reads: what is left out is counted. */
static void test_pivot_too_wide(void **state)
{
	char *text =
		mem_strdup(*state, "{\"fields\":{\"dimensions\":[{\"name\":\"d\"}],\"measures\":["
				   "{\"name\":\"m\"},{\"name\":\"n\"}]},\"pivots\":[");

	for (int i = 0; i < 1500; i++)
		mem_appendf(&text, "%s{\"key\":\"k%d\"}", i ? "," : "", i);
	mem_append(&text, "],\"data\":[{}]}");
	struct looker_result *r = read_with(*state, text, NULL);
	assert_int_equal(r->n_fields, 2000);
	assert_int_equal(r->n_fields + r->n_fields_left_out, 3001);
}

#define SUBTOTALS                                                                                  \
	"{\"fields\":{\"dimensions\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"measures\":["           \
	"{\"name\":\"m\"}]},\"data\":[{\"a\":{\"value\":\"x\"},\"b\":{\"value\":1}},"              \
	"{\"a\":{\"value\":\"y\"},\"b\":{\"value\":2}}],\"subtotals_data\":{\"1\":["               \
	"{\"$$$__grouping__$$$\":[\"a\"],\"a\":{\"value\":\"y\"},\"m\":{\"value\":7}},"            \
	"{\"$$$__grouping__$$$\":[\"a\"],\"a\":{\"value\":\"x\"}},7,"                              \
	"{\"$$$__grouping__$$$\":[\"a\"],\"a\":{\"value\":\"gone\"}}],\"2\":7}}"

static void test_subtotals(void **state)
{
	struct looker_result *r = read_with(*state, SUBTOTALS, NULL);

	assert_string_equal(texts_of(*state, r), "x|1|∅\nx|Subtotal|∅\ny|2|∅\ny|Subtotal|7");
	assert_int_equal(r->n_subtotals, 2);
	assert_true(r->is_subtotal[1] && r->is_subtotal[3] && !r->is_subtotal[0]);
	r = read_with(*state, SUBTOTALS, "{\"type\":\"looker_column\"}");
	assert_int_equal(r->n_rows, 2);
	assert_null(r->is_subtotal);
}

/* Rows 1 to 5, of which `vis` shows some. */
static void test_shown_rows(void **state)
{
#define LIMIT(what, which, n)                                                                      \
	"{\"limit_displayed_rows\":true,\"limit_displayed_rows_values\":{\"show_hide\":\"" what    \
	"\",\"first_last\":\"" which "\",\"num_rows\":" n "}}"
	static const struct {
		const char *vis;
		size_t limit;
		const char *texts;
		bool more;
	} cases[] = {
		{ LIMIT("show", "first", "\"2\""), 9, "1\n2", false },
		{ LIMIT("show", "last", "2"), 9, "4\n5", false },
		{ LIMIT("hide", "first", "\"2\""), 9, "3\n4\n5", false },
		{ LIMIT("hide", "last", "2"), 9, "1\n2\n3", false },
		{ LIMIT("hide", "last", "20"), 9, "", false },
		{ LIMIT("show", "first", "\"20\""), 9, "1\n2\n3\n4\n5", false },
		{ LIMIT("show", "first", "\"-1\""), 9, "1\n2\n3\n4\n5", false },
		/* not all came */
		{ LIMIT("show", "first", "2"), 5, "1\n2", false },
		{ LIMIT("show", "first", "20"), 5, "1\n2\n3\n4\n5", true },
		{ LIMIT("show", "last", "2"), 5, "1\n2\n3\n4\n5", true },
		{ LIMIT("hide", "first", "2"), 5, "3\n4\n5", true },
		{ "{\"hidden_points_if_no\":[\"c\",7]}", 9, "1\n3\n5", false },
	};
	const char *detail =
		"{\"fields\":{\"dimensions\":[{\"name\":\"d\"}]},\"data\":["
		"{\"d\":1},{\"d\":2,\"c\":{\"value\":\"No\"}},{\"d\":3,\"c\":{\"value\":"
		"\"Yes\"}},{\"d\":4,\"c\":{\"value\":false}},{\"d\":5,\"c\":{\"value\":null}}]}";

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_result *r;
		struct err e;

		assert_true(looker_result_read(*state, parse(*state, detail),
					       parse(*state, cases[i].vis), cases[i].limit, &r,
					       &e));
		assert_string_equal(texts_of(*state, r), cases[i].texts);
		assert_int_equal(r->more_rows, cases[i].more);
		assert_int_equal(r->n_rows + r->n_rows_hidden, 5);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_pivoted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_pivot_too_wide, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_subtotals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_shown_rows, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
