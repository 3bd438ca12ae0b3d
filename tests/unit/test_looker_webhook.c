/* The body of a schedule's webhook: the real captures, every format, and what is refused in words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/mem.h"
#include "looker/result.h"
#include "looker/webhook.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define ROWS_MAX 3

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

static struct looker_webhook *read_body(TALLOC_CTX *ctx, const char *body)
{
	struct looker_webhook *w;
	struct err e;

	if (!looker_webhook_read(ctx, body, strlen(body), ROWS_MAX, &w, &e))
		fail_msg("%s: %s", body, e.text);
	return w;
}

static char *read_fixture(TALLOC_CTX *ctx, const char *name)
{
	char *path = mem_printf(ctx, FIXTURES "/looker/%s", name);
	char *text = mem_array(ctx, char, 64 * 1024);
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	text[fread(text, 1, 64 * 1024 - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* "Label+|…" (+: a measure, #: numeric), then each row's cells. */
static char *describe(TALLOC_CTX *ctx, const struct looker_webhook *w)
{
	char *text = mem_strdup(ctx, "");
	struct looker_result *r;
	struct err e;

	assert_int_equal(w->kind, LOOKER_WEBHOOK_RESULT);
	if (!looker_result_read(ctx, w->detail, NULL, ROWS_MAX, &r, &e))
		fail_msg("%s", e.text);
	for (size_t k = 0; k < r->n_fields; k++)
		mem_appendf(&text, "%s%s%s%s", k > 0 ? "|" : "", r->fields[k].label,
			    r->fields[k].is_measure ? "+" : "", r->fields[k].is_numeric ? "#" : "");
	for (size_t i = 0; i < r->n_rows; i++) {
		mem_append(&text, " /");
		for (size_t k = 0; k < r->n_fields; k++)
			mem_appendf(&text, "%s%s", k > 0 ? "|" : " ",
				    r->cells[i * r->n_fields + k].text);
	}
	return text;
}

/* --- real captures --- */

static void test_real_zip(void **state)
{
	struct looker_webhook *w =
		read_body(*state, read_fixture(*state, "webhook_dashboard_csv_zip.json"));

	assert_true(w->planned);
	assert_string_equal(w->type, "dashboard");
	assert_string_equal(w->plan_id, "2324");
	assert_string_equal(w->plan_type, "LookMLDashboard");
	assert_string_equal(w->title, "Acquisition");
	assert_null(w->url);
	assert_null(w->query);
	assert_int_equal(w->kind, LOOKER_WEBHOOK_FILE);
	assert_string_equal(w->extension, "zip");
	assert_memory_equal(w->bytes, "PK\x03\x04", 4);
	assert_true(w->len > 500);
}

static void test_real_csv(void **state)
{
	struct looker_webhook *w =
		read_body(*state, read_fixture(*state, "webhook_look_csv_forum.json"));

	assert_string_equal(w->title, "Sales — Year to Date");
	assert_string_equal(describe(*state, w),
			    "Division|Revenue+#|Profit+# / Brick + Mortar|3828101|739192"
			    " / Online|7184918|4947684");
	assert_int_equal(w->rows, 2);
}

/* Its data was taken out by who published it. */
static void test_real_without_data(void **state)
{
	const char *text = read_fixture(*state, "webhook_dashboard_roku.json");
	struct looker_webhook *w;
	struct err e;

	assert_false(looker_webhook_read(*state, text, strlen(text), ROWS_MAX, &w, &e));
	assert_int_equal(e.kind, ERR_BAD_INPUT);
	assert_non_null(strstr(e.text, "base64"));
}

static void test_real_pivoted_rows(void **state)
{
	struct json_object *o, *body = json_new_object(*state);
	const char *text = read_fixture(*state, "json_plain_pivoted.json");
	struct err e;

	assert_true(json_parse(*state, text, strlen(text), &o, &e));
	json_set(body, "data", json_object_get(json_array_at(o, "data")));
	struct looker_webhook *w = read_body(*state, json_text(body));
	assert_int_equal(w->kind, LOOKER_WEBHOOK_RESULT);
	assert_non_null(strstr(describe(*state, w), "Products Brand|2016-02 - orders.count+#"));
}

/* The other real result comes as an attachment, as an object, as a text. */
static void test_real_detail(void **state)
{
	const char *detail = read_fixture(*state, "json_detail_drill.json");
	const char *text =
		json_object_to_json_string(json_own(*state, json_object_new_string(detail)));
	const char *const bodies[] = {
		mem_printf(*state, "{\"attachment\":{\"extension\":\"json\",\"data\":%s}}", detail),
		mem_printf(*state, "{\"attachment\":{\"extension\":\"json\",\"data\":%s}}", text),
		mem_printf(*state, "{\"data\":%s}", detail),
		mem_printf(*state, "{\"data\":%s}", text),
	};

	for (size_t i = 0; i < COUNT(bodies); i++) {
		struct looker_webhook *w = read_body(*state, bodies[i]);

		assert_int_equal(w->kind, LOOKER_WEBHOOK_RESULT);
		assert_string_equal(w->format, "JSON with details");
		assert_true(w->rows > ROWS_MAX);
		assert_int_equal(json_len(json_array_at(w->detail, "data")), ROWS_MAX);
	}
}

/* --- formats --- */

static void test_rows(void **state)
{
	static const struct {
		const char *body;
		const char *wanted;
		size_t rows;
	} cases[] = {
		{ "{\"data\":[{\"a.b_c\":1,\"a.x\":\"y\"}]}", "A B C#|A X / 1|y", 1 },
		{ "{\"data\":\"[{\\\"a.b\\\":1},{\\\"a.b\\\":null},{\\\"a.c\\\":2}]\"}",
		  "A B+#|A C+# / 1|∅ / ∅|∅ / ∅|2", 3 },
		{ "{\"data\":[{\"n\":1},{\"n\":2},{\"n\":3},{\"n\":4},{\"n\":5}]}",
		  "n+# / 1 / 2 / 3", 5 },
		{ "{\"data\":[{\"Label here\":null}]}", "Label here / ∅", 1 },
		{ "{\"attachment\":{\"extension\":\"json\",\"data\":\"[]\"}}", "", 0 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"a,b\\n1,x\\n\"}}",
		  "a#|b / 1|x", 1 },
		{ "{\"attachment\":{\"extension\":\"csv\","
		  "\"data\":\"\\ufeffa,b\\r\\n\\\"x,\\\"\\\"y\\\"\\\"\\nz\\\",2.50\\r\\n\"}}",
		  "a|b+# / x,\"y\"\nz|2.50", 1 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"zip,id\\n007,"
		  "12345678901234567\\n\"}}",
		  "zip|id / 007|12345678901234567", 1 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"a,b\\n1\\n1,2,3\\n\"}}",
		  "a+#|b+# / 1|∅ / 1|2", 2 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"a\\n1\\n2\\n3\\n4\\n5\"}}",
		  "a+# / 1 / 2 / 3", 5 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"a,a\\nx,-1\"}}",
		  "a|a+# / x|-1", 1 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"\\\"open,1\\n2\"}}",
		  "open,1\n2", 0 },
		{ "{\"attachment\":{\"extension\":\"txt\",\"data\":\"a\\tb\\n1,5\\t\\n\"}}",
		  "a|b / 1,5|∅", 1 },
		{ "{\"attachment\":{\"mimetype\":\"text/"
		  "csv;base64\",\"data\":\"YSxi\\nCjEseA==\\n\"}}",
		  "a#|b / 1|x", 1 },
		{ "{\"attachment\":{\"extension\":\"CSV\",\"data\":\"a\"}}", "a", 0 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"\"}}", "", 0 },
		{ "{\"attachment\":{\"extension\":\"csv\",\"data\":\"\\na,b\\n1,x\\n\"}}", "", 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_webhook *w = read_body(*state, cases[i].body);
		assert_string_equal(describe(*state, w), cases[i].wanted);
		assert_int_equal(w->rows, cases[i].rows);
	}
}

static void test_files(void **state)
{
	static const struct {
		const char *extension, *data, *format;
		size_t len;
	} cases[] = {
		{ "pdf", "JVBE\\r\\nRi0x\\n", "PDF", 6 },
		{ "png", "iVBORw0KGgo=", "PNG", 8 },
		{ "xlsx", "UEsDBA==", "XLSX", 4 },
		{ "html", "<p>x</p>", "HTML", 8 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_webhook *w = read_body(
			*state,
			mem_printf(*state,
				   "{\"attachment\":{\"extension\":\"%s\",\"data\":\"%s\"}}",
				   cases[i].extension, cases[i].data));
		assert_int_equal(w->kind, LOOKER_WEBHOOK_FILE);
		assert_string_equal(w->format, cases[i].format);
		assert_int_equal(w->len, cases[i].len);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *body, *words;
	} cases[] = {
		{ "", "The JSON cannot be read" },
		{ "[]", "The JSON is no object." },
		{ "{}", "No scheduled plan in payload." },
		{ "{\"scheduled_plan\":null,\"type\":\"query\"}", "No scheduled plan in payload." },
		{ "{\"data\":\"nonsense\"}", "The data is no JSON" },
		{ "{\"data\":[1]}", "no list of rows" },
		{ "{\"attachment\":{\"extension\":\"json\",\"data\":{\"a\":[1]}}}",
		  "neither a list" },
		{ "{\"attachment\":{\"extension\":\"exe\",\"data\":\"x\"}}",
		  "“exe” cannot be posted" },
		{ "{\"attachment\":{\"mimetype\":\"image/gif\",\"data\":\"x\"}}",
		  "“image/gif” cannot" },
		{ "{\"attachment\":{\"extension\":\"pdf\",\"data\":\"UEsDBA==\"}}",
		  "says that it is a PDF, but its content is not" },
		{ "{\"attachment\":{\"extension\":\"pdf\",\"data\":\"\"}}",
		  "The attached PDF is empty" },
		{ "{\"attachment\":{\"extension\":\"zip\",\"data\":\"%%%\"}}", "base64" },
		{ "{\"attachment\":{\"extension\":\"csv\"}}", "The attached CSV has no data." },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct looker_webhook *w;
		struct err e;

		assert_false(looker_webhook_read(*state, cases[i].body, strlen(cases[i].body),
						 ROWS_MAX, &w, &e));
		assert_int_equal(e.kind, ERR_BAD_INPUT);
		if (!strstr(e.text, cases[i].words))
			fail_msg("%s: %s", cases[i].body, e.text);
	}
}

static void test_facts(void **state)
{
	struct looker_webhook *w = read_body(
		*state,
		"{\"type\":\"query\",\"scheduled_plan\":{\"scheduled_plan_id\":7,\"title\":\"T\","
		"\"type\":\"Look\",\"url\":\"https://x.example/looks/1\",\"query_id\":\"9\","
		"\"query\":{\"model\":\"m\"}},\"form_params\":{\"channel\":\"#sales\"}}");

	assert_int_equal(w->kind, LOOKER_WEBHOOK_EMPTY);
	assert_string_equal(w->plan_id, "7");
	assert_string_equal(w->query_id, "9");
	assert_string_equal(w->url, "https://x.example/looks/1");
	assert_string_equal(json_str(w->query, "model"), "m");
	assert_string_equal(w->channel, "#sales");
	w = read_body(*state, "{\"scheduled_plan\":{\"url\":\"javascript:alert(1)\"}}");
	assert_null(w->url);
	assert_null(w->title);
	assert_null(w->channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_real_zip, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_real_csv, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_real_without_data, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_real_pivoted_rows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_real_detail, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_facts, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
