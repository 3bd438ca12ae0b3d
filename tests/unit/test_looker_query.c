/* What is sent when a query is copied and run, and what comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "looker_fake.h"
#include "net/http.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct looker_fake_path paths[] = {
	{ "POST", "/api/4.0/queries?fields=id", 200, NULL, "{\"id\":\"99\"}", 0 },
	{ "GET", "/api/4.0/queries/99/run/json_detail?limit=201&generate_drill_links=true", 200,
	  NULL,
	  "{\"fields\":{\"dimensions\":[{\"name\":\"d\",\"label\":\"D\"}]},"
	  "\"data\":[{\"d\":{\"value\":\"x\"}}]}",
	  0 },
	{ "GET", "/api/4.0/queries/large/run/", 200, NULL, NULL, 0 },
	{ "GET", "/api/4.0/queries/a%2F%3Fb/run/", 200, NULL, "{\"fields\":{},\"data\":[]}", 0 },
};

static struct looker_fake fake;

static int set_up(void **state)
{
	(void)state;
	memset(&fake, 0, sizeof(fake));
	fake.paths = paths;
	fake.n_paths = COUNT(paths);
	looker_fake_start(&fake);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	looker_fake_stop(&fake);
	return 0;
}

static struct json_object *parse(const char *text)
{
	struct json_object *o;
	struct err e;

	if (!json_parse(fake.ctx, text, strlen(text), &o, &e))
		fail_msg("%s", e.text);
	return o;
}

static void test_copy(void **state)
{
	static const struct looker_filter_value values[] = {
		{ "orders.region", "EMEA" },
		{ "orders.status", "" },
		{ "orders.created_date", "7 days" },
		{ "orders.none", NULL },
	};
	struct json_object *query = parse(
		"{\"id\":\"1\",\"slug\":\"s\",\"share_url\":\"u\",\"url\":\"u\",\"can\":{},"
		"\"has_table_calculations\":true,\"client_id\":\"abc\",\"filter_config\":{\"a\":[]}"
		","
		"\"model\":\"shop\",\"view\":\"orders\",\"fields\":[\"a\",\"b\"],\"pivots\":null,"
		"\"filters\":{\"orders.status\":\"done\",\"orders.kept\":\"x\"},\"limit\":\"500\","
		"\"sorts\":[\"a "
		"desc\"],\"total\":true,\"vis_config\":{\"type\":\"table\",\"y\":1.50},"
		"\"dynamic_fields\":\"[{}]\",\"filter_expression\":\"${a} > 1\"}");
	struct json_object *sent;
	const char *id;
	struct err e;

	(void)state;
	assert_true(looker_query_create(fake.ctx, fake.lk, looker_fake_deadline(), query, values,
					COUNT(values), &id, &e));
	assert_string_equal(id, "99");
	sent = parse(fake.last_body);
	assert_string_equal(
		json_text(sent),
		"{\"model\":\"shop\",\"view\":\"orders\",\"fields\":[\"a\",\"b\"],"
		"\"filter_expression\":\"${a} > 1\",\"sorts\":[\"a desc\"],\"limit\":\"500\","
		"\"total\":true,\"vis_config\":{\"type\":\"table\",\"y\":1.50},"
		"\"dynamic_fields\":\"[{}]\",\"filters\":{\"orders.kept\":\"x\","
		"\"orders.region\":\"EMEA\",\"orders.created_date\":\"7 days\"},"
		"\"filter_config\":null,\"client_id\":null}");
	/* The original stays as it was. */
	assert_string_equal(json_str(json_object_at(query, "filters"), "orders.status"), "done");
}

static void test_run(void **state)
{
	struct looker_result *r;
	struct err e;

	(void)state;
	assert_true(looker_query_run(fake.ctx, fake.lk, looker_fake_deadline(), "99", 201, NULL, &r,
				     &e));
	assert_int_equal(r->n_rows, 1);
	assert_string_equal(r->cells[0].text, "x");
	assert_false(r->more_rows);
	assert_true(looker_query_run(fake.ctx, fake.lk, looker_fake_deadline(), "a/?b", 5, NULL, &r,
				     &e));
	assert_false(looker_query_run(fake.ctx, fake.lk, looker_fake_deadline(), "nope", 5, NULL,
				      &r, &e));
	assert_int_equal(e.kind, ERR_NOT_FOUND);
	assert_int_equal(strncmp(e.text, "query nope: ", 12), 0);
}

static void test_result_too_large(void **state)
{
	struct looker_fake_path large = paths[2];
	char *body = mem_array(fake.ctx, char, LOOKER_RESULT_MAX_BYTES + 3);
	struct looker_result *r;
	struct err e;

	(void)state;
	memset(body, ' ', LOOKER_RESULT_MAX_BYTES + 1);
	body[LOOKER_RESULT_MAX_BYTES + 1] = '7';
	large.body = body;
	fake.paths = &large;
	fake.n_paths = 1;
	assert_false(looker_query_run(fake.ctx, fake.lk, looker_fake_deadline(), "large", 5, NULL,
				      &r, &e));
	assert_int_equal(e.kind, ERR_BAD_REPLY);
}

static void test_limit(void **state)
{
	static const struct {
		const char *query;
		size_t limit;
	} cases[] = {
		{ "{}", 201 },
		{ "{\"limit\":null}", 201 },
		{ "{\"limit\":\"500\"}", 201 },
		{ "{\"limit\":\"10\"}", 10 },
		{ "{\"limit\":\"-1\"}", 201 },
		{ "{\"limit\":10}", 10 },
		{ "{\"limit\":\"x\"}", 201 },
		{ "{\"limit\":\"201\"}", 201 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(looker_query_limit(parse(cases[i].query), 201), cases[i].limit);
	assert_int_equal(looker_query_limit(NULL, 201), 201);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_copy),
		TEST(test_run),
		TEST(test_result_too_large),
		TEST(test_limit),
	};
	int failed;

	http_start();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	http_stop();
	return failed;
}
