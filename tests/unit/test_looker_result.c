/* json_detail as typed data: a real capture, and every way in which keys are missing or odd. */
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

static void test_real_capture(void **state)
{
	char *text = mem_array(*state, char, 64 * 1024);
	FILE *f = fopen(FIXTURES "/looker/json_detail_drill.json", "rb");
	struct looker_result *r;

	assert_non_null(f);
	text[fread(text, 1, 64 * 1024 - 1, f)] = '\0';
	fclose(f);
	r = read_with(*state, text, NULL);
	assert_int_equal(r->n_fields, 2);
	assert_int_equal(r->n_rows, 13);
	assert_string_equal(labels_of(*state, r), "Orders Created Month|Orders Count+");
	assert_false(r->fields[0].is_numeric);
	assert_true(r->fields[1].is_numeric);
	assert_string_equal(r->cells[0].text, "2017-07");
	assert_null(r->cells[0].link); /* its links are of type "drill" */
	assert_string_equal(r->cells[1].text, "773");
	assert_true(r->cells[1].is_number);
	assert_true(r->cells[1].number == 773);
	assert_int_equal(strncmp(r->cells[1].link, "/explore/", 9), 0);
	assert_null(r->totals);
	assert_false(r->pivoted);
	assert_null(r->error);
	assert_true(r->more_rows);
}

#define FIELDS                                                                                     \
	"\"fields\":{\"measures\":[{\"name\":\"m\",\"label\":\"V M\",\"label_short\":\"M\"},"      \
	"{\"name\":\"h\",\"label\":\"H\",\"hidden\":true}],"                                       \
	"\"table_calculations\":[{\"name\":\"mc\",\"label\":\"MC\",\"is_measure\":true},"          \
	"{\"name\":\"dc\",\"label\":\"DC\",\"measure\":false}],"                                   \
	"\"dimensions\":[{\"name\":\"d\",\"label\":\"V D\",\"label_short\":\"D\"},{\"label\":"     \
	"\"nameless\"}]}"

static void test_fields(void **state)
{
	static const struct {
		const char *vis;
		const char *labels;
	} cases[] = {
		{ NULL, "V D|DC|V M+|MC+" },
		{ "{}", "V D|DC|V M+|MC+" },
		{ "{\"show_view_names\":true}", "V D|DC|V M+|MC+" },
		{ "{\"show_view_names\":false}", "D|DC|M+|MC+" },
		{ "{\"hidden_fields\":[\"d\",\"mc\",7]}", "DC|V M+" },
		{ "{\"hidden_fields\":null}", "V D|DC|V M+|MC+" },
		{ "{\"column_order\":[\"$$$_row_numbers_$$$\",\"mc\",\"d\",7]}",
		  "MC+|V D|DC|V M+" },
		{ "{\"column_order\":[]}", "V D|DC|V M+|MC+" },
		{ "{\"type\":\"single_value\",\"column_order\":[\"mc\",\"m\"]}",
		  "V D|DC|V M+|MC+" },
		{ "{\"series_labels\":{\"d\":\"Day\",\"m\":\"\"},\"show_view_names\":false}",
		  "Day|DC|M+|MC+" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_result *r =
			read_with(*state, "{" FIELDS ",\"data\":[]}", cases[i].vis);

		assert_string_equal(labels_of(*state, r), cases[i].labels);
	}
}

/* One cell: JSON, shown text, and whether it is a number ('n'), a null ('0') or neither ('-'). */
static const struct {
	const char *json;
	const char *text;
	char kind;
	const char *link;
} cells[] = {
	{ "{\"value\":1169,\"rendered\":\"1,169\"}", "1,169", 'n', NULL },
	{ "{\"value\":530}", "530", 'n', NULL },
	{ "{\"value\":0}", "0", 'n', NULL },
	{ "{\"value\":-0.0}", "0", 'n', NULL },
	{ "{\"value\":0.1}", "0.1", 'n', NULL },
	{ "{\"value\":12.50}", "12.5", 'n', NULL },
	{ "{\"value\":5.0}", "5", 'n', NULL },
	{ "{\"value\":1e21}", "1e+21", 'n', NULL },
	{ "{\"value\":0.30000000000000004}", "0.30000000000000004", 'n', NULL },
	{ "{\"value\":9007199254740993}", "9007199254740993", 'n', NULL },
	{ "{\"value\":-9223372036854775808}", "-9223372036854775808", 'n', NULL },
	{ "{\"value\":18446744073709551615}", "18446744073709551615", 'n', NULL },
	{ "{\"value\":\"123456789012345678901234567890\"}", "123456789012345678901234567890", '-',
	  NULL },
	{ "{\"value\":true}", "Yes", '-', NULL },
	{ "{\"value\":false}", "No", '-', NULL },
	{ "{\"value\":\"Yes\"}", "Yes", '-', NULL },
	{ "{\"value\":\"\"}", "", '-', NULL },
	{ "{\"value\":[\"a\",1,null,[2,3]]}", "a, 1, ∅, 2, 3", '-', NULL },
	{ "{\"value\":[]}", "", '-', NULL },
	{ "{\"value\":{\"lat\":1}}", "{\"lat\":1}", '-', NULL },
	{ "{\"value\":null}", "∅", '0', NULL },
	{ "{\"value\":null,\"rendered\":\"\"}", "∅", '0', NULL },
	{ "{\"value\":null,\"rendered\":\"n/a\"}", "n/a", '0', NULL },
	{ "{}", "∅", '0', NULL },
	{ "null", "∅", '0', NULL },
	{ "7", "7", 'n', NULL },
	{ "\"plain\"", "plain", '-', NULL },
	{ "{\"value\":\"x\",\"html\":\"<a href='/x'><b>X &amp; Y</b></a>\"}", "X & Y", '-', NULL },
	{ "{\"value\":\"x\",\"html\":\"<img src='y'>\"}", "x", '-', NULL },
	{ "{\"value\":\"x\",\"rendered\":\"R\",\"html\":\"<b>H</b>\"}", "R", '-', NULL },
	{ "{\"value\":5,\"links\":[{\"type\":\"drill\",\"url\":\"/d\"},"
	  "{\"type\":\"measure_default\",\"url\":\"/explore/x?f[a b]=1\"},"
	  "{\"type\":\"measure_default\",\"url\":\"/second\"}]}",
	  "5", 'n', "/explore/x?f[a b]=1" },
	{ "{\"value\":5,\"links\":[{\"type\":\"measure_default\"}]}", "5", 'n', NULL },
	{ "{\"value\":5,\"links\":null}", "5", 'n', NULL },
};

static void test_cells(void **state)
{
	for (size_t i = 0; i < COUNT(cells); i++) {
		char *detail = mem_printf(*state,
					  "{\"fields\":{\"dimensions\":[{\"name\":\"d\"}]},"
					  "\"data\":[{\"d\":%s}]}",
					  cells[i].json);
		struct looker_result *r = read_with(*state, detail, NULL);
		const struct looker_cell *c = r->cells;

		if (strcmp(c->text, cells[i].text) != 0 || c->is_null != (cells[i].kind == '0') ||
		    c->is_number != (cells[i].kind == 'n'))
			fail_msg("%s gives %s", cells[i].json, c->text);
		if (cells[i].link == NULL)
			assert_null(c->link);
		else
			assert_string_equal(c->link, cells[i].link);
		assert_string_equal(r->fields[0].label, "d");
	}
}

static void test_missing_keys(void **state)
{
	struct looker_result *r =
		read_with(*state, "{" FIELDS ",\"data\":[{\"m\":{\"value\":1}},null,{}]}", NULL);

	assert_int_equal(r->n_rows, 3);
	assert_true(r->cells[0].is_null);
	assert_string_equal(r->cells[2].text, "1");
	assert_true(r->cells[r->n_fields + 2].is_null);
	assert_true(r->more_rows); /* the limit is 3 */
}

static void test_totals(void **state)
{
#define TOTALS                                                                                     \
	"{" FIELDS ",\"data\":[{}],\"totals_data\":{\"d\":{},\"m\":{\"value\":9,\"rendered\":"     \
	"\"9.00\"}}}"
	struct looker_result *r = read_with(*state, TOTALS, NULL);

	assert_string_equal(r->totals[0].text, "");
	assert_string_equal(r->totals[2].text, "9.00");
	assert_string_equal(r->totals[3].text, "");
	assert_true(r->totals[3].is_null);
	assert_false(r->more_rows);
	assert_null(read_with(*state, TOTALS, "{\"show_totals\":false}")->totals);
	assert_null(read_with(*state, TOTALS, "{\"hide_totals\":true}")->totals);
	assert_null(
		read_with(*state, "{" FIELDS ",\"data\":[{}],\"totals_data\":{}}", NULL)->totals);
}

static void test_errors(void **state)
{
	static const struct {
		const char *detail;
		const char *error;
		const char *warning;
	} cases[] = {
		{ "{\"data\":[],\"errors\":[{\"message\":\"Bad SQL\",\"message_details\":\"at "
		  "x\"}]}",
		  "Bad SQL\nat x", NULL },
		{ "{\"errors\":[{\"message\":\"A\"},{\"message_details\":\"B\"}]}",
		  "A\nunknown error\nB", NULL },
		{ "{" FIELDS ",\"data\":[{}],\"errors\":[{\"message\":\"Careful\"}]}", NULL,
		  "Careful" },
		{ "{" FIELDS
		  ",\"data\":[],\"errors\":[{\"message\":\"Note\",\"level\":\"warning\"}]}",
		  NULL, "Note" },
		{ "{" FIELDS ",\"data\":[{}],\"errors\":[{\"message\":\"Dead\",\"fatal\":true}]}",
		  "Dead", NULL },
		{ "{" FIELDS ",\"data\":[],\"errors\":[{\"message\":\"So so\",\"fatal\":false}]}",
		  NULL, "So so" },
		{ "{" FIELDS ",\"data\":[],\"errors\":[]}", NULL, NULL },
		{ "{" FIELDS ",\"data\":[],\"errors\":null}", NULL, NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_result *r = read_with(*state, cases[i].detail, NULL);

		if (cases[i].error == NULL)
			assert_null(r->error);
		else
			assert_string_equal(r->error, cases[i].error);
		if (cases[i].warning == NULL)
			assert_null(r->warning);
		else
			assert_string_equal(r->warning, cases[i].warning);
	}
}

static void test_no_result(void **state)
{
	static const char *const cases[] = { "[]",
					     "{}",
					     "7",
					     "{\"data\":[]}",
					     "{\"fields\":{},\"data\":{}}",
					     "{\"message\":\"Not found\"}" };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_result *r;
		struct err e;

		assert_false(looker_result_read(*state, parse(*state, cases[i]), NULL, 3, &r, &e));
		assert_int_equal(e.kind, ERR_BAD_REPLY);
	}
}

/* Two megabytes hold more cells than memory does: rows without content cost two bytes each. */
static void test_too_large(void **state)
{
	static const struct {
		size_t rows, fields;
		bool fits;
	} cases[] = {
		{ 201, 900, true }, { 1000, 201, false }, { 0, 2001, false }, { 65536, 1999, false }
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		TALLOC_CTX *ctx = mem_ctx(*state);
		char *text = mem_strdup(ctx, "{\"fields\":{\"dimensions\":[0");
		struct looker_result *r;
		struct err e;

		for (size_t k = 0; k < cases[i].fields; k++)
			mem_append(&text, ",{\"name\":\"a\"}");
		mem_append(&text, "]},\"data\":[");
		for (size_t k = 0; k < cases[i].rows; k++)
			mem_append(&text, k > 0 ? ",0" : "0");
		mem_append(&text, "]}");
		assert_int_equal(looker_result_read(ctx, parse(ctx, text), NULL, 201, &r, &e),
				 cases[i].fits);
		if (!cases[i].fits)
			assert_int_equal(e.kind, ERR_BAD_REPLY);
		talloc_free(ctx);
	}
}

static void test_vis(void **state)
{
	static const struct {
		const char *vis;
		enum looker_vis_kind kind;
		const char *type;
	} cases[] = {
		{ NULL, LOOKER_VIS_TABLE, "table" },
		{ "{}", LOOKER_VIS_TABLE, "table" },
		{ "{\"type\":null}", LOOKER_VIS_TABLE, "table" },
		{ "{\"type\":\"table\"}", LOOKER_VIS_TABLE, "table" },
		{ "{\"type\":\"looker_grid\"}", LOOKER_VIS_TABLE, "looker_grid" },
		{ "{\"type\":\"single_value\"}", LOOKER_VIS_SINGLE, "single_value" },
		{ "{\"type\":\"looker_single_record\"}", LOOKER_VIS_RECORD,
		  "looker_single_record" },
		{ "{\"type\":\"looker_column\"}", LOOKER_VIS_OTHER, "looker_column" },
		{ "{\"type\":\"my::calendar\"}", LOOKER_VIS_OTHER, "my::calendar" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_vis v = looker_vis_read(*state, parse(*state, cases[i].vis));

		assert_int_equal(v.kind, cases[i].kind);
		assert_string_equal(v.type, cases[i].type);
		assert_true(v.show_title);
		assert_null(v.single_value_title);
	}
	struct looker_vis v = looker_vis_read(
		*state, parse(*state, "{\"show_single_value_title\":false,\"single_value_title\":"
				      "\"Orders\"}"));
	assert_false(v.show_title);
	assert_string_equal(v.single_value_title, "Orders");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_real_capture, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_fields, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cells, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_missing_keys, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_totals, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_result, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_large, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_vis, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
